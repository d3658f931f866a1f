//! Gelu as exporters write it before operator set 20: `x * k * (1 + erf(x / sqrt(2)))`, or with tanh.

use super::unary::erf;
use super::{Op, Unary};
use crate::graph::ValueId;
use crate::onnx::NodeImport;

/// A number times a gate that depends on it, `line(x) * gate(f(inner(x + cubic(x))))`: what exporters write in place of a
/// Gelu, by its operators alone. The constants are those of the file, whatever they are, so that they decide nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// Whether `f` is tanh, and not the error function.
    pub tanh: bool,
    /// What the number is multiplied with and added to.
    pub line: Line,
    /// The same of the function's value.
    pub gate: Line,
    /// The same of what the function takes.
    pub inner: Line,
    /// What is added to the number before that: what is done to a power of it, and which power.
    pub cubic: Option<(Line, f32)>,
}

/// `factor * x + term`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// What a number is multiplied with.
    pub factor: f32,
    /// What is added.
    pub term: f32,
}

impl Line {
    fn apply(self, x: f64) -> f64 {
        x * f64::from(self.factor) + f64::from(self.term)
    }

    fn is_finite(self) -> bool {
        self.factor.is_finite() && self.term.is_finite()
    }
}

impl Gate {
    /// Returns the function's value.
    pub(super) fn apply(self, x: f64) -> f64 {
        let cubic = self
            .cubic
            .map_or(0.0, |(line, power)| line.apply(x.powf(power.into())));
        let inner = self.inner.apply(x + cubic);
        let value = if self.tanh { inner.tanh() } else { erf(inner) };
        self.line.apply(x) * self.gate.apply(value)
    }

    /// Returns whether no constant is beyond what a float holds.
    pub(super) fn is_finite(self) -> bool {
        let cubic = self.cubic.map(|(line, _)| line);
        let lines = [self.line, self.gate, self.inner];
        lines.into_iter().chain(cubic).all(Line::is_finite)
    }
}

/// Returns the gate that a product of two values is, and of which value.
pub(super) fn of_product(
    node: &NodeImport<'_>,
    first: ValueId,
    second: ValueId,
) -> Option<(ValueId, Gate)> {
    let of = |value: ValueId, gate: ValueId| {
        let (function, gate) = line(node, gate);
        let function = node.producer(function)?;
        let (input, inner, cubic, tanh) = match function.op {
            Op::Unary(Unary::Erf) => {
                let (input, inner) = line(node, function.inputs[0]);
                (input, inner, None, false)
            }
            Op::Unary(Unary::Tanh) => {
                let (sum, inner) = line(node, function.inputs[0]);
                let (input, cubic) = sum_with_power(node, sum)?;
                (input, inner, Some(cubic), true)
            }
            _ => return None,
        };
        let (value, line) = line(node, value);
        let gate = Gate {
            tanh,
            line,
            gate,
            inner,
            cubic,
        };
        (value == input).then_some((input, gate))
    };
    of(first, second).or_else(|| of(second, first))
}

/// Returns x and the multiple of its power of `x + 0.044715 * x^3`.
fn sum_with_power(node: &NodeImport<'_>, sum: ValueId) -> Option<(ValueId, (Line, f32))> {
    let sum = node.producer(sum)?;
    let (Op::Add { subtract: false }, &[first, second]) = (&sum.op, sum.inputs.as_slice()) else {
        return None;
    };
    let powered = |input: ValueId, id: ValueId| {
        let (power, line) = line(node, id);
        let power = node.producer(power)?;
        match power.op {
            Op::Unary(Unary::Pow(exponent)) if power.inputs == [input] => {
                Some((input, (line, exponent)))
            }
            _ => None,
        }
    };
    powered(first, second).or_else(|| powered(second, first))
}

/// Returns the value behind single numbers multiplied and added, and what they do to it.
fn line(node: &NodeImport<'_>, mut id: ValueId) -> (ValueId, Line) {
    let mut line = Line {
        factor: 1.0,
        term: 0.0,
    };
    while let Some(producer) = node.producer(id)
        && let Op::Affine(affine) = &producer.op
        && let Some((factor, term)) = affine.single()
    {
        line.term += line.factor * term;
        line.factor *= factor;
        id = producer.inputs[0];
    }
    (id, line)
}
