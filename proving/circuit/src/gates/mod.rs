//! Custom gates, each beside the native computation that fills it.

mod argmax;
mod formula;
mod limbs;
mod pack;
mod requantize;
mod weight_row;

pub use argmax::ArgMaxStep;
pub use formula::{Algebra, Custom, Formula};
pub use pack::Pack;
pub use requantize::Requantize;
pub use weight_row::WeightRow;
