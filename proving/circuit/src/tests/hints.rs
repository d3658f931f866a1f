//! Every hint has the range that it must have: one constraint of its gate depends on it alone and is zero for exactly
//! the digits of its base. Bends near an honest witness do not say so: a digit that takes a value too many, or one that
//! only its neighbors hold, is seen here.

use assay_model::Lanes;
use assay_model::quant::limits::{SHIFT, WIDE_SHIFT};
use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::gates::gate::Gate;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;

use super::models::Random;
use crate::F;
use crate::gates::{
    ArgMaxStep, Custom, Dividend, Formula, InRange, MaxPool, Normalize, Pack, Reciprocal,
    Requantize, Root, Share, TreeNode, WeightColumn, WeightRow,
};

/// A random row of a gate, of which one wire takes other values.
struct Row<T> {
    gate: Custom<T>,
    wires: Vec<F>,
    constants: Vec<F>,
}

impl<T: Formula> Row<T> {
    fn new(formula: &T, seed: u64) -> Self {
        let gate = Custom(formula.clone());
        let mut random = Random(seed);
        let mut values = |count| {
            let value = |_| F::from_noncanonical_u64(random.word());
            (0..count).map(value).collect::<Vec<_>>()
        };
        Self {
            wires: values(gate.num_wires()),
            constants: values(gate.num_constants()),
            gate,
        }
    }

    fn with(&self, wire: usize, value: F) -> Vec<F> {
        let mut wires = self.wires.clone();
        wires[self.gate.0.column(0, wire)] = value;
        let public = HashOut::ZERO;
        let vars = EvaluationVarsBaseBatch::new(1, &self.constants, &wires, &public);
        self.gate.eval_unfiltered_base_batch(vars)
    }
}

/// Returns how many digits a hint may be, 2 or 4: a constraint depends on it alone and has exactly those roots.
fn digits_of<T: Formula>(rows: &[Row<T>; 2], wire: usize) -> Option<u64> {
    // With the degrees of gates, the values at five points decide a polynomial; there are more.
    let points = 0..9_u64;
    let values = |row: &Row<T>| {
        let at = |point| row.with(wire, F::from_canonical_u64(point));
        points.clone().map(at).collect::<Vec<_>>()
    };
    let [one, other] = [values(&rows[0]), values(&rows[1])];
    let is_digit_check = |constraint: usize, digits: u64| {
        let first_beyond = one[digits as usize][constraint];
        let product = |point: u64| {
            let factor = |digit| F::from_canonical_u64(point) - F::from_canonical_u64(digit);
            (0..digits).map(factor).product::<F>()
        };
        first_beyond.is_nonzero()
            && points.clone().all(|point| {
                let value = one[point as usize][constraint];
                // Whatever the other wires are.
                value == other[point as usize][constraint]
                    && value * product(digits) == first_beyond * product(point)
            })
    };
    let constraints = rows[0].gate.0.constraints();
    [2, 4]
        .into_iter()
        .find(|&digits| (0..constraints).any(|constraint| is_digit_check(constraint, digits)))
}

/// Checks that hints are digits but those that `others` says, and that bits are where `bits` says.
fn hints_are_digits<T: Formula>(formula: &T, bits: &[usize], others: &[usize]) {
    let rows = [Row::new(formula, 1), Row::new(formula, 2)];
    let first = formula.routed();
    for hint in 0..formula.hints() {
        let expected = match hint {
            hint if others.contains(&hint) => continue,
            hint if bits.contains(&hint) => 2,
            _ => 4,
        };
        let digits = digits_of(&rows, first + hint);
        assert_eq!(digits, Some(expected), "{formula:?}: hint {hint}");
    }
}

/// Wires of hints of one lane, repeated for all lanes.
fn of_lanes(formula: &impl Formula, lanes: usize, of_lane: &[usize]) -> Vec<usize> {
    let hints = formula.hints() / lanes;
    let lane = |lane: usize| of_lane.iter().map(move |hint| lane * hints + hint);
    (0..lanes).flat_map(lane).collect()
}

#[test]
fn limbs_of_values_and_weights_are_limbs() {
    for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
        hints_are_digits(&Pack::full(lane), &[], &[]);
    }
    hints_are_digits(&WeightRow, &[], &[]);
    hints_are_digits(&WeightColumn, &[], &[]);
    hints_are_digits(&InRange::new(16), &[], &[]);
    hints_are_digits(&InRange::new(32), &[], &[]);
    hints_are_digits(&MaxPool::new(8, false), &[], &[]);
    hints_are_digits(&MaxPool::new(24, true), &[], &[]);
}

#[test]
fn comparisons_have_a_bit_and_limbs() {
    hints_are_digits(&ArgMaxStep::new(ArgMaxStep::LANE_BITS), &[0], &[]);
    hints_are_digits(&ArgMaxStep::new(32), &[0], &[]);
    for numbers in [1, 4] {
        hints_are_digits(&TreeNode::new(numbers), &[0], &[]);
    }
}

#[test]
fn quotients_of_softmax_and_norm_have_limbs() {
    hints_are_digits(&Reciprocal::new(), &[], &[]);
    // The products between, which are any field elements.
    hints_are_digits(&Share::new(), &[], &[0, 1]);
    for width in [3, 64, 784] {
        hints_are_digits(&Root::new(width), &[], &[]);
        let normalize = Normalize::new(width);
        // Over, under, three limbs of the value, those of the remainder, the bit above them, those of the excess.
        let bits = of_lanes(&normalize, Normalize::LANES, &[0, 1, 2 + 3 + 16]);
        hints_are_digits(&normalize, &bits, &[]);
    }
}

#[test]
fn requantization_has_bits_and_limbs() {
    let sum = Dividend::Sum {
        subtract: true,
        wide: true,
    };
    let channel = Dividend::Channel { bits: 24 };
    for dividend in [channel, Dividend::Own { bits: 32 }, sum, Dividend::Product] {
        for (types, shift) in [(Lanes::INT8, SHIFT), (Lanes::INT16, WIDE_SHIFT)] {
            for relu in [true, false] {
                let gate = Requantize::of(dividend, relu, types, shift);
                let hints = gate.hints() / gate.lanes();
                // Without ReLU the sign and the inverse of the remainder are last.
                let (bits, others) = match relu {
                    true => (vec![0, 1], vec![]),
                    false => (vec![0, 1, hints - 2], vec![hints - 1]),
                };
                let bits = of_lanes(&gate, gate.lanes(), &bits);
                let others = of_lanes(&gate, gate.lanes(), &others);
                hints_are_digits(&gate, &bits, &others);
            }
        }
    }
}
