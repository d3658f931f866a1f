#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
pub mod quant;

pub use error::ModelError;
pub use quant::architecture::{Architecture, LayerSpec, OutputSpec, Part, SectionSpec};
pub use quant::evaluate::{LayerTrace, Output, Trace};
pub use quant::model::{CommittedSection, DenseData, QuantizedModel};
pub use quant::ops::argmax::ArgMaxTrace;
pub use quant::ops::dense::DenseTrace;
pub use quant::requantize::{Requantized, requantize};
pub use quant::scale::{Quantization, Scale, Scales};
