//! The committed description is what the routes say.

use std::path::Path;

#[test]
fn committed_description_is_current() {
    let fresh = assay_api::openapi_document();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, fresh).expect("api/openapi.json is writable");
        return;
    }
    let committed = std::fs::read_to_string(&path).expect("api/openapi.json exists");
    assert!(
        committed == fresh,
        "api/openapi.json is stale: run with BLESS=1 and look at the difference"
    );
}
