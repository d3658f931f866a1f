//! Delivered proofs.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use assay_market::{Address, RequestId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{parse, parse_some};
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::ProofView;

/// Which proofs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ProofQuery {
    /// Those of one prover.
    prover: Option<String>,
}

/// Returns the proof that fulfilled a request.
#[utoipa::path(
    tag = "proofs",
    operation_id = "get_proof_of_request",
    params(("id" = String, Path, description = "The request's id")),
    responses(
        (status = 200, body = ProofView),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/requests/{id}/proof")]
pub async fn of_request(state: Data<AppState>, id: Path<String>) -> Result<Json<ProofView>> {
    let id: RequestId = parse("id", &id)?;
    let proof = state
        .store
        .proof(id)
        .await?
        .ok_or_else(|| ApiError::not_found("proof for request", id))?;
    Ok(Json(proof.into()))
}

/// Lists delivered proofs, newest first.
#[utoipa::path(
    tag = "proofs",
    operation_id = "list_proofs",
    params(ProofQuery, PageQuery),
    responses((status = 200, body = PageOf<ProofView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/proofs")]
pub async fn list(
    state: Data<AppState>,
    query: Query<ProofQuery>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<ProofView>>> {
    let page = page.read()?;
    let prover: Option<Address> = parse_some("prover", query.prover.as_ref())?;
    let proofs = state.store.proofs(prover, page).await?;
    Ok(Json(page_of(
        page,
        proofs,
        |proof| proof.position,
        ProofView::from,
    )))
}
