//! Custom gates, each beside the native computation that fills it.

mod argmax;
mod extension;
mod formula;
mod horner;
mod in_range;
mod limbs;
mod log_up;
mod max_pool;
mod moments;
mod normalize;
mod pack;
mod reciprocal;
mod requantize;
mod root;
mod saturate;
mod share;
mod slide;
mod weight_column;
mod weight_row;

pub use argmax::ArgMaxStep;
pub use formula::{Algebra, Custom, Formula};
pub use horner::Horner;
pub use in_range::InRange;
pub use limbs::LIMB_BITS;
pub use log_up::LogUp;
pub use max_pool::{MaxPool, bits_of};
pub use moments::Moments;
pub use normalize::Normalize;
pub use pack::Pack;
pub use reciprocal::Reciprocal;
pub use requantize::{Dividend, Requantize};
pub use root::Root;
pub use share::Share;
pub use slide::Slide;
pub use weight_column::WeightColumn;
pub use weight_row::WeightRow;
