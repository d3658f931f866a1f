//! Custom gates, each beside the native computation that fills it.

mod argmax;
mod extension;
mod formula;
mod horner;
mod limbs;
mod log_up;
mod max_pool;
mod pack;
mod requantize;
mod saturate;
mod slide;
mod weight_column;
mod weight_row;

pub use argmax::ArgMaxStep;
pub use formula::{Algebra, Custom, Formula};
pub use horner::Horner;
pub use log_up::LogUp;
pub use max_pool::{MaxPool, bits_of};
pub use pack::Pack;
pub use requantize::{Dividend, Requantize};
pub use slide::Slide;
pub use weight_column::WeightColumn;
pub use weight_row::WeightRow;
