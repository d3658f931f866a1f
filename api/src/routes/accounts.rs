//! What accounts have in the vault.

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use assay_market::Address;

use super::parse;
use crate::error::{ErrorEnvelope, Result};
use crate::state::AppState;
use crate::wire::AccountView;

/// Returns an account's balance and consents: nothing for an address that never had any.
#[utoipa::path(
    tag = "accounts",
    operation_id = "get_account",
    params(("address" = String, Path, description = "The account's address")),
    responses((status = 200, body = AccountView), (status = 400, body = ErrorEnvelope))
)]
#[get("/accounts/{address}")]
pub async fn get(state: Data<AppState>, address: Path<String>) -> Result<Json<AccountView>> {
    let address: Address = parse("address", &address)?;
    let balance = state.store.balance(address).await?;
    let consents = state.store.consents(address).await?;
    Ok(Json(AccountView::new(address, balance, &consents)))
}
