//! The integer operators, one file each.

pub mod argmax;
pub mod dense;
