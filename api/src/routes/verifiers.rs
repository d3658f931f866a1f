//! Verifiers that requests may pin.

use actix_web::get;
use actix_web::web::{Data, Json, Query};

use crate::error::{ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::VerifierView;

/// Lists verifiers, tombstoned ones included, the newest first.
#[utoipa::path(
    tag = "verifiers",
    operation_id = "list_verifiers",
    params(PageQuery),
    responses((status = 200, body = PageOf<VerifierView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/verifiers")]
pub async fn list(
    state: Data<AppState>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<VerifierView>>> {
    let page = page.read()?;
    let found = state.store.verifiers(page).await?;
    Ok(Json(page_of(
        page,
        found,
        |one| one.position,
        VerifierView::from,
    )))
}
