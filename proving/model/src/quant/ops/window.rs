//! Sliding windows over one or two spatial dimensions.

use serde::{Deserialize, Serialize};

use crate::quant::limits::{MAX_ACTIVATIONS, MAX_ALL_TAPS, MAX_PADDED};
use crate::quant::tensor::{TensorSpec, elements, for_each_index, strides};

/// Where the windows of a convolution or pooling lie; each list has one entry per spatial dimension.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Taps of a window.
    pub kernel: Vec<usize>,
    /// How far apart windows start.
    pub strides: Vec<usize>,
    /// How far apart taps lie.
    pub dilations: Vec<usize>,
    /// Positions before the first element.
    pub pads_before: Vec<usize>,
    /// Positions after the last element.
    pub pads_after: Vec<usize>,
}

impl Window {
    /// Returns windows that start at every element, without padding or gaps.
    #[must_use]
    pub fn new(kernel: &[usize]) -> Self {
        let same = |value| vec![value; kernel.len()];
        Self {
            kernel: kernel.to_vec(),
            strides: same(1),
            dilations: same(1),
            pads_before: same(0),
            pads_after: same(0),
        }
    }

    /// Returns these windows with other strides.
    #[must_use]
    pub fn with_strides(mut self, strides: &[usize]) -> Self {
        self.strides = strides.to_vec();
        self
    }

    /// Returns these windows with padding.
    #[must_use]
    pub fn with_pads(mut self, before: &[usize], after: &[usize]) -> Self {
        self.pads_before = before.to_vec();
        self.pads_after = after.to_vec();
        self
    }

    /// Returns these windows with gaps between their taps.
    #[must_use]
    pub fn with_dilations(mut self, dilations: &[usize]) -> Self {
        self.dilations = dilations.to_vec();
        self
    }

    /// Returns the taps of one window.
    #[must_use]
    pub fn taps(&self) -> usize {
        elements(&self.kernel)
    }

    /// Returns whether any position lies outside the input.
    #[must_use]
    pub fn is_padded(&self) -> bool {
        let mut pads = self.pads_before.iter().chain(&self.pads_after);
        pads.any(|&pad| pad > 0)
    }

    /// Returns how many windows fit each spatial dimension; refuses parameters that do not fit.
    pub fn output(&self, spatial: &[usize]) -> Result<Vec<usize>, String> {
        let rank = spatial.len();
        if !(1..=2).contains(&rank) {
            return Err(format!("{rank} spatial dimensions, expected 1 or 2"));
        }
        for (name, list, least) in [
            ("kernel", &self.kernel, 1),
            ("strides", &self.strides, 1),
            ("dilations", &self.dilations, 1),
            ("pads_before", &self.pads_before, 0),
            ("pads_after", &self.pads_after, 0),
        ] {
            let fits = |size: &usize| (least..=MAX_ACTIVATIONS).contains(size);
            if list.len() != rank || !list.iter().all(fits) {
                return Err(format!(
                    "{name} is {list:?}, expected {rank} numbers from {least} to {MAX_ACTIVATIONS}"
                ));
            }
        }
        (0..rank)
            .map(|axis| {
                // Each factor is below 2^19, so nothing overflows.
                let extent = (self.kernel[axis] - 1) * self.dilations[axis] + 1;
                let padded =
                    spatial[axis].saturating_add(self.pads_before[axis] + self.pads_after[axis]);
                match padded.checked_sub(extent) {
                    Some(room) => Ok(room / self.strides[axis] + 1),
                    None => Err(format!(
                        "a window of {extent} does not fit {padded} positions of axis {axis}"
                    )),
                }
            })
            .collect()
    }

    /// Checks that the windows of all channels together have few enough taps.
    pub(super) fn check_work(&self, channels: usize, windows: &[usize]) -> Result<(), String> {
        let taps = self.taps().saturating_mul(elements(windows));
        if taps.saturating_mul(channels) <= MAX_ALL_TAPS {
            return Ok(());
        }
        Err(format!(
            "windows have more than {MAX_ALL_TAPS} taps in all, which is the limit"
        ))
    }

    /// Returns how many taps the windows of all channels of a tensor have, `[1, channels, spatial..]` with parameters that
    /// fit.
    pub(super) fn all_taps(&self, input: &TensorSpec) -> usize {
        let [_, channels, spatial @ ..] = input.shape.as_slice() else {
            return 0;
        };
        let windows = self.output(spatial).unwrap_or_default();
        let taps = self.taps().saturating_mul(elements(&windows));
        taps.saturating_mul(*channels)
    }

    /// Returns how many elements such a tensor has with the padding around it, saturated.
    pub(super) fn padded(&self, input: &TensorSpec) -> usize {
        let [_, channels, spatial @ ..] = input.shape.as_slice() else {
            return 0;
        };
        let pads = self.pads_before.iter().zip(&self.pads_after);
        let axes = spatial.iter().zip(pads);
        let sizes = axes
            .map(|(&size, (&before, &after))| size.saturating_add(before).saturating_add(after));
        sizes.fold(*channels, usize::saturating_mul)
    }

    /// Checks that a tensor with the padding around it has few enough elements.
    pub(super) fn check_padded(&self, input: &TensorSpec) -> Result<(), String> {
        let got = self.padded(input);
        if got <= MAX_PADDED {
            return Ok(());
        }
        Err(format!(
            "its padded input has {got} elements, the limit is {MAX_PADDED}"
        ))
    }

    /// Calls `visit` for every window in row-major order with the spatial index of each tap, row-major in the
    /// kernel; `None` is a tap on padding. The parameters must fit, as [`Window::output`] checks.
    pub fn for_each(&self, spatial: &[usize], mut visit: impl FnMut(&[Option<usize>])) {
        let output = self.output(spatial).unwrap_or_default();
        let steps = strides(spatial);
        let mut taps = vec![None; self.taps()];
        for_each_index(&output, |window| {
            let mut slots = taps.iter_mut();
            for_each_index(&self.kernel, |tap| {
                let inside = (0..spatial.len()).try_fold(0, |sum, axis| {
                    let padded =
                        window[axis] * self.strides[axis] + tap[axis] * self.dilations[axis];
                    let at = padded.checked_sub(self.pads_before[axis])?;
                    (at < spatial[axis]).then(|| sum + at * steps[axis])
                });
                if let Some(slot) = slots.next() {
                    *slot = inside;
                }
            });
            visit(&taps);
        });
    }
}
