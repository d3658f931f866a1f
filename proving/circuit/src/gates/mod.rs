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
mod slide;
mod tree_node;
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
pub use tree_node::TreeNode;
pub use weight_column::WeightColumn;
pub use weight_row::WeightRow;
