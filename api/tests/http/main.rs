//! The service over HTTP: a real server, a real chain (anvil) with the real contracts.

mod blobs;
mod limits;
mod market;
mod openapi;
mod reorganization;
mod sign_in;
mod stack;
