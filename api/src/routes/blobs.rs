//! Blobs: bytes under their sha-256, checked when they come and when they go.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, ETAG, X_CONTENT_TYPE_OPTIONS};
use actix_web::web::{Data, Json, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse, get, head, put};
use assay_market::Word;
use assay_store::BlobRecord;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

use super::parse;
use crate::auth::Session;
use crate::clock::wall_clock;
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::limits::{MAX_BLOB_BYTES, MAX_BLOB_BYTES_PER_UPLOADER};
use crate::state::AppState;
use crate::wire::BlobView;

/// Who may read a blob's content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Visibility {
    /// Anybody.
    #[default]
    Public,
    /// Only the recipients of the age file that it must be.
    Private,
}

/// How to store a blob.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct PutQuery {
    /// `private` refuses everything that is not an age file; `public` if not given.
    #[serde(default)]
    #[param(inline)]
    visibility: Visibility,
}

/// Stores a blob. Anybody who signed in may; the bytes must have the digest in the path.
#[utoipa::path(
    tag = "blobs",
    operation_id = "put_blob",
    params(("digest" = String, Path, description = "sha-256 of the bytes"), PutQuery),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, body = BlobView),
        (status = 400, body = ErrorEnvelope),
        (status = 401, body = ErrorEnvelope),
        (status = 413, body = ErrorEnvelope),
        (status = 422, body = ErrorEnvelope)
    ),
    security(("bearer" = []))
)]
#[put("/blobs/{digest}")]
pub async fn put(
    state: Data<AppState>,
    session: Session,
    digest: Path<String>,
    query: Query<PutQuery>,
    body: Payload,
) -> Result<Json<BlobView>> {
    let digest: Word = parse("digest", &digest)?;
    let stored = state.store.bytes_stored_by(session.address).await?;
    let left = MAX_BLOB_BYTES_PER_UPLOADER.saturating_sub(stored);
    let private = query.visibility == Visibility::Private;
    let written = state
        .blobs
        .write(digest, private, left.min(MAX_BLOB_BYTES), body)
        .await?;
    let record = BlobRecord {
        digest,
        size_bytes: written.size_bytes,
        encrypted: private,
        uploader: session.address,
        created_at: wall_clock(),
    };
    state.store.put_blob(&record).await?;
    let record = state.store.blob(digest).await?.unwrap_or(record);
    Ok(Json(record.into()))
}

/// Tells whether a blob is stored.
#[utoipa::path(
    tag = "blobs",
    operation_id = "head_blob",
    params(("digest" = String, Path, description = "sha-256 of the bytes")),
    responses((status = 200), (status = 400), (status = 404))
)]
#[head("/blobs/{digest}")]
pub async fn head(state: Data<AppState>, digest: Path<String>) -> Result<HttpResponse> {
    let digest: Word = parse("digest", &digest)?;
    let blob = state
        .store
        .blob(digest)
        .await?
        .ok_or_else(|| ApiError::not_found("blob", digest))?;
    Ok(HttpResponse::Ok()
        .no_chunking(blob.size_bytes)
        .insert_header((ETAG, format!("\"{digest}\"")))
        .finish())
}

/// Returns a blob's bytes.
#[utoipa::path(
    tag = "blobs",
    operation_id = "get_blob",
    params(("digest" = String, Path, description = "sha-256 of the bytes")),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/blobs/{digest}")]
pub async fn get(
    state: Data<AppState>,
    request: HttpRequest,
    digest: Path<String>,
) -> Result<HttpResponse> {
    let digest: Word = parse("digest", &digest)?;
    let bytes = state
        .blobs
        .read(digest)
        .await?
        .ok_or_else(|| ApiError::not_found("blob", digest))?;
    tracing::debug!(peer = ?request.peer_addr(), %digest, "blob read");
    // Strangers store these bytes: a browser must never take them for a page of ours.
    Ok(HttpResponse::Ok()
        .content_type("application/octet-stream")
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_DISPOSITION, "attachment"))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .insert_header((ETAG, format!("\"{digest}\"")))
        .body(bytes))
}

/// Returns what is known about a blob.
#[utoipa::path(
    tag = "blobs",
    operation_id = "describe_blob",
    params(("digest" = String, Path, description = "sha-256 of the bytes")),
    responses(
        (status = 200, body = BlobView),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/blobs/{digest}/info")]
pub async fn describe(state: Data<AppState>, digest: Path<String>) -> Result<Json<BlobView>> {
    let digest: Word = parse("digest", &digest)?;
    let blob = state
        .store
        .blob(digest)
        .await?
        .ok_or_else(|| ApiError::not_found("blob", digest))?;
    Ok(Json(blob.into()))
}
