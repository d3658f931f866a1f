#![doc = include_str!("../README.md")]

mod bid;
mod blobs;
mod breaker;
mod capacity;
mod catalogue;
mod config;
mod folder;
mod jobs;
mod node;
mod pricing;
mod prove;
mod quote;
mod skip;
mod start;
mod submit;

pub use blobs::{BlobError, Blobs};
pub use catalogue::Catalogue;
pub use config::Config;
pub use folder::Folder;
pub use jobs::{Job, JobKey, Jobs, JobsError, Stage};
pub use node::{Node, Parts, StepError};
pub use pricing::{Pricing, Quote};
pub use skip::Skip;
pub use start::start;
