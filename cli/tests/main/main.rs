//! End to end: real chain, real contracts, real workers, real proofs.
//!
//! The programs of the other crates are started from the build folder, so build the workspace first
//! (`make test` does).

mod inspect;
mod markets;
mod openings;
mod privacy;
mod proofs;
mod quantize;
mod refusals;
mod rules;
mod scene;
