//! Quantized models: shape, integers, evaluator, and how they come from floats.

pub mod activations;
pub mod architecture;
mod calibrate;
mod classes;
pub mod error;
pub mod evaluate;
pub mod feature;
pub mod file;
pub mod limits;
mod lower;
mod mappings;
pub mod model;
mod node_data;
mod observer;
pub mod ops;
pub mod quantize;
pub mod report;
pub mod requantize;
pub mod scale;
pub mod sections;
pub mod tensor;
mod trees;
mod work;

pub use activations::Activations;
pub use calibrate::MAX_SAMPLES;
pub use observer::Observer;
