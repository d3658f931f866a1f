#![doc = include_str!("../README.md")]
#![deny(missing_docs)]
#![warn(clippy::arithmetic_side_effects, clippy::cast_possible_truncation)]

mod amount;
mod clock;
mod effect;
mod error;
mod ids;
mod ledger;
mod life;
mod open;
pub mod params;
mod record;
mod request;
mod terms;
mod time;

pub use amount::{Amount, ParseAmountError};
pub use clock::Clock;
pub use effect::{Delivery, Effect, Event, LockKey, Payee};
pub use error::MarketError;
pub use ids::{Address, ModelId, ParseIdError, RequestId, Word};
pub use ledger::{Consent, Ledger};
pub use life::Action;
pub use open::{Listing, open};
pub use params::Params;
pub use request::{Assignment, Bid, Fulfillment, Moment, Outcome, Request, Status};
pub use terms::{Offer, Snapshot, Terms, request_id};
pub use time::{Seconds, Timestamp};

pub use assay_statement::Kind;
