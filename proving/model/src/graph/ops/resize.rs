//! Resize to the nearest element.

use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::limits::MAX_ACTIVATIONS;
use crate::quant::ops::{self, OpSpec};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    if node.opset() < 11 {
        // Its rounding was not yet defined.
        let reason = format!("operator set {}, expected 11 or later", node.opset());
        return Err(node.bad(reason));
    }
    node.expect_inputs(3..=4)?;
    node.expect_attributes(&[
        "coordinate_transformation_mode",
        "cubic_coeff_a",
        "exclude_outside",
        "extrapolation_value",
        "mode",
        "nearest_mode",
    ])?;
    let mode = node.text("mode", "nearest")?;
    if mode != "nearest" {
        return Err(node.bad(format!(
            "mode is `{}`, expected nearest",
            mode.escape_default()
        )));
    }
    let data = node.data(0)?;
    let factors = factors(node, &data.shape)?;
    let source = Source {
        transformation: match node.text("coordinate_transformation_mode", "half_pixel")? {
            "asymmetric" => Transformation::Asymmetric,
            "half_pixel" => Transformation::HalfPixel,
            "pytorch_half_pixel" => Transformation::PytorchHalfPixel,
            other => {
                return Err(node.bad(format!(
                    "coordinate_transformation_mode is `{}`, expected asymmetric, half_pixel or \
                     pytorch_half_pixel",
                    other.escape_default()
                )));
            }
        },
        rounding: match node.text("nearest_mode", "round_prefer_floor")? {
            "floor" => f64::floor,
            "ceil" => f64::ceil,
            "round_prefer_floor" => |at| (at - 0.5).ceil(),
            "round_prefer_ceil" => |at| (at + 0.5).floor(),
            other => {
                return Err(node.bad(format!(
                    "nearest_mode is `{}`, expected floor, ceil, round_prefer_floor or round_prefer_ceil",
                    other.escape_default()
                )));
            }
        },
    };
    let mut value = data.id;
    for (axis, (&from, (to, factor))) in data.shape.iter().zip(factors).enumerate() {
        let indices: Vec<usize> = (0..to)
            .map(|at| source.index(at, from, to, factor))
            .collect();
        if !indices.iter().copied().eq(0..from) {
            value = node.movement(OpSpec::Resize(ops::Resize { axis, indices }), &[value])?;
        }
    }
    Ok(vec![value])
}

/// Returns for each dimension its new size and how much larger that is.
fn factors(node: &NodeImport<'_>, shape: &[usize]) -> Result<Vec<(usize, f64)>, ImportError> {
    let bad = |what: &str| node.bad(format!("{what} do not fit shape {shape:?}"));
    let fits = |size: f64| (1.0..=MAX_ACTIVATIONS as f64).contains(&size);
    if node.has(3) {
        let sizes = node.ints(3)?;
        let pairs = shape.iter().zip(sizes);
        let factors: Vec<(usize, f64)> = pairs
            .filter(|&(_, &size)| fits(size as f64))
            .map(|(&from, &size)| (size as usize, size as f64 / from as f64))
            .collect();
        return if factors.len() == shape.len() && sizes.len() == shape.len() {
            Ok(factors)
        } else {
            Err(bad("sizes"))
        };
    }
    let scales = node.floats(2)?.1;
    let pairs = shape.iter().zip(scales);
    let factors: Vec<(usize, f64)> = pairs
        .map(|(&from, &scale)| ((from as f64 * f64::from(scale)).floor(), f64::from(scale)))
        .filter(|&(size, _)| fits(size))
        .map(|(size, scale)| (size as usize, scale))
        .collect();
    if factors.len() == shape.len() && scales.len() == shape.len() {
        Ok(factors)
    } else {
        Err(bad("scales"))
    }
}

/// Where an element of the result comes from along an axis.
struct Source {
    transformation: Transformation,
    rounding: fn(f64) -> f64,
}

#[derive(Clone, Copy)]
enum Transformation {
    Asymmetric,
    HalfPixel,
    PytorchHalfPixel,
}

impl Source {
    fn index(&self, at: usize, from: usize, to: usize, factor: f64) -> usize {
        let position = at as f64;
        let position = match self.transformation {
            Transformation::PytorchHalfPixel if to == 1 => 0.0,
            Transformation::Asymmetric => position / factor,
            Transformation::HalfPixel | Transformation::PytorchHalfPixel => {
                (position + 0.5) / factor - 0.5
            }
        };
        // `as` saturates below at zero.
        ((self.rounding)(position) as usize).min(from - 1)
    }
}
