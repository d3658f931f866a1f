//! How to reach provers, and what they delivered.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use assay_market::Address;

use super::parse;
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::ProverView;

/// Lists provers that registered, the newest record first.
#[utoipa::path(
    tag = "provers",
    operation_id = "list_provers",
    params(PageQuery),
    responses((status = 200, body = PageOf<ProverView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/provers")]
pub async fn list(
    state: Data<AppState>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<ProverView>>> {
    let page = page.read()?;
    let provers = state.store.provers(page).await?;
    let mut proofs = state
        .store
        .proofs_delivered(provers.iter().map(|prover| prover.address).collect())
        .await?;
    let view = |prover: assay_store::ProverRecord| {
        let delivered = proofs.remove(&prover.address).unwrap_or(0);
        ProverView::new(prover, delivered)
    };
    Ok(Json(page_of(page, provers, |prover| prover.position, view)))
}

/// Returns one prover.
#[utoipa::path(
    tag = "provers",
    operation_id = "get_prover",
    params(("address" = String, Path, description = "The prover's address")),
    responses(
        (status = 200, body = ProverView),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/provers/{address}")]
pub async fn get(state: Data<AppState>, address: Path<String>) -> Result<Json<ProverView>> {
    let address: Address = parse("address", &address)?;
    let prover = state
        .store
        .prover(address)
        .await?
        .ok_or_else(|| ApiError::not_found("prover", address))?;
    let mut proofs = state.store.proofs_delivered(vec![address]).await?;
    Ok(Json(ProverView::new(
        prover,
        proofs.remove(&address).unwrap_or(0),
    )))
}
