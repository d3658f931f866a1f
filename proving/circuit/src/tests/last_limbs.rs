//! The last limb of a number has no wire: it is what the others leave of the number. So no bend moves it alone, and
//! its check is looked at as a polynomial in the number, all other limbs being zero: with `n` of them its roots are
//! 0, 1, 2 and 3 times 4^n.

use assay_model::Lanes;
use assay_model::quant::limits::{SHIFT, WIDE_SHIFT};
use assay_model::quant::ops::LayerNorm;
use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::gates::gate::Gate;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::vars::EvaluationVarsBaseBatch;

use super::models::Random;
use crate::gates::{
    Custom, Dividend, Formula, InRange, MaxPool, Normalize, Pack, Reciprocal, Requantize, Root,
    Share, WeightColumn, WeightRow, bits_of,
};
use crate::{F, signed};

/// A number of which the last limb has no wire.
#[derive(Clone, Copy, Debug)]
struct Number {
    /// The wire that the number is a function of.
    wire: usize,
    /// The value of the wire where the number is zero.
    zero: i64,
    /// How the number goes with the wire: 1 or -1.
    sign: i64,
    /// Its limbs that have wires.
    limbs: u32,
}

fn number(wire: usize, zero: i64, limbs: u32) -> Number {
    Number {
        wire,
        zero,
        sign: 1,
        limbs,
    }
}

/// Returns the constraints of an operation whose hints, constants and `zeros` are zero and other wires random, where
/// the number is this.
fn constraints<T: Formula>(
    formula: &T,
    zeros: &[usize],
    at: Number,
    value: i64,
    seed: u64,
) -> Vec<F> {
    let gate = Custom(formula.clone());
    let mut random = Random(seed);
    let mut wires = vec![F::ZERO; gate.num_wires()];
    for wire in 0..formula.routed() {
        let any = F::from_noncanonical_u64(random.word());
        if !zeros.contains(&wire) {
            wires[formula.column(0, wire)] = any;
        }
    }
    wires[formula.column(0, at.wire)] = signed(at.zero) + signed(at.sign) * signed(value);
    let constants = vec![F::ZERO; gate.num_constants()];
    let public = HashOut::ZERO;
    let vars = EvaluationVarsBaseBatch::new(1, &constants, &wires, &public);
    let mut values = gate.eval_unfiltered_base_batch(vars);
    values.truncate(formula.constraints());
    values
}

/// Checks that one constraint refuses all but four values of each number's last limb, whatever other wires are.
fn last_limbs_are_limbs<T: Formula>(formula: &T, zeros: &[usize], numbers: &[Number]) {
    for &at in numbers {
        let unit = 1_i64 << (2 * at.limbs);
        let rows = [1, 2].map(|seed| {
            let limb = |limb: i64| constraints(formula, zeros, at, limb * unit, seed);
            let inside = [0, 1, 2, 3].map(limb);
            let outside = [-2, -1, 4, 5, 6].map(limb);
            (inside, outside)
        });
        let checks = |constraint: usize| {
            rows.iter().all(|(inside, outside)| {
                inside.iter().all(|values| values[constraint].is_zero())
                    && outside.iter().all(|values| values[constraint].is_nonzero())
            })
        };
        let found = (0..formula.constraints()).any(checks);
        assert!(found, "{formula:?}: no check of the last limb of {at:?}");
    }
}

#[test]
fn last_limbs_of_packed_lanes_and_weights_are_checked() {
    for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
        let gate = Pack::full(lane);
        let of = |index| number(Pack::lane_wire(index), lane.min(), lane.bits() / 2 - 1);
        let numbers = (0..gate.lanes()).map(of).collect::<Vec<_>>();
        last_limbs_are_limbs(&gate, &[], &numbers);
    }
    // Seven lanes of four limbs.
    let elements = [0, 1]
        .map(|output| [0, 1].map(|element| number(WeightRow::element(output, element), 0, 27)));
    last_limbs_are_limbs(&WeightRow, &[], &elements.concat());
    let elements = [0, 1, 2, 3].map(|output| number(WeightColumn::element(output), 0, 27));
    last_limbs_are_limbs(&WeightColumn, &[], &elements);
}

#[test]
fn last_limbs_of_ranges_and_pools_are_checked() {
    for bits in [16, 32] {
        let gate = InRange::new(bits);
        let limbs = bits / 2 - 1;
        for wire in 0..gate.values() {
            let low = number(wire, 0, limbs);
            last_limbs_are_limbs(&gate, &[], &[low, Number { sign: -1, ..low }]);
        }
    }
    for (bits, packed) in [(8, false), (16, false), (20, true), (24, true)] {
        let gate = MaxPool::new(bits, packed);
        for window in 0..gate.windows() {
            let of = |index| Number {
                sign: -1,
                ..number(MaxPool::value(window, index), 0, bits / 2 - 1)
            };
            let numbers = (0..MaxPool::WINDOW).map(of).collect::<Vec<_>>();
            last_limbs_are_limbs(&gate, &[gate.largest(window)], &numbers);
        }
    }
}

#[test]
fn last_limbs_of_softmax_and_norm_are_checked() {
    let min = Lane::Int8.min();
    let shares = (0..Share::LANES).map(|lane| number(Share::share(lane), min, 3));
    last_limbs_are_limbs(&Share::new(), &[], &shares.collect::<Vec<_>>());
    // 16 bits of the quotient; of 30 bits what the sum, less one, is above the remainder.
    let numbers = [
        number(Reciprocal::RECIPROCAL, 0, 7),
        number(Reciprocal::SUM, 1, 14),
    ];
    last_limbs_are_limbs(&Reciprocal::new(), &[], &numbers);
    for width in [1, 3, 64, 784, 2048] {
        let limbs = bits_of(LayerNorm::root_bound(width)) / 2 - 1;
        last_limbs_are_limbs(&Root::new(width), &[], &[number(Root::ROOT, 0, limbs)]);
        let lanes = (0..Normalize::LANES).map(|lane| number(Normalize::value(lane), min, 3));
        last_limbs_are_limbs(&Normalize::new(width), &[], &lanes.collect::<Vec<_>>());
    }
}

#[test]
fn last_limbs_of_requantized_lanes_are_checked() {
    let sum = Dividend::Sum {
        subtract: true,
        wide: true,
    };
    let channel = Dividend::Channel { bits: 24 };
    for dividend in [channel, Dividend::Own { bits: 32 }, sum, Dividend::Product] {
        for (types, shift) in [(Lanes::INT8, SHIFT), (Lanes::INT16, WIDE_SHIFT)] {
            for relu in [true, false] {
                let gate = Requantize::of(dividend, relu, types, shift);
                let (min, limbs) = (types.result.min(), types.result.bits() / 2 - 1);
                let lanes = (0..gate.lanes()).map(|lane| number(gate.value(lane), min, limbs));
                last_limbs_are_limbs(&gate, &[], &lanes.collect::<Vec<_>>());
            }
        }
    }
}
