//! Who may vouch for circuits.

use actix_web::get;
use actix_web::web::{Data, Json, Query};

use crate::error::{ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::AttesterView;

/// Lists attesters, removed ones included, the newest first.
#[utoipa::path(
    tag = "attesters",
    operation_id = "list_attesters",
    params(PageQuery),
    responses((status = 200, body = PageOf<AttesterView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/attesters")]
pub async fn list(
    state: Data<AppState>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<AttesterView>>> {
    let page = page.read()?;
    let found = state.store.attesters(page).await?;
    Ok(Json(page_of(
        page,
        found,
        |one| one.position,
        AttesterView::from,
    )))
}
