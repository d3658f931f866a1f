//! The attributes that Conv and pooling share.

use crate::onnx::{ImportError, NodeImport};
use crate::quant::ops::Window;

/// Returns the windows of a node over these spatial dimensions.
pub(super) fn read(
    node: &NodeImport<'_>,
    spatial: &[usize],
    kernel: &[usize],
) -> Result<Window, ImportError> {
    let rank = spatial.len();
    if kernel.len() != rank || !(1..=2).contains(&rank) {
        return Err(node.bad(format!(
            "a kernel of {kernel:?} over {spatial:?}, expected 1 or 2 spatial dimensions for both"
        )));
    }
    let mut window = Window::new(kernel)
        .with_strides(&node.sizes("strides", rank, 1, 1)?)
        .with_dilations(&node.sizes("dilations", rank, 1, 1)?);
    match node.text("auto_pad", "NOTSET")? {
        "NOTSET" | "" => {
            let pads = node.sizes("pads", 2 * rank, 0, 0)?;
            window = window.with_pads(&pads[..rank], &pads[rank..]);
        }
        "VALID" => {}
        side @ ("SAME_UPPER" | "SAME_LOWER") => {
            for axis in 0..rank {
                let stride = window.strides[axis];
                let last = (spatial[axis].div_ceil(stride) - 1).saturating_mul(stride);
                let extent = (kernel[axis] - 1).saturating_mul(window.dilations[axis]);
                let pad = last
                    .saturating_add(extent + 1)
                    .saturating_sub(spatial[axis]);
                let (less, more) = (pad / 2, pad.div_ceil(2));
                let upper = side == "SAME_UPPER";
                window.pads_before[axis] = if upper { less } else { more };
                window.pads_after[axis] = if upper { more } else { less };
            }
        }
        other => {
            return Err(node.bad(format!(
                "auto_pad is `{}`, expected NOTSET, VALID, SAME_UPPER or SAME_LOWER",
                other.escape_default()
            )));
        }
    }
    Ok(window)
}
