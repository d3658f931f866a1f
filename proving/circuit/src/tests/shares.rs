//! The gates of a softmax: they give the native hints, and a prover finds no second solution.

use assay_model::quant::ops::softmax::{NUMERATOR, SHARE_SHIFT, SoftmaxRow};
use assay_model::quant::ops::{Operand, Softmax};
use assay_model::{NodeData, Part, TensorSpec};
use plonky2::field::types::Field;

use super::gates::{Wires, holds_and_refuses_bends, is_well_formed};
use super::models::Random;
use super::solutions::write_limbs;
use crate::gates::{Formula, Reciprocal, Share};
use crate::{F, signed};

#[test]
fn softmax_gates_are_well_formed() {
    is_well_formed(Share::new(), 1);
    is_well_formed(Reciprocal::new(), 3);
}

/// A row of seven lanes with a random table: the lanes and their hints.
fn native(random: &mut Random) -> (Vec<i32>, SoftmaxRow) {
    let lane = |random: &mut Random| i32::from(random.int8());
    let lanes = match random.below(4) {
        0 => vec![lane(random); Share::LANES],
        1 => (0..7).map(|i| [-128, 127][i % 2]).collect(),
        _ => (0..7).map(|_| lane(random)).collect::<Vec<_>>(),
    };
    let shift = random.below(16);
    let table = (0..255).map(|_| (random.below(1 << 15) >> shift) as i32);
    let data = NodeData::new([(Part::Exponentials, table.collect())]);
    let tensor = TensorSpec::int8(&[1, Share::LANES]);
    let input = Operand {
        tensor: &tensor,
        lanes: &lanes,
    };
    let row = Softmax { runs: vec![] }.rows(&data, input).remove(0);
    (lanes, row)
}

fn given(lanes: &[i32], row: &SoftmaxRow) -> Vec<(usize, i64)> {
    let mut given = vec![
        (Share::MAX, row.max.into()),
        (Share::RECIPROCAL, row.reciprocal),
        (Share::SUM_BEFORE, 0),
        (Share::PRODUCT_BEFORE, 1),
    ];
    for (lane, (&value, &exponential)) in lanes.iter().zip(&row.exponentials).enumerate() {
        given.push((Share::lane(lane), value.into()));
        given.push((Share::exponential(lane), exponential));
    }
    given
}

#[test]
fn share_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(31);
    for _ in 0..40 {
        let (lanes, row) = native(&mut random);
        let given = given(&lanes, &row);
        let filled = Wires::fill(&Share::new(), &given, &[]).0;
        for lane in 0..Share::LANES {
            let share = signed(row.shares[lane] - 128);
            assert_eq!(filled[Share::share(lane)], share);
            let difference = signed((row.max - lanes[lane]).into());
            assert_eq!(filled[Share::difference(lane)], difference);
        }
        assert_eq!(filled[Share::SUM_AFTER], signed(row.sum));
        assert_eq!(filled[Share::PRODUCT_AFTER], F::ZERO);
        holds_and_refuses_bends(&Share::new(), &given, &[]);
    }
}

#[test]
fn product_of_differences_is_zero_only_if_a_lane_is_the_largest() {
    let mut random = Random(32);
    for wrong in [1, 2, -1, 300] {
        let (lanes, mut row) = native(&mut random);
        row.max += wrong;
        let filled = Wires::fill(&Share::new(), &given(&lanes, &row), &[]).0;
        let is_a_lane = lanes.contains(&row.max);
        assert_eq!(filled[Share::PRODUCT_AFTER].is_zero(), is_a_lane);
    }
    // Once zero, always zero.
    let (lanes, row) = native(&mut random);
    let mut later = given(&lanes, &row);
    later[0].1 = 200;
    later[3].1 = 0;
    let filled = Wires::fill(&Share::new(), &later, &[]).0;
    assert_eq!(filled[Share::PRODUCT_AFTER], F::ZERO);
}

/// Positions of a lane's hints, restated: the test must not follow the gate into an error.
const FIRST_HINT: usize = 34 + 2;
const SHARE_HINTS: usize = 14;
const SHARE_LIMBS: (usize, usize) = (0, 3);
const REMAINDER_LIMBS: (usize, usize) = (3, 11);

#[test]
fn share_has_exactly_one_solution() {
    let mut random = Random(33);
    for _ in 0..20 {
        let (lanes, row) = native(&mut random);
        let honest = Wires::fill(&Share::new(), &given(&lanes, &row), &[]).0;
        for lane in 0..Share::LANES {
            let dividend = row.exponentials[lane] * row.reciprocal + (1 << (SHARE_SHIFT - 1));
            let solutions = (-140..=140).filter(|&claim| {
                let mut wires = honest.clone();
                wires[Share::share(lane)] = signed(claim);
                let hints = &mut wires[FIRST_HINT + lane * SHARE_HINTS..][..SHARE_HINTS];
                let share = claim + 128;
                write_limbs(hints, SHARE_LIMBS, share & 63);
                write_limbs(hints, REMAINDER_LIMBS, dividend - (share << SHARE_SHIFT));
                Wires(wires).satisfy(&Share::new(), &[])
            });
            assert_eq!(solutions.collect::<Vec<_>>(), [row.shares[lane] - 128]);
        }
    }
}

/// Sums of rows of one to the widest, and beside each a remainder of zero or the largest.
fn sums() -> Vec<i64> {
    let mut random = Random(34);
    let mut sums = vec![1 << 15, (1 << 15) + 1, (1 << 29) - 1, 1 << 29];
    for _ in 0..40 {
        let bits = 15 + random.below(14);
        sums.push((1 << bits) + random.below(1 << bits).cast_signed());
        let quotient = 2 + random.below(32_000).cast_signed();
        sums.push(NUMERATOR / quotient);
        sums.push(NUMERATOR / quotient + 1);
    }
    sums
}

#[test]
fn reciprocal_is_the_quotient_and_refuses_bends() {
    for sum in sums() {
        let given = [(Reciprocal::SUM, sum)];
        let filled = Wires::fill(&Reciprocal::new(), &given, &[]).0;
        assert_eq!(filled[Reciprocal::RECIPROCAL], signed(NUMERATOR / sum));
        holds_and_refuses_bends(&Reciprocal::new(), &given, &[]);
    }
}

#[test]
fn reciprocal_of_nothing_or_of_a_negative_sum_has_no_witness() {
    for sum in [0, -1, -(1 << 15), i64::MAX] {
        let wires = Wires::fill(&Reciprocal::new(), &[(Reciprocal::SUM, sum)], &[]);
        assert!(!wires.satisfy(&Reciprocal::new(), &[]), "{sum}");
    }
}

#[test]
fn reciprocal_has_exactly_one_solution() {
    for sum in sums() {
        let honest = NUMERATOR / sum;
        let accepted = |claim: i64| {
            let mut wires = vec![F::ZERO; Reciprocal.routed() + Reciprocal.hints()];
            wires[Reciprocal::SUM] = signed(sum);
            wires[Reciprocal::RECIPROCAL] = signed(claim);
            let remainder = NUMERATOR - claim * sum;
            write_limbs(&mut wires, (2, 7), claim & 0x3fff);
            write_limbs(&mut wires, (9, 15), remainder);
            write_limbs(&mut wires, (24, 14), (sum - 1 - remainder) & 0xfff_ffff);
            Wires(wires).satisfy(&Reciprocal::new(), &[])
        };
        assert!(accepted(honest));
        for claim in (honest - 40..honest + 40).chain([0, 65_535, 65_536, -1]) {
            assert_eq!(accepted(claim), claim == honest, "{sum}: {claim}");
        }
    }
}
