//! The market as a whole.

use actix_web::get;
use actix_web::web::{Data, Json};

use crate::error::Result;
use crate::now::Now;
use crate::state::AppState;
use crate::wire::MarketView;

/// Returns the market's clock, whether it is paused, and what it chose when it was deployed.
#[utoipa::path(
    tag = "market",
    operation_id = "get_market",
    responses((status = 200, body = MarketView))
)]
#[get("/market")]
pub async fn get(state: Data<AppState>) -> Result<Json<MarketView>> {
    let now = Now::read(&state).await?;
    let chain_id = state.chain.deployment().chain_id;
    Ok(Json(MarketView::new(
        chain_id,
        state.market(),
        &now,
        &state.params,
    )))
}
