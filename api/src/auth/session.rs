//! The extractor of routes that ask who is there: a bearer token in the header, nowhere else.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use assay_market::Address;

use crate::error::ApiError;
use crate::state::AppState;

/// Somebody who signed in.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// Who.
    pub address: Address,
}

impl FromRequest for Session {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(session(request))
    }
}

fn session(request: &HttpRequest) -> Result<Session, ApiError> {
    let state = request.app_data::<Data<AppState>>();
    let state =
        state.ok_or_else(|| ApiError::Internal(anyhow::anyhow!("the application has no state")))?;
    let header = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let token = token.ok_or_else(|| {
        ApiError::Unauthorized("expected the header Authorization: Bearer <token>".into())
    })?;
    let address = state.tokens.check(token).map_err(ApiError::Unauthorized)?;
    Ok(Session { address })
}
