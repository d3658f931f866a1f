use std::fmt::Write;
use std::path::Path;

use assay_prover::ModelProver;

use crate::models::{ALL_PRIVATE, PRIVATE_WEIGHTS, classifier};

/// Plonky2's circuit digest does not see what a gate means, but the identity does: it names a circuit that verifies
/// every gate's constraints. So a changed gate changes these, and every attested circuit with them. `BLESS=1` rewrites
/// the file if that is intended.
#[test]
fn identities_of_tiny_circuits_are_pinned() {
    let mut got = String::new();
    for widths in [&[7, 2][..], &[29, 7, 5]] {
        let architecture = classifier(widths);
        for header in [PRIVATE_WEIGHTS, ALL_PRIVATE] {
            let prover = ModelProver::new(&architecture, header).unwrap();
            let (word, id) = (header.to_word(), prover.circuit_id());
            writeln!(got, "{widths:?} header={word:#x} {id}").unwrap();
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("pins/tiny_circuit_ids_v1.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &got).unwrap();
    }
    assert_eq!(got, std::fs::read_to_string(&path).unwrap());
}
