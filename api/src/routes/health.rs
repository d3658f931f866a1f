//! Whether the service is well, for load balancers and for people.

use std::sync::atomic::Ordering;

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::Result;
use crate::state::AppState;

/// What a look at the service found.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct HealthView {
    /// Always `ok`: a service that is not well answers with an error.
    pub status: String,
    /// The chain's id.
    pub chain_id: u64,
    /// The market contract.
    pub market: String,
    /// Number of the newest indexed block.
    pub indexed_block: u64,
    /// Number of the chain's newest block when it was last asked.
    pub chain_block: u64,
}

/// Tells whether the database answers and how far the index is.
#[utoipa::path(tag = "health", operation_id = "healthz", responses((status = 200, body = HealthView)))]
#[get("/healthz")]
pub async fn healthz(state: Data<AppState>) -> Result<Json<HealthView>> {
    state.store.ping().await?;
    Ok(Json(HealthView {
        status: "ok".into(),
        chain_id: state.chain.deployment().chain_id,
        market: state.market().to_string(),
        indexed_block: state.metrics.indexed_block.load(Ordering::Relaxed),
        chain_block: state.metrics.chain_block.load(Ordering::Relaxed),
    }))
}

/// Returns counters in the Prometheus text format.
#[utoipa::path(
    tag = "health",
    operation_id = "metrics",
    responses((status = 200, body = String, content_type = "text/plain"))
)]
#[get("/metrics")]
pub async fn metrics(state: Data<AppState>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4")
        .body(state.metrics.render())
}
