//! The routes, one module for each kind of thing. Each handler is described where it is written: what is served and
//! what OpenAPI says cannot drift apart.

mod accounts;
mod attesters;
mod auth;
mod bids;
mod blobs;
mod events;
mod health;
mod market;
mod models;
mod proofs;
mod provers;
mod requests;
mod verifiers;

use std::fmt::Display;
use std::str::FromStr;

use actix_web::{HttpRequest, HttpResponse, web};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::error::{ApiError, Result};

/// Everything under `/v1`.
pub fn v1(config: &mut ServiceConfig<'_>) {
    config
        .service(models::list)
        .service(models::get)
        .service(requests::list)
        .service(requests::get)
        .service(bids::of_request)
        .service(bids::list)
        .service(proofs::of_request)
        .service(proofs::list)
        .service(provers::list)
        .service(provers::get)
        .service(market::get)
        .service(verifiers::list)
        .service(attesters::list)
        .service(accounts::get)
        .service(blobs::put)
        .service(blobs::head)
        .service(blobs::get)
        .service(blobs::describe)
        .service(events::stream)
        .service(auth::nonce)
        .service(auth::verify);
}

/// What answers outside `/v1`.
pub fn root(config: &mut ServiceConfig<'_>) {
    config.service(health::healthz).service(health::metrics);
}

/// Answers where no route does.
pub async fn unknown(request: HttpRequest) -> Result<HttpResponse> {
    Err(ApiError::not_found(
        "route",
        format!("{} {}", request.method(), request.path()),
    ))
}

/// Limits on what extractors read, with our envelope for what they refuse.
pub fn extractors(config: &mut web::ServiceConfig) {
    use crate::limits::MAX_JSON_BYTES;
    use actix_web::error::{JsonPayloadError, QueryPayloadError};
    let json = web::JsonConfig::default()
        .limit(MAX_JSON_BYTES)
        .error_handler(|error, _| {
            let too_large = || ApiError::TooLarge {
                field: "body",
                limit_bytes: MAX_JSON_BYTES as u64,
            };
            match error {
                JsonPayloadError::Overflow { .. }
                | JsonPayloadError::OverflowKnownLength { .. } => too_large().into(),
                other => ApiError::invalid("body", other).into(),
            }
        });
    let query = web::QueryConfig::default().error_handler(|error, _| match error {
        QueryPayloadError::Deserialize(error) => ApiError::invalid("query", error).into(),
        other => ApiError::invalid("query", other).into(),
    });
    config.app_data(json).app_data(query);
}

/// Reads an id, address or digest out of a path or query.
fn parse<T: FromStr<Err: Display>>(field: &'static str, text: &str) -> Result<T> {
    text.parse()
        .map_err(|error| ApiError::invalid(field, error))
}

/// As [`parse`], where the field may be missing.
fn parse_some<T: FromStr<Err: Display>>(
    field: &'static str,
    text: Option<&String>,
) -> Result<Option<T>> {
    text.map(|text| parse(field, text)).transpose()
}
