//! Requests, with the status they have now.

use std::collections::HashMap;

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use assay_market::RequestId;
use assay_store::{RequestFilter, RequestRecord, SubjectKind};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{parse, parse_some};
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::now::Now;
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::{FinalityView, RequestView, StatusView};

/// Which requests.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RequestQuery {
    /// Those with this status now.
    #[param(inline)]
    status: Option<StatusView>,
    /// Those of one requester.
    requester: Option<String>,
    /// Those for one model.
    model: Option<String>,
    /// Those whose best bid or assignment is one prover's.
    prover: Option<String>,
}

/// Lists requests, newest first.
#[utoipa::path(
    tag = "requests",
    operation_id = "list_requests",
    params(RequestQuery, PageQuery),
    responses((status = 200, body = PageOf<RequestView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/requests")]
pub async fn list(
    state: Data<AppState>,
    query: Query<RequestQuery>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<RequestView>>> {
    let page = page.read()?;
    let now = Now::read(&state).await?;
    let filter = RequestFilter {
        status: query.status.map(|status| (status.into(), now.market_time)),
        requester: parse_some("requester", query.requester.as_ref())?,
        model: parse_some("model", query.model.as_ref())?,
        prover: parse_some("prover", query.prover.as_ref())?,
    };
    let records = state.store.requests(filter, page).await?;
    let finality = finality_of(&state, &records).await?;
    let view = |record: RequestRecord| {
        let finality = finality
            .get(&record.request.id)
            .copied()
            .unwrap_or(FinalityView::Latest);
        RequestView::new(record, &now, &state.params, finality)
    };
    Ok(Json(page_of(page, records, |record| record.position, view)))
}

/// Returns one request.
#[utoipa::path(
    tag = "requests",
    operation_id = "get_request",
    params(("id" = String, Path, description = "The request's id")),
    responses(
        (status = 200, body = RequestView),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/requests/{id}")]
pub async fn get(state: Data<AppState>, id: Path<String>) -> Result<Json<RequestView>> {
    let id: RequestId = parse("id", &id)?;
    let record = state
        .store
        .request(id)
        .await?
        .ok_or_else(|| ApiError::not_found("request", id))?;
    let finality = finality_of(&state, std::slice::from_ref(&record)).await?;
    let finality = finality.get(&id).copied().unwrap_or(FinalityView::Latest);
    let now = Now::read(&state).await?;
    Ok(Json(RequestView::new(
        record,
        &now,
        &state.params,
        finality,
    )))
}

/// A request is as final as the newest event about it.
async fn finality_of(
    state: &AppState,
    records: &[RequestRecord],
) -> Result<HashMap<RequestId, FinalityView>> {
    let ids: Vec<String> = records
        .iter()
        .map(|record| record.request.id.to_string())
        .collect();
    let mut finality = HashMap::with_capacity(ids.len());
    for (id, block_number) in state.store.newest_blocks(SubjectKind::Request, ids).await? {
        if let Ok(id) = id.parse() {
            finality.insert(id, state.finality.of(block_number));
        }
    }
    Ok(finality)
}
