//! Sign-in with Ethereum: a nonce, a signed message, a short-lived token.

use actix_web::post;
use actix_web::web::{Data, Json};
use assay_market::Seconds;
use rand::Rng;
use rand::distributions::Alphanumeric;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::{SignInError, accepts_signature, read_message};
use crate::clock::wall_clock;
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::limits::{MAX_OPEN_NONCES, MAX_SIGNATURE_BYTES, NONCE_LIFETIME_SECS};
use crate::state::AppState;

/// Characters of a nonce: 24 of 62 letters and digits are more than 128 bits.
const NONCE_CHARS: usize = 24;

/// What a sign-in message must hold.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NonceView {
    /// The nonce; it works once.
    pub nonce: String,
    /// The message's domain.
    pub domain: String,
    /// The message's URI.
    pub uri: String,
    /// The message's chain id.
    pub chain_id: u64,
    /// Until when the nonce works.
    pub expires_at: u64,
}

/// A signed sign-in message.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SignInBody {
    /// The EIP-4361 message, exactly as it was signed.
    pub message: String,
    /// The signature as `0x` hex text: a key's 65 bytes, or what the account's contract accepts (ERC-1271).
    pub signature: String,
}

/// A token for the header `Authorization: Bearer`.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    /// The token. It opens this service's uploads and nothing else.
    pub token: String,
    /// Who signed in.
    pub address: String,
    /// Until when the token works.
    pub expires_at: u64,
}

/// Hands out a nonce for one sign-in.
#[utoipa::path(
    tag = "auth",
    operation_id = "create_nonce",
    responses((status = 200, body = NonceView), (status = 429, body = ErrorEnvelope))
)]
#[post("/auth/nonce")]
pub async fn nonce(state: Data<AppState>) -> Result<Json<NonceView>> {
    let nonce: String = OsRng
        .sample_iter(&Alphanumeric)
        .take(NONCE_CHARS)
        .map(char::from)
        .collect();
    let now = wall_clock();
    let expires_at = now.after(Seconds(NONCE_LIFETIME_SECS));
    if !state
        .store
        .put_nonce(&nonce, expires_at, now, MAX_OPEN_NONCES)
        .await?
    {
        return Err(ApiError::TooMany {
            what: "open nonces",
            limit: MAX_OPEN_NONCES,
            retry_after_secs: 60,
        });
    }
    let audience = &state.audience;
    Ok(Json(NonceView {
        nonce,
        domain: audience.domain.clone(),
        uri: audience.uri.clone(),
        chain_id: audience.chain_id,
        expires_at: expires_at.0,
    }))
}

/// Exchanges a signed message for a token.
#[utoipa::path(
    tag = "auth",
    operation_id = "sign_in",
    request_body = SignInBody,
    responses(
        (status = 200, body = TokenView),
        (status = 400, body = ErrorEnvelope),
        (status = 401, body = ErrorEnvelope)
    )
)]
#[post("/auth/verify")]
pub async fn verify(state: Data<AppState>, body: Json<SignInBody>) -> Result<Json<TokenView>> {
    let now = wall_clock();
    let signature = read_signature(&body.signature)?;
    let claim = read_message(&body.message, &state.audience, now).map_err(refuse)?;
    // Used up before the signature is checked: every attempt costs a nonce.
    if !state.store.take_nonce(&claim.nonce, now).await? {
        return Err(ApiError::Unauthorized(
            "the nonce is not known, has expired or was used".into(),
        ));
    }
    let signed = claim.is_signed_by_key(&signature)
        || accepts_signature(&state.chain, claim.address, claim.hash, &signature).await?;
    if !signed {
        return Err(ApiError::Unauthorized(format!(
            "the signature is not one of {}",
            claim.address
        )));
    }
    let (token, ends) = state
        .tokens
        .issue(claim.address, now)
        .map_err(ApiError::Internal)?;
    Ok(Json(TokenView {
        token,
        address: claim.address.to_string(),
        expires_at: ends.0,
    }))
}

fn read_signature(text: &str) -> Result<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    if digits.len() > 2 * MAX_SIGNATURE_BYTES {
        let got = digits.len() / 2;
        return Err(ApiError::invalid(
            "signature",
            format!("expected at most {MAX_SIGNATURE_BYTES} bytes, got {got}"),
        ));
    }
    hex::decode(digits)
        .map_err(|error| ApiError::invalid("signature", format!("expected hex digits: {error}")))
}

/// A message that is none is a bad request; one that is for somebody else or another time is not authorized.
fn refuse(error: SignInError) -> ApiError {
    match error {
        SignInError::TooLong(_) | SignInError::Malformed(_) => ApiError::invalid("message", error),
        SignInError::Domain { .. }
        | SignInError::Uri { .. }
        | SignInError::ChainId { .. }
        | SignInError::Time(_) => ApiError::Unauthorized(error.to_string()),
    }
}
