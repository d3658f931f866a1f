//! Quantized models: shape, integers, evaluator.

pub mod architecture;
pub mod evaluate;
pub mod limits;
pub mod model;
pub mod ops;
pub mod requantize;
pub mod scale;
