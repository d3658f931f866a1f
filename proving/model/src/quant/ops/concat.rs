//! Tensors one after the other along an axis.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Source, check_axis, movement};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec, elements};

/// Any number of tensors that differ in one dimension at most. Their lanes mean the same numbers: the quantizer
/// gives them one scale and zero point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concat {
    /// The dimension that grows.
    pub axis: usize,
}

impl Operator for Concat {
    fn name(&self) -> &'static str {
        "concat"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let [first, ..] = inputs else {
            return Err("0 inputs, expected at least 1".into());
        };
        check_axis(first, self.axis)?;
        let mut tensor = (*first).clone();
        for other in &inputs[1..] {
            let mut shape = other.shape.clone();
            let Some(size) = shape.get_mut(self.axis) else {
                return Err(format!("axis {} of shape {shape:?}", self.axis));
            };
            let size = std::mem::replace(size, first.shape[self.axis]);
            if shape != first.shape || other.lane != first.lane {
                return Err(format!(
                    "{other:?} and {first:?} differ in more than axis {}",
                    self.axis
                ));
            }
            tensor.shape[self.axis] = tensor.shape[self.axis].saturating_add(size);
        }
        Ok(tensor)
    }

    fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        let outer = elements(&inputs[0].shape[..self.axis]);
        let mut sources = Vec::new();
        for row in 0..outer {
            for (input, tensor) in inputs.iter().enumerate() {
                let run = elements(&tensor.shape[self.axis..]);
                let element = |index| Source::Element { input, index };
                sources.extend((row * run..(row + 1) * run).map(element));
            }
        }
        Some(sources)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        movement::run_operator(self, data, inputs)
    }
}
