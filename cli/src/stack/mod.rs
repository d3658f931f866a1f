//! A whole market on this machine: chain, contracts, API, workers, and accounts with development money.
//!
//! The demo, `assay dev up` and the end-to-end tests all start this one.

mod actor;
mod anvil;
mod child;
mod market;
mod workers;

pub use actor::Actor;
pub use anvil::Anvil;
pub use child::{Child, free_port};
pub use market::{Market, MarketFlags};
pub use workers::{Worker, WorkerFlags};
