//! The facade from model to seal.

mod identity;
mod lenet;
mod models;
mod parameters;
mod verify;
mod wrapped;
