//! The layers of a model in a circuit, one file each.

pub mod argmax;
pub mod dense;
