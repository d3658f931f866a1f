//! Registered models.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use assay_market::{Address, ModelId, Word};
use assay_store::ModelRecord;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{parse, parse_some};
use crate::error::{ApiError, ErrorEnvelope, Result};
use crate::page::{PageOf, PageQuery, page_of};
use crate::state::AppState;
use crate::wire::ModelView;

/// Which models.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ModelQuery {
    /// Those of one provider.
    provider: Option<String>,
}

/// Lists models, newest first.
#[utoipa::path(
    tag = "models",
    operation_id = "list_models",
    params(ModelQuery, PageQuery),
    responses((status = 200, body = PageOf<ModelView>), (status = 400, body = ErrorEnvelope))
)]
#[get("/models")]
pub async fn list(
    state: Data<AppState>,
    query: Query<ModelQuery>,
    page: Query<PageQuery>,
) -> Result<Json<PageOf<ModelView>>> {
    let page = page.read()?;
    let provider: Option<Address> = parse_some("provider", query.provider.as_ref())?;
    let models = state.store.models(provider, page).await?;
    let attestations = state.store.attestations(&circuits_of(&models)).await?;
    Ok(Json(page_of(
        page,
        models,
        |model| model.position,
        |model| ModelView::new(model, &attestations),
    )))
}

/// Returns one model.
#[utoipa::path(
    tag = "models",
    operation_id = "get_model",
    params(("id" = String, Path, description = "The model's id")),
    responses(
        (status = 200, body = ModelView),
        (status = 400, body = ErrorEnvelope),
        (status = 404, body = ErrorEnvelope)
    )
)]
#[get("/models/{id}")]
pub async fn get(state: Data<AppState>, id: Path<String>) -> Result<Json<ModelView>> {
    let id: ModelId = parse("id", &id)?;
    let model = state
        .store
        .model(id)
        .await?
        .ok_or_else(|| ApiError::not_found("model", id))?;
    let attestations = state
        .store
        .attestations(&circuits_of(std::slice::from_ref(&model)))
        .await?;
    Ok(Json(ModelView::new(model, &attestations)))
}

fn circuits_of(models: &[ModelRecord]) -> Vec<Word> {
    models
        .iter()
        .flat_map(|model| model.circuits.iter().map(|circuit| circuit.circuit))
        .collect()
}
