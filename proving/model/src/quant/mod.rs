//! Quantized models: shape, integers, evaluator, and how they come from floats.

pub mod architecture;
mod calibrate;
pub mod error;
pub mod evaluate;
pub mod file;
mod float;
pub mod limits;
pub mod model;
pub mod ops;
pub mod quantize;
pub mod requantize;
pub mod scale;
pub mod sections;
pub mod tensor;

pub use calibrate::MAX_SAMPLES;
