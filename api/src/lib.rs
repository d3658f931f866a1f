#![doc = include_str!("../README.md")]

mod auth;
mod blobs;
mod clock;
mod config;
mod error;
mod feed;
mod indexer;
pub mod limits;
mod metrics;
mod now;
mod openapi;
mod page;
mod rate;
mod routes;
mod service;
mod state;
pub mod wire;

pub use config::Config;
pub use error::{ErrorBody, ErrorEnvelope};
pub use openapi::document as openapi_document;
pub use page::PageOf;
pub use service::{Service, run, start};
