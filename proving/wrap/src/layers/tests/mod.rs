//! The layers together: circuits of many shapes, one canonical shape, one outer circuit.

mod bent;
mod equality;
mod forged;
pub(super) mod sample;
mod shapes;
