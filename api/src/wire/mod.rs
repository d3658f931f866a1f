//! What clients see: the API's own types, so that neither rows nor domain types are a promise to anybody. Identifiers
//! and digests are `0x` hex text, amounts are decimal text in base units, times are seconds. Deadlines, and the
//! times of rounds and assignments, are of the market's clock, which stands still while it is paused; all others are the
//! chain's.

mod accounts;
mod deliveries;
mod market;
mod models;
mod requests;

use assay_market::{Address, Kind, Word};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use accounts::{AccountView, ConsentView};
pub use deliveries::{BidView, BlobView, EventView, ProofView};
pub use market::{AttesterView, MarketView, ParametersView, VerifierView};
pub use models::{AttestationView, CircuitView, ModelView, ProverView};
pub use requests::{
    BestView, FinalityView, InputView, OfferView, RequestView, SnapshotView, StatusView,
};

/// Kinds of statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindView {
    /// One output of a model for one input.
    Inference,
    /// How many samples of a data set a model answers right.
    Accuracy,
    /// An encryption of the committed weights.
    WeightDelivery,
}

fn some_word(word: Word) -> Option<String> {
    (word != Word::ZERO).then(|| word.to_string())
}

fn some_bytes(bytes: &[u8]) -> Option<String> {
    (!bytes.is_empty()).then(|| hex_text(bytes))
}

fn some_address(address: Option<Address>) -> Option<String> {
    address.map(|address| address.to_string())
}

/// Returns bytes as `0x` hex text.
pub fn hex_text(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

impl From<Kind> for KindView {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Inference => Self::Inference,
            Kind::Accuracy => Self::Accuracy,
            Kind::WeightDelivery => Self::WeightDelivery,
        }
    }
}
