//! Functions of one number, each by its ONNX definition: they differ in nothing but the formula, so they share a file.

use super::{Gate, Op};
use crate::graph::ValueId;
use crate::onnx::{ImportError, NodeImport};

/// A function of one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unary {
    /// `1 / (1 + e^-x)`.
    Sigmoid,
    /// The hyperbolic tangent.
    Tanh,
    /// The error function.
    Erf,
    /// `x / 2 * (1 + erf(x / sqrt(2)))`, or with tanh in place of erf.
    Gelu {
        /// Whether erf is approximated by tanh.
        tanh: bool,
    },
    /// `x` times a gate that depends on it.
    Gate(Gate),
    /// `x * sigmoid(x)`.
    Silu,
    /// `e^x`.
    Exp,
    /// The natural logarithm.
    Log,
    /// The square root.
    Sqrt,
    /// `1 / x`.
    Reciprocal,
    /// `x` to a constant power.
    Pow(f32),
    /// `|x|`.
    Abs,
    /// `-x`.
    Neg,
    /// `max(low, min(high, x))`.
    Clip(f32, f32),
    /// `x` times a constant where it is below zero.
    LeakyRelu(f32),
    /// `alpha * (e^x - 1)` below zero.
    Elu(f32),
    /// `max(0, min(1, alpha * x + beta))`.
    HardSigmoid(f32, f32),
    /// `x * hard_sigmoid(x)` with 1/6 and 1/2.
    HardSwish,
    /// `ln(1 + e^x)`.
    Softplus,
}

impl Unary {
    /// Returns the function's value, which may be infinite or not a number.
    #[must_use]
    pub fn apply(self, x: f64) -> f64 {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let hard = |x: f64, alpha: f64, beta: f64| (alpha * x + beta).clamp(0.0, 1.0);
        match self {
            Self::Sigmoid => sigmoid(x),
            Self::Tanh => x.tanh(),
            Self::Erf => erf(x),
            Self::Gelu { tanh: false } => {
                x / 2.0 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2))
            }
            Self::Gelu { tanh: true } => {
                let inner = (2.0 / std::f64::consts::PI).sqrt() * (x + 0.044_715 * x.powi(3));
                x / 2.0 * (1.0 + inner.tanh())
            }
            Self::Gate(gate) => gate.apply(x),
            Self::Silu => x * sigmoid(x),
            Self::Exp => x.exp(),
            Self::Log => x.ln(),
            Self::Sqrt => x.sqrt(),
            Self::Reciprocal => 1.0 / x,
            Self::Pow(power) => x.powf(power.into()),
            Self::Abs => x.abs(),
            Self::Neg => -x,
            Self::Clip(low, high) => x.max(low.into()).min(high.into()),
            Self::LeakyRelu(alpha) => x.max(0.0) + x.min(0.0) * f64::from(alpha),
            Self::Elu(alpha) => x.max(0.0) + x.min(0.0).exp_m1() * f64::from(alpha),
            Self::HardSigmoid(alpha, beta) => hard(x, alpha.into(), beta.into()),
            Self::HardSwish => x * hard(x, 1.0 / 6.0, 0.5),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        }
    }
}

/// The error function to 1.5e-7: Abramowitz and Stegun, "Handbook of Mathematical Functions", 7.1.26.
pub(super) fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    x.signum() * (1.0 - poly * (-x * x).exp())
}

pub(super) fn import(node: &mut NodeImport<'_>) -> Result<Vec<ValueId>, ImportError> {
    let attributes: &[&str] = match node.operator() {
        "LeakyRelu" | "Elu" => &["alpha"],
        "HardSigmoid" => &["alpha", "beta"],
        "Gelu" => &["approximate"],
        _ => &[],
    };
    node.expect_attributes(attributes)?;
    let power = node.operator() == "Pow";
    node.expect_inputs(if power { 2..=2 } else { 1..=1 })?;
    let function = match node.operator() {
        "Sigmoid" => Unary::Sigmoid,
        "Tanh" => Unary::Tanh,
        "Erf" => Unary::Erf,
        "Gelu" => Unary::Gelu {
            tanh: node.text("approximate", "none")? == "tanh",
        },
        "Exp" => Unary::Exp,
        "Log" => Unary::Log,
        "Sqrt" => Unary::Sqrt,
        "Reciprocal" => Unary::Reciprocal,
        "Abs" => Unary::Abs,
        "Neg" => Unary::Neg,
        "LeakyRelu" => Unary::LeakyRelu(node.float("alpha", 0.01)?),
        "Elu" => Unary::Elu(node.float("alpha", 1.0)?),
        "HardSigmoid" => Unary::HardSigmoid(node.float("alpha", 0.2)?, node.float("beta", 0.5)?),
        "HardSwish" => Unary::HardSwish,
        "Softplus" => Unary::Softplus,
        "Pow" => match node.floats(1)?.1 {
            &[power] => Unary::Pow(power),
            powers => {
                return Err(node.bad(format!("{} powers, expected 1", powers.len())));
            }
        },
        other => unreachable!("{other} is not in the list of imports"),
    };
    let data = node.data(0)?;
    Ok(vec![node.emit(
        Op::Unary(function),
        &[data.id],
        data.shape,
    )?])
}

/// Returns the input of `x * sigmoid(x)` if these two values are its factors.
pub(super) fn silu_input(
    node: &NodeImport<'_>,
    first: ValueId,
    second: ValueId,
) -> Option<ValueId> {
    let sigmoid_of = |id: ValueId| {
        let producer = node.producer(id)?;
        (producer.op == Op::Unary(Unary::Sigmoid)).then(|| producer.inputs[0])
    };
    if sigmoid_of(second) == Some(first) {
        return Some(first);
    }
    (sigmoid_of(first) == Some(second)).then_some(second)
}

#[cfg(test)]
mod tests {
    use super::{Unary, erf};

    #[test]
    fn error_function_is_that_of_the_handbook() {
        for (x, expected) in [
            (0.0, 0.0),
            (0.5, 0.520_499_88),
            (1.0, 0.842_700_79),
            (-2.0, -0.995_322_27),
        ] {
            assert!((erf(x) - expected).abs() < 2e-7, "{x}");
        }
    }

    #[test]
    fn functions_stay_finite_far_out() {
        for x in [-1e3, 1e3] {
            for function in [
                Unary::Sigmoid,
                Unary::Silu,
                Unary::Softplus,
                Unary::Gelu { tanh: true },
            ] {
                assert!(function.apply(x).is_finite(), "{function:?} {x}");
            }
        }
    }
}
