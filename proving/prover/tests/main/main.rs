//! The facade from model to seal.

mod identity;
mod models;
mod parameters;
mod wrapped;
