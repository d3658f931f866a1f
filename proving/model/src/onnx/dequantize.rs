//! Constants that the file stores as small integers: each DequantizeLinear of one is a constant of its own.

use std::collections::HashMap;

use tract_onnx::pb::{GraphProto, NodeProto};

use super::error::ImportError;
use super::limits::{MAX_CONSTANTS, MAX_PARAMETERS, check};
use super::node::node_name;
use super::tensor::{Constant, Grid};

/// Returns whether a node only makes a constant.
pub(super) fn is_constant(node: &NodeProto, constants: &HashMap<&str, Constant>) -> bool {
    let known = |name: &String| constants.contains_key(name.as_str());
    node.op_type == "DequantizeLinear" && node.input.first().is_some_and(known)
}

/// Adds what the DequantizeLinear nodes make of constants.
pub(super) fn add_dequantized<'a>(
    graph: &'a GraphProto,
    constants: &mut HashMap<&'a str, Constant>,
) -> Result<(), ImportError> {
    let mut parameters = 0;
    for node in &graph.node {
        if !is_constant(node, constants) {
            continue;
        }
        let bad = |reason: &str| ImportError::BadNode {
            node: node_name(node),
            operator: "DequantizeLinear".into(),
            reason: reason.to_owned(),
        };
        let [output] = node.output.as_slice() else {
            return Err(bad("expected 1 output"));
        };
        let constant = dequantized(node, constants).map_err(bad)?;
        if let Constant::Float { values, .. } = &constant {
            parameters += values.len();
        }
        check("dequantized parameters", MAX_PARAMETERS, parameters)?;
        constants.insert(output, constant);
        check("constants", MAX_CONSTANTS, constants.len())?;
    }
    Ok(())
}

fn dequantized(
    node: &NodeProto,
    constants: &HashMap<&str, Constant>,
) -> Result<Constant, &'static str> {
    let input = |index: usize| {
        let name = node.input.get(index).map_or("", String::as_str);
        constants.get(name)
    };
    let Some(Constant::Quantized { shape, lanes, .. }) = input(0) else {
        return Err("its constant is not of small integers");
    };
    let Some(Constant::Float { values: steps, .. }) = input(1) else {
        return Err("its scale is not a constant float");
    };
    match input(2) {
        None if node.input.len() < 3 => {}
        Some(Constant::Quantized { lanes, .. }) if lanes.iter().all(|&zero| zero == 0) => {}
        _ => return Err("its zero point is not 0; quantize weights as signed integers"),
    }
    let mut axis = 1;
    for attribute in &node.attribute {
        match attribute.name.as_str() {
            "axis" => axis = attribute.i,
            _ => return Err("it has an attribute other than axis"),
        }
    }
    if steps.iter().any(|&step| step <= 0.0) {
        return Err("its scale is not above zero");
    }
    let rank = shape.len() as i64;
    let axis = usize::try_from(if axis < 0 {
        axis.saturating_add(rank)
    } else {
        axis
    });
    let axis = axis.unwrap_or(usize::MAX);
    let step_of: Box<dyn Fn(usize) -> f32> = match (steps.as_slice(), shape.get(axis)) {
        (&[step], _) => Box::new(move |_| step),
        (steps, Some(&size)) if steps.len() == size => {
            let inner: usize = shape[axis + 1..].iter().product();
            Box::new(move |index| steps[index / inner % size])
        }
        _ => return Err("its scales do not fit the axis"),
    };
    let lanes = lanes.iter().enumerate();
    let values: Vec<f32> = lanes
        .map(|(index, &lane)| lane as f32 * step_of(index))
        .collect();
    if values.iter().any(|value| !value.is_finite()) {
        return Err("a number is beyond what a float holds");
    }
    Ok(Constant::Float {
        shape: shape.clone(),
        values,
        grid: Some(Grid {
            axis,
            steps: steps.clone(),
        }),
    })
}
