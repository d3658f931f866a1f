//! A number that a product of two values is multiplied with, of either sign.
//!
//! The integer operator multiplies with a number that is not negative. Where one of the two factors comes from an operator
//! whose committed numbers can take the sign, and nothing else reads it, the sign moves there. Where neither does, a number of
//! either sign stays an operator of its own: the sign itself decides nothing.

use super::{FloatOp, Lowering};
use crate::quant::architecture::ValueId;
use crate::quant::ops::OpSpec;

impl Lowering<'_> {
    /// Multiplies the product that a value is with a number; returns whether the operators can.
    pub(super) fn scale_product(&mut self, id: ValueId, by: f32) -> bool {
        let inputs = self.nodes[id - 1].inputs.clone();
        let Some(signed) = inputs.into_iter().find_map(|input| self.signed(input)) else {
            return false;
        };
        if let FloatOp::Mul(factor) | FloatOp::Matmul(_, factor) = &mut self.nodes[id - 1].op {
            *factor *= by.abs();
        }
        if by < 0.0 {
            for node in signed {
                let node = &mut self.nodes[node];
                node.negated = !node.negated;
                negate(&mut node.op);
            }
        }
        true
    }

    /// Returns the nodes that a value comes from, down to the one that can take a sign; `None` if there is none that only
    /// this value depends on, or if the file has a mapping for one of them.
    fn signed(&self, mut id: ValueId) -> Option<Vec<usize>> {
        let mut nodes = Vec::new();
        while self.read_once(id) && !self.pins.contains_key(&id) {
            nodes.push(id - 1);
            let node = &self.nodes[id - 1];
            match (&node.op, node.inputs.as_slice()) {
                (op, _) if takes_sign(op) => return Some(nodes),
                (FloatOp::Move(spec), &[input]) if keeps_sign(spec) => id = input,
                _ => return None,
            }
        }
        None
    }
}

/// Returns whether an operator gives the opposite of its result with other numbers of the same widths.
fn takes_sign(op: &FloatOp) -> bool {
    match op {
        // Weights in steps of the file's are lanes down to -128, and there is no 128.
        FloatOp::Product(product) => !product.relu() && product.steps.is_none(),
        FloatOp::Unary(..)
        | FloatOp::LayerNorm(_)
        | FloatOp::Parameter(..)
        | FloatOp::Embedding(..) => true,
        _ => false,
    }
}

/// Returns whether an operator on the opposite of a value gives the opposite of its result.
fn keeps_sign(spec: &OpSpec) -> bool {
    matches!(
        spec,
        OpSpec::Reshape(_)
            | OpSpec::Transpose(_)
            | OpSpec::Slice(_)
            | OpSpec::Expand(_)
            | OpSpec::Resize(_)
    )
}

fn negate(op: &mut FloatOp) {
    let all = |numbers: &mut [f32]| {
        numbers.iter_mut().for_each(|number| *number = -*number);
    };
    match op {
        FloatOp::Product(product) => {
            all(&mut product.weights);
            all(&mut product.bias);
        }
        FloatOp::Unary(_, factor, term) => {
            *factor = -*factor;
            *term = -*term;
        }
        FloatOp::LayerNorm(norm) => {
            all(&mut norm.scale);
            all(&mut norm.shift);
        }
        FloatOp::Parameter(_, values) | FloatOp::Embedding(_, values) => all(values),
        _ => {}
    }
}
