//! The sum of each window: sums, means and average pooling.

use serde::{Deserialize, Serialize};

use super::product::{requantize_all, rescale};
use super::{NodeTrace, Operand, Operator, Window, single};
use crate::quant::limits::{MAX_PRODUCTS, difference_bound};
use crate::quant::model::NodeData;
use crate::quant::sections::{Part, SectionSpec};
use crate::quant::tensor::{Lanes, TensorSpec, elements};

/// `[1, channels, spatial..]` to `[1, channels, windows..]`: the sum of `x - z` over each window, requantized. A tap
/// on padding adds nothing. Multiplier and zero points are committed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// Where the windows lie.
    pub window: Window,
}

impl Sum {
    /// Returns the sums.
    #[must_use]
    pub fn accumulate(&self, data: &NodeData, input: Operand<'_>) -> Vec<i64> {
        let zero = i64::from(data.zero_point(Part::InputZeroPoint));
        let (channels, spatial) = (input.tensor.shape[1], &input.tensor.shape[2..]);
        let plane = elements(spatial);
        let windows = elements(&self.window.output(spatial).unwrap_or_default());
        let mut sums = vec![0; channels * windows];
        let mut at = 0;
        self.window.for_each(spatial, |taps| {
            for channel in 0..channels {
                let lanes = &input.lanes[channel * plane..][..plane];
                let inside = taps.iter().flatten();
                sums[channel * windows + at] =
                    inside.map(|&tap| i64::from(lanes[tap]) - zero).sum();
            }
            at += 1;
        });
        sums
    }
}

impl Operator for Sum {
    fn name(&self) -> &'static str {
        "sum"
    }

    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let input = single(inputs)?;
        let [1, channels, spatial @ ..] = input.shape.as_slice() else {
            return Err(format!(
                "takes shape {:?}, expected [1, channels, ..]",
                input.shape
            ));
        };
        let windows = self.window.output(spatial)?;
        if self.window.taps() > MAX_PRODUCTS {
            return Err(format!(
                "a window of {} taps, the limit is {MAX_PRODUCTS}",
                self.window.taps()
            ));
        }
        self.window.check_work(*channels, &windows)?;
        Ok(TensorSpec {
            shape: [&[1, *channels], windows.as_slice()].concat(),
            lane: input.lane,
        })
    }

    fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        vec![
            SectionSpec::multipliers(node, 1),
            SectionSpec::of_lane(node, Part::InputZeroPoint, 1, lanes.inputs),
            SectionSpec::of_lane(node, Part::OutputZeroPoint, 1, lanes.result),
        ]
    }

    fn taps(&self, inputs: &[&TensorSpec]) -> usize {
        inputs.iter().map(|input| self.window.all_taps(input)).sum()
    }

    fn accumulator_bound(&self, lanes: Lanes) -> Option<u128> {
        Some(self.window.taps() as u128 * difference_bound(lanes.inputs))
    }

    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace {
        let rescale = rescale(self, false, lanes);
        requantize_all(data, self.accumulate(data, inputs[0]), |_| 0, rescale)
    }
}
