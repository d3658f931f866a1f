//! One module a command.

pub mod bench;
pub mod circuit;
pub mod demo;
pub mod dev;
pub mod inspect;
pub mod listing;
pub mod model;
pub mod open;
pub mod private;
pub mod proof;
pub mod prover;
pub mod quantize;
pub mod request;
pub mod setup;
pub mod vault;
pub mod watch;
