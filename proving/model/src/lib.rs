#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod error;
pub mod graph;
pub mod onnx;
pub mod quant;

pub mod accuracy;
pub mod card;

#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use accuracy::{AccuracyReport, compare};
pub use card::ModelCard;
pub use error::ModelError;
pub use graph::Graph;
pub use onnx::{FloatModel, FloatOutput, ImportError, import};
pub use quant::architecture::{Architecture, LayerSpec, OutputSpec, Part, SectionSpec};
pub use quant::error::QuantizeError;
pub use quant::evaluate::{LayerTrace, Output, Trace};
pub use quant::model::{CommittedSection, DenseData, QuantizedModel};
pub use quant::ops::argmax::ArgMaxTrace;
pub use quant::ops::dense::DenseTrace;
pub use quant::quantize::quantize;
pub use quant::requantize::{Requantized, requantize};
pub use quant::scale::{Quantization, Scale, Scales};
