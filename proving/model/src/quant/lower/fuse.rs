//! Affine maps and ReLUs that become part of the operator before them, or one of their own.

use super::{FloatNode, FloatOp, Lowering, Product};
use crate::graph::ops::Affine;
use crate::quant::architecture::ValueId;
use crate::quant::error::QuantizeError;
use crate::quant::ops::{self, OpSpec, Reshape, Window};

impl Lowering<'_> {
    pub(super) fn affine(
        &mut self,
        index: usize,
        affine: &Affine,
    ) -> Result<ValueId, QuantizeError> {
        let node = &self.graph.nodes[index];
        let id = self.values[node.inputs[0]];
        let free = self.read_once(id) && !self.pins.contains_key(&id);
        if free && self.fuse_affine(&node.shape, id, affine) {
            let fused = &mut self.nodes[id - 1];
            fused.value = Some(index + 1);
            if fused.op.is_finite() {
                return Ok(id);
            }
            return Err(self.unfused(index, "its numbers are beyond what a float holds"));
        }
        match affine.per_channel(&node.shape, 1) {
            Some(map) if node.shape[0] == 1 => Ok(self.per_channel(index, &map, false)),
            _ => Ok(self.with_parameters(index, affine)),
        }
    }

    /// Takes an affine map into the operator before it, whatever its numbers are; returns whether that can.
    fn fuse_affine(&mut self, shape: &[usize], id: ValueId, affine: &Affine) -> bool {
        let single = affine.single();
        let last = affine.per_channel(shape, shape.len().saturating_sub(1));
        match (&mut self.nodes[id - 1].op, single) {
            (FloatOp::Product(product), _) if !product.relu() => {
                let map = match product.spec {
                    OpSpec::Conv(_) => affine.per_channel(shape, 1),
                    _ => last,
                };
                let Some(map) = map else {
                    return false;
                };
                product.apply(&map);
                true
            }
            (FloatOp::Mul(_) | FloatOp::Matmul(..), Some((factor, _))) => {
                affine.shift.is_none() && self.scale_product(id, factor)
            }
            (FloatOp::Unary(_, factor, term), Some((scale, shift))) => {
                *factor *= scale;
                *term = *term * scale + shift;
                true
            }
            (FloatOp::LayerNorm(norm), _) => {
                let Some(map) = last else {
                    return false;
                };
                for (index, (scale, shift)) in map.into_iter().enumerate() {
                    norm.scale[index] *= scale;
                    norm.shift[index] = norm.shift[index] * scale + shift;
                }
                true
            }
            _ => false,
        }
    }

    /// Multiplies with one constant tensor and adds another, as far as the operator does.
    fn with_parameters(&mut self, index: usize, affine: &Affine) -> ValueId {
        let node = &self.graph.nodes[index];
        let mut id = self.values[node.inputs[0]];
        let add = FloatOp::Add(ops::Add {
            subtract: false,
            relu: false,
            wide: false,
        });
        let steps = [(&affine.scale, FloatOp::Mul(1.0)), (&affine.shift, add)];
        for (values, op) in steps {
            let Some(values) = values else {
                continue;
            };
            let shape = affine.shape.clone();
            let parameter = FloatOp::Parameter(ops::Parameter { shape }, values.clone());
            let mut constant = self.push(index, parameter, vec![], None);
            if affine.shape != node.shape {
                let shape = node.shape.clone();
                let expand = FloatOp::Move(OpSpec::Expand(ops::Expand { shape }));
                constant = self.push(index, expand, vec![constant], None);
            }
            id = self.push(index, op, vec![id, constant], Some(index + 1));
        }
        id
    }

    pub(super) fn relu(&mut self, index: usize) -> Result<ValueId, QuantizeError> {
        let node = &self.graph.nodes[index];
        let id = self.values[node.inputs[0]];
        // The larger of value and zero is the same before and after elements are moved or the largest picked.
        let mut source = id;
        while self.read_once(source) {
            let FloatNode {
                op, inputs, value, ..
            } = &mut self.nodes[source - 1];
            if op.set_relu() {
                if source == id {
                    *value = Some(index + 1);
                } else {
                    self.nodes[id - 1].value = Some(index + 1);
                }
                return Ok(id);
            }
            match (op, inputs.as_slice()) {
                (FloatOp::Move(_), &[input]) => source = input,
                _ => break,
            }
        }
        if node.shape.first() != Some(&1) || node.shape.len() < 2 {
            return Err(self.unfused(index, "a Relu must follow Gemm, MatMul, Conv or Add"));
        }
        let map = vec![(1.0, 0.0); node.shape[1]];
        Ok(self.per_channel(index, &map, true))
    }

    /// Adds a convolution of each channel with a kernel of one element, and returns its result.
    fn per_channel(&mut self, index: usize, map: &[(f32, f32)], relu: bool) -> ValueId {
        let node = &self.graph.nodes[index];
        let mut id = self.values[node.inputs[0]];
        let shape = node.shape.clone();
        let plain = matches!(shape.len(), 3 | 4);
        let spatial = if plain {
            shape[2..].to_vec()
        } else {
            vec![shape[2..].iter().product()]
        };
        let inner = [&shape[..2], &spatial].concat();
        let reshape = |shape: &[usize]| {
            FloatOp::Move(OpSpec::Reshape(Reshape {
                shape: shape.to_vec(),
            }))
        };
        if !plain {
            id = self.push(index, reshape(&inner), vec![id], None);
        }
        let channels = shape[1];
        let conv = ops::Conv {
            inputs: channels,
            outputs: channels,
            groups: channels,
            window: Window::new(&vec![1; spatial.len()]),
            relu,
        };
        let (weights, bias) = map.iter().copied().unzip();
        let product = FloatOp::Product(Product {
            spec: OpSpec::Conv(conv),
            weights,
            bias,
            steps: None,
        });
        id = self.push(index, product, vec![id], Some(index + 1));
        if plain {
            return id;
        }
        self.push(index, reshape(&shape), vec![id], Some(index + 1))
    }

    pub(super) fn unfused(&self, index: usize, reason: &'static str) -> QuantizeError {
        QuantizeError::CannotFuse {
            node: self.graph.nodes[index].name.clone(),
            reason,
        }
    }
}
