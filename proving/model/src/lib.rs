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

pub use accuracy::{AccuracyReport, LossReport, compare, compare_values};
pub use card::ModelCard;
pub use error::ModelError;
pub use graph::Graph;
pub use onnx::{FloatModel, FloatOutput, ImportError, import};
pub use quant::architecture::{Architecture, NodeSpec, OutputSpec, ValueId};
pub use quant::error::QuantizeError;
pub use quant::evaluate::{Output, Trace};
pub use quant::feature::Feature;
pub use quant::model::{CommittedSection, NodeData, QuantizedModel};
pub use quant::ops::{NodeTrace, OpSpec, Operand, Source, Window};
pub use quant::quantize::{QuantizeOptions, quantize, quantize_reported, quantize_with};
pub use quant::report::{ErrorReport, NodeError};
pub use quant::requantize::{Requantized, Rescale, requantize};
pub use quant::scale::{Quantization, Scale, Scales};
pub use quant::sections::{Part, SectionSpec};
pub use quant::tensor::{Lanes, TensorSpec};
pub use quant::{Activations, Observer};
