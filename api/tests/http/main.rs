//! The service over HTTP: a real server, a real chain (anvil) with the real contracts.

mod blobs;
mod limits;
mod market;
mod money;
mod openapi;
mod owners;
mod reorganization;
mod sign_in;
mod stack;
