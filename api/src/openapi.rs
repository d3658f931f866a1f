//! The description of the API, collected from the routes themselves.

use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa_actix_web::AppExt;

use crate::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Assay",
    description = "A read model of the Assay proof market, with blobs, events and sign-in. The chain is the truth: \
                   everything here except blobs can be rebuilt from it."
))]
struct Base;

/// Returns what the routes are added to.
pub fn base() -> utoipa::openapi::OpenApi {
    let mut description = Base::openapi();
    let components = description.components.get_or_insert_default();
    components.add_security_scheme(
        "bearer",
        SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
    );
    description
}

/// Returns the description of all routes, as `/openapi.json` serves it.
pub fn document() -> String {
    let (_, description) = actix_web::App::new()
        .into_utoipa_app()
        .openapi(base())
        .configure(routes::root)
        .service(utoipa_actix_web::scope("/v1").configure(routes::v1))
        .split_for_parts();
    text(&description)
}

/// Returns a description as text, with its keys in a fixed order.
pub fn text(description: &utoipa::openapi::OpenApi) -> String {
    description
        .to_pretty_json()
        .expect("a description becomes JSON")
        + "\n"
}
