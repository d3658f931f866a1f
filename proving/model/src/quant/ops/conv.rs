//! The convolution over one or two spatial dimensions.

use serde::{Deserialize, Serialize};

use super::product::{check_counts, requantize_all, rescale};
use super::{NodeTrace, Operand, Operator, Window, single};
use crate::quant::limits::{MAX_OUTPUTS, product_shift};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec, elements};

/// `[1, inputs, spatial..]` to `[1, outputs, windows..]`: each window times the kernels
/// `[outputs, inputs / groups, kernel..]`, the biases added, the sums requantized. Padding holds the input's
/// zero point, which is committed with the node where there is padding.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conv {
    /// Channels taken.
    pub inputs: usize,
    /// Channels given.
    pub outputs: usize,
    /// Both are split evenly into so many groups; a group of outputs sees its group of inputs only.
    pub groups: usize,
    /// Where the windows lie.
    pub window: Window,
    /// Whether values below the output's zero point become the zero point.
    pub relu: bool,
}

impl Conv {
    /// Returns the accumulators `[outputs, windows..]`: the bias of the channel plus the products of its kernel
    /// with the window.
    ///
    /// Every sum stays below the limit of accumulators: [`crate::Architecture::validate`] refuses shapes where it might
    /// not.
    #[must_use]
    pub fn accumulate(&self, data: &NodeData, input: Operand<'_>) -> Vec<i64> {
        let (weights, bias) = (data.part(Part::Weights), data.part(Part::Bias));
        let zero = match data.part(Part::InputZeroPoint) {
            [zero] => *zero,
            _ => 0,
        };
        let spatial = &input.tensor.shape[2..];
        let plane = elements(spatial);
        let per_group = self.inputs / self.groups;
        let taps = self.window.taps();
        let windows = self
            .window
            .output(spatial)
            .map_or(0, |windows| elements(&windows));
        let mut sums = vec![0; self.outputs * windows];
        let mut column = Vec::with_capacity(self.inputs * taps);
        let mut at = 0;
        self.window.for_each(spatial, |window| {
            column.clear();
            for channel in 0..self.inputs {
                let lanes = &input.lanes[channel * plane..][..plane];
                column.extend(window.iter().map(|tap| tap.map_or(zero, |at| lanes[at])));
            }
            let kernels = weights.chunks_exact(per_group * taps).zip(bias);
            for (output, (kernel, &bias)) in kernels.enumerate() {
                let group = output / (self.outputs / self.groups);
                let products = column[group * per_group * taps..].iter().zip(kernel);
                sums[output * windows + at] =
                    products.fold(i64::from(bias), |sum, (&x, &w)| sum + i64::from(x * w));
            }
            at += 1;
        });
        sums
    }
}

impl Operator for Conv {
    fn name(&self) -> &'static str {
        "conv"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let [1, channels, spatial @ ..] = input.shape.as_slice() else {
            return Err(format!(
                "takes shape {:?}, expected [1, channels, ..]",
                input.shape
            ));
        };
        if *channels != self.inputs || self.inputs > MAX_OUTPUTS {
            return Err(format!(
                "takes {} channels of at most {MAX_OUTPUTS}, but {channels} reach it",
                self.inputs
            ));
        }
        let splits = |count: usize| self.groups > 0 && count.is_multiple_of(self.groups);
        if !splits(self.inputs) || !splits(self.outputs) {
            return Err(format!(
                "{} groups do not divide {} inputs and {} outputs",
                self.groups, self.inputs, self.outputs
            ));
        }
        let windows = self.window.output(spatial)?;
        self.window.check_padded(input)?;
        check_counts(self.outputs, self.products().unwrap_or(0))?;
        let shape = [&[1, self.outputs], windows.as_slice()].concat();
        Ok(TensorSpec {
            shape,
            lane: input.lane,
        })
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        let products = self.products().unwrap_or(0);
        let mut sections = SectionSpec::of_product(node, self.outputs, products, lanes);
        if self.window.is_padded() {
            sections.push(SectionSpec::of_lane(
                node,
                Part::InputZeroPoint,
                1,
                lanes.inputs,
            ));
        }
        sections
    }

    fn products(&self) -> Option<usize> {
        let per_group = self.inputs.checked_div(self.groups)?;
        Some(per_group.saturating_mul(self.window.taps()))
    }

    fn weights(&self) -> usize {
        let products = self.products().unwrap_or(0);
        products.saturating_mul(self.outputs)
    }

    fn reads(&self, inputs: &[&TensorSpec]) -> usize {
        inputs.iter().map(|input| self.window.padded(input)).sum()
    }

    fn shift(&self, lanes: Lanes) -> u32 {
        product_shift(lanes.inputs)
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let accumulators = self.accumulate(data, inputs[0]);
        let windows = accumulators.len() / self.outputs;
        let channel = |index| index / windows;
        let rescale = rescale(self, self.relu, lanes);
        requantize_all(data, accumulators, channel, rescale)
    }
}
