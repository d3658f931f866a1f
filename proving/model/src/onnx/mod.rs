//! ONNX in: limits, import, and the float model for comparison.

mod dequantize;
mod error;
mod import;
pub mod limits;
mod node;
mod outputs;
mod reference;
mod scan;
mod tensor;

pub use error::ImportError;
pub use import::import;
pub use reference::{FloatModel, FloatOutput};

pub(crate) use node::{Data, NodeImport};
