//! BatchNormalization with the statistics of training: an affine map of each channel.

use super::{Affine, Op};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    node.expect_inputs(5..=5)?;
    node.expect_attributes(&["epsilon", "momentum", "training_mode", "spatial"])?;
    if node.flag("training_mode", false)? || !node.flag("spatial", true)? {
        return Err(node.bad(
            "takes statistics of the batch or of each position, expected those of each channel; export for inference"
                .into(),
        ));
    }
    let data = node.data(0)?;
    let [_, channels, spatial @ ..] = data.shape.as_slice() else {
        return Err(node.bad(format!("shape {:?} has no channels", data.shape)));
    };
    let epsilon = f64::from(node.float("epsilon", 1e-5)?);
    let mut constants = [&[][..]; 4];
    for (index, constant) in (1..).zip(&mut constants) {
        let (shape, values) = node.floats(index)?;
        if shape != [*channels] {
            return Err(node.bad(format!(
                "input {index} has shape {shape:?}, expected [{channels}]"
            )));
        }
        *constant = values;
    }
    let (mut scale, mut shift) = (Vec::new(), Vec::new());
    let [gamma, beta, mean, variance] = constants;
    for (((&gamma, &beta), &mean), &variance) in gamma.iter().zip(beta).zip(mean).zip(variance) {
        let [gamma, beta, mean, variance] = [gamma, beta, mean, variance].map(f64::from);
        let factor = gamma / (variance + epsilon).sqrt();
        scale.push(factor as f32);
        shift.push((beta - mean * factor) as f32);
    }
    let mut shape = vec![*channels];
    shape.extend(spatial.iter().map(|_| 1));
    let affine = Affine {
        shape,
        scale: Some(scale),
        shift: Some(shift),
    };
    if !affine.is_finite() {
        return Err(node.bad("a variance plus epsilon is not a positive number".into()));
    }
    Ok(vec![node.emit(
        Op::Affine(affine),
        &[data.id],
        data.shape,
    )?])
}
