//! The constraints of Plonky2's gates, evaluated in the circuit; files are named as Plonky2's.
//!
//! Each gate returns the values of its constraints at zeta, unreduced: what a value may grow to is decided by the
//! intervals of [`Ext`], and [`super::vanishing`] folds them. Every file is the twin of one `eval_unfiltered`, and one
//! test compares all of them with the gates themselves on random wires.

mod algebra;
mod arithmetic_base;
mod arithmetic_extension;
mod base_sum;
mod constant;
mod coset_interpolation;
mod exponentiation;
mod multiplication_extension;
mod poseidon;
mod poseidon_mds;
mod public_input;
mod random_access;
mod reducing;
mod reducing_extension;

#[cfg(test)]
mod tests;

use algebra::Algebra;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::gates::arithmetic_base::ArithmeticGate;
use plonky2::gates::arithmetic_extension::ArithmeticExtensionGate;
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::constant::ConstantGate;
use plonky2::gates::coset_interpolation::CosetInterpolationGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::gate::GateRef;
use plonky2::gates::multiplication_extension::MulExtensionGate;
use plonky2::gates::noop::NoopGate;
use plonky2::gates::poseidon::PoseidonGate;
use plonky2::gates::poseidon_mds::PoseidonMdsGate;
use plonky2::gates::public_input::PublicInputGate;
use plonky2::gates::random_access::RandomAccessGate;
use plonky2::gates::reducing::ReducingGate;
use plonky2::gates::reducing_extension::ReducingExtensionGate;

use super::builder::Builder;
use super::extension::Ext;
use super::goldilocks::Gl;

type F = GoldilocksField;

/// The degree of the extension.
const D: usize = 2;

/// What a gate's constraints read: constants without selectors, wires, and the hash of the public inputs.
pub(super) struct GateVars<'a> {
    pub(super) constants: &'a [Ext],
    pub(super) wires: &'a [Ext],
    pub(super) public_inputs_hash: &'a [Gl; 4],
}

impl GateVars<'_> {
    /// Two wires as an element of the extension algebra.
    fn algebra(&self, start: usize) -> Algebra {
        Algebra([self.wires[start].clone(), self.wires[start + 1].clone()])
    }
}

/// A gate with the parameters that its constraints depend on.
#[derive(Clone, Debug)]
pub(super) enum Gate {
    ArithmeticBase { ops: usize },
    ArithmeticExtension { ops: usize },
    BaseSum { base: u64, limbs: usize },
    Constant { constants: usize },
    CosetInterpolation(coset_interpolation::Parameters),
    Exponentiation { bits: usize },
    MultiplicationExtension { ops: usize },
    Noop,
    Poseidon,
    PoseidonMds,
    PublicInput,
    RandomAccess(random_access::Parameters),
    Reducing { coefficients: usize },
    ReducingExtension { coefficients: usize },
}

/// A gate without an evaluation here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gate {id} has no evaluation in the constraint system")]
pub struct UnknownGate {
    /// The gate's name.
    pub id: String,
}

impl Gate {
    /// Reads a gate's parameters.
    pub(super) fn of(gate: &GateRef<F, D>) -> Result<Self, UnknownGate> {
        let any = gate.0.as_any();
        if let Some(gate) = any.downcast_ref::<ArithmeticGate>() {
            Ok(Self::ArithmeticBase { ops: gate.num_ops })
        } else if let Some(gate) = any.downcast_ref::<ArithmeticExtensionGate<D>>() {
            Ok(Self::ArithmeticExtension { ops: gate.num_ops })
        } else if let Some(gate) = any.downcast_ref::<BaseSumGate<2>>() {
            Ok(Self::BaseSum {
                base: 2,
                limbs: gate.num_limbs,
            })
        } else if let Some(gate) = any.downcast_ref::<BaseSumGate<4>>() {
            Ok(Self::BaseSum {
                base: 4,
                limbs: gate.num_limbs,
            })
        } else if any.is::<ConstantGate>() {
            Ok(Self::Constant {
                constants: gate.0.num_constraints(),
            })
        } else if let Some(gate) = any.downcast_ref::<CosetInterpolationGate<F, D>>() {
            Ok(Self::CosetInterpolation(gate.into()))
        } else if let Some(gate) = any.downcast_ref::<ExponentiationGate<F, D>>() {
            Ok(Self::Exponentiation {
                bits: gate.num_power_bits,
            })
        } else if let Some(gate) = any.downcast_ref::<MulExtensionGate<D>>() {
            Ok(Self::MultiplicationExtension { ops: gate.num_ops })
        } else if any.is::<NoopGate>() {
            Ok(Self::Noop)
        } else if any.is::<PoseidonGate<F, D>>() {
            Ok(Self::Poseidon)
        } else if any.is::<PoseidonMdsGate<F, D>>() {
            Ok(Self::PoseidonMds)
        } else if any.is::<PublicInputGate>() {
            Ok(Self::PublicInput)
        } else if let Some(gate) = any.downcast_ref::<RandomAccessGate<F, D>>() {
            Ok(Self::RandomAccess(gate.into()))
        } else if let Some(gate) = any.downcast_ref::<ReducingGate<D>>() {
            Ok(Self::Reducing {
                coefficients: gate.num_coeffs,
            })
        } else if let Some(gate) = any.downcast_ref::<ReducingExtensionGate<D>>() {
            Ok(Self::ReducingExtension {
                coefficients: gate.num_coeffs,
            })
        } else {
            Err(UnknownGate { id: gate.0.id() })
        }
    }

    /// The scope that constraints are counted under.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::ArithmeticBase { .. } => "arithmetic_base",
            Self::ArithmeticExtension { .. } => "arithmetic_extension",
            Self::BaseSum { .. } => "base_sum",
            Self::Constant { .. } => "constant",
            Self::CosetInterpolation(_) => "coset_interpolation",
            Self::Exponentiation { .. } => "exponentiation",
            Self::MultiplicationExtension { .. } => "multiplication_extension",
            Self::Noop => "noop",
            Self::Poseidon => "poseidon",
            Self::PoseidonMds => "poseidon_mds",
            Self::PublicInput => "public_input",
            Self::RandomAccess(_) => "random_access",
            Self::Reducing { .. } => "reducing",
            Self::ReducingExtension { .. } => "reducing_extension",
        }
    }

    /// The values of the gate's constraints, in Plonky2's order.
    pub(super) fn eval(&self, b: &mut Builder, vars: &GateVars<'_>) -> Vec<Ext> {
        match self {
            Self::ArithmeticBase { ops } => arithmetic_base::eval(b, vars, *ops),
            Self::ArithmeticExtension { ops } => arithmetic_extension::eval(b, vars, *ops),
            Self::BaseSum { base, limbs } => base_sum::eval(b, vars, *base, *limbs),
            Self::Constant { constants } => constant::eval(vars, *constants),
            Self::CosetInterpolation(gate) => coset_interpolation::eval(b, vars, gate),
            Self::Exponentiation { bits } => exponentiation::eval(b, vars, *bits),
            Self::MultiplicationExtension { ops } => multiplication_extension::eval(b, vars, *ops),
            Self::Noop => Vec::new(),
            Self::Poseidon => poseidon::eval(b, vars),
            Self::PoseidonMds => poseidon_mds::eval(vars),
            Self::PublicInput => public_input::eval(vars),
            Self::RandomAccess(gate) => random_access::eval(b, vars, gate),
            Self::Reducing { coefficients } => reducing::eval(b, vars, *coefficients),
            Self::ReducingExtension { coefficients } => {
                reducing_extension::eval(b, vars, *coefficients)
            }
        }
    }
}
