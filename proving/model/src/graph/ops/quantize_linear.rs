//! QuantizeLinear and the DequantizeLinear after it: the mapping of a value, as the file has it.

use super::Op;
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};
use crate::quant::scale::{Quantization, Scale};

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let mapping = mapping(node)?;
    let data = node.data(0)?;
    let quantized = node.output(0).to_owned();
    let op = Op::Quantize {
        mapping,
        constants: [1, 2].map(|index| node.input(index).to_owned()),
        quantized,
    };
    Ok(vec![node.emit(op, &[data.id], data.shape)?])
}

pub(super) fn import_dequantize(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let expected = mapping(node)?;
    let data = node.data_or_class(0)?;
    match node.producer(data.id).map(|node| &node.op) {
        Some(Op::Quantize { mapping, .. }) if *mapping == expected => {}
        _ => {
            return Err(node
                .bad("does not follow a QuantizeLinear of the same scale and zero point".into()));
        }
    }
    node.forget_name(data.id);
    Ok(vec![data.id])
}

/// Reads scale and zero point; unsigned lanes are taken less 128.
fn mapping(node: &NodeImport<'_>) -> Result<Quantization, ImportError> {
    node.expect_inputs(2..=3)?;
    node.expect_attributes(&["axis"])?;
    let (_, steps) = node.floats(1)?;
    let &[step] = steps else {
        return Err(node.bad(format!(
            "{} scales, expected 1 for a value that the model computes",
            steps.len()
        )));
    };
    let scale = Scale::from_f64(step.into()).map_err(|error| node.bad(error.to_string()))?;
    // Without a zero point lanes are unsigned, and zero is the lowest.
    let zero_point = if node.has(2) { node.lane(2)? } else { i8::MIN };
    Ok(Quantization { scale, zero_point })
}
