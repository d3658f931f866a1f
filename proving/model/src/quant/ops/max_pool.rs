//! The largest lane of each window.

use serde::{Deserialize, Serialize};

use super::{NodeTrace, Operand, Operator, Window, single};
use crate::quant::model::NodeData;
use crate::quant::tensor::{Lanes, TensorSpec, elements};

/// `[1, channels, spatial..]` to `[1, channels, windows..]`. Taps on padding do not count; every window has a tap
/// inside.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaxPool {
    /// Where the windows lie.
    pub window: Window,
}

impl MaxPool {
    /// Returns for each element of the result the indices of the input elements it is the largest of.
    #[must_use]
    pub fn windows(&self, input: &TensorSpec) -> Vec<Vec<usize>> {
        let (channels, spatial) = (input.shape[1], &input.shape[2..]);
        let plane = elements(spatial);
        let mut first = Vec::new();
        self.window.for_each(spatial, |taps| {
            first.push(taps.iter().flatten().copied().collect())
        });
        (0..channels)
            .flat_map(|channel| {
                let shift = move |window: &Vec<usize>| {
                    window.iter().map(|at| channel * plane + at).collect()
                };
                first.iter().map(shift)
            })
            .collect()
    }

    /// Checks that no window lies wholly on padding: the taps of an axis are independent of the other's.
    fn check_inside(&self, spatial: &[usize], output: &[usize]) -> Result<(), String> {
        let Window {
            kernel,
            strides,
            dilations,
            pads_before,
            ..
        } = &self.window;
        for axis in 0..spatial.len() {
            // The first tap that is past the padding before the axis.
            let inside = |window: usize| {
                let start = window * strides[axis];
                let tap = pads_before[axis]
                    .saturating_sub(start)
                    .div_ceil(dilations[axis]);
                let end = pads_before[axis] + spatial[axis];
                tap < kernel[axis] && start + tap * dilations[axis] < end
            };
            if let Some(window) = (0..output[axis]).find(|&window| !inside(window)) {
                return Err(format!(
                    "window {window} of axis {axis} lies on padding only"
                ));
            }
        }
        Ok(())
    }
}

impl Operator for MaxPool {
    fn name(&self) -> &'static str {
        "max_pool"
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
        self.window.check_work(*channels, &windows)?;
        self.check_inside(spatial, &windows)?;
        let shape = [&[1, *channels], windows.as_slice()].concat();
        Ok(TensorSpec {
            shape,
            lane: input.lane,
        })
    }

    fn taps(&self, inputs: &[&TensorSpec]) -> usize {
        inputs.iter().map(|input| self.window.all_taps(input)).sum()
    }

    fn run(&self, _: &NodeData, inputs: &[Operand<'_>], _: Lanes) -> NodeTrace {
        let [input] = *inputs else {
            unreachable!("inference takes one input")
        };
        let largest = |window: Vec<usize>| {
            let lanes = window.iter().map(|&at| input.lanes[at]);
            lanes.max().unwrap_or(0)
        };
        NodeTrace::of(
            self.windows(input.tensor)
                .into_iter()
                .map(largest)
                .collect(),
        )
    }
}
