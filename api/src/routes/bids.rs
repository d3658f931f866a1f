//! Bids.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use assay_market::{Address, RequestId};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{parse, parse_some};
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::BidView;

/// Which bids.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BidQuery {
    /// Those of one prover.
    prover: Option<String>,
}

/// Lists the bids on a request, newest first: the first one of the current round is the best.
#[utoipa::path(
    tag = "bids",
    operation_id = "list_bids_of_request",
    params(("id" = String, Path, description = "The request's id"), PageQuery),
    responses(
        (status = 200, body = PageOf<BidView>),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/requests/{id}/bids")]
pub async fn of_request(
    state: Data<AppState>,
    id: Path<String>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<BidView>>> {
    let page = page.read()?;
    let id: RequestId = parse("id", &id)?;
    if state.store.request(id).await?.is_none() {
        return Err(ApiError::not_found("request", id));
    }
    let bids = state.store.bids(Some(id), None, page).await?;
    Ok(Json(page_of(page, bids, |bid| bid.position, BidView::from)))
}

/// Lists bids, newest first.
#[utoipa::path(
    tag = "bids",
    operation_id = "list_bids",
    params(BidQuery, PageQuery),
    responses((status = 200, body = PageOf<BidView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/bids")]
pub async fn list(
    state: Data<AppState>,
    query: Query<BidQuery>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<BidView>>> {
    let page = page.read()?;
    let prover: Option<Address> = parse_some("prover", query.prover.as_ref())?;
    let bids = state.store.bids(None, prover, page).await?;
    Ok(Json(page_of(page, bids, |bid| bid.position, BidView::from)))
}
