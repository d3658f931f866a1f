//! The gates of a normalization: they give the native hints, and a prover finds no second solution.

use assay_model::quant::ops::LayerNorm;
use assay_model::quant::ops::layer_norm::{
    BIAS_MAX, LayerNormRow, MAX_WIDTH, NORM_SHIFT, ROOT_BITS,
};
use assay_model::{NodeData, Part};
use plonky2::field::types::Field;

use super::gates::{Wires, holds_and_refuses_bends, is_well_formed};
use super::models::Random;
use super::solutions::write_limbs;
use crate::gates::{Formula, InRange, Moments, Normalize, Root};
use crate::{F, signed};

/// Rows of the least and the most lanes, of the decoder's, and of a number that is no power of two.
const WIDTHS: [usize; 5] = [1, 3, 64, 784, 2048];

#[test]
fn normalization_gates_are_well_formed() {
    is_well_formed(Moments, 1);
    is_well_formed(InRange::new(16), 1);
    is_well_formed(InRange::new(32), 1);
    assert_eq!([16, 32].map(|bits| InRange::new(bits).values()), [9, 4]);
    for width in 1..=MAX_WIDTH {
        let _ = (Root::new(width), Normalize::new(width));
    }
    for width in WIDTHS {
        is_well_formed(Root::new(width), 1);
        is_well_formed(Normalize::new(width), 1);
    }
}

#[test]
fn range_takes_both_ends_and_nothing_beyond() {
    for (bits, min, max) in [
        (16, -32767, 32767),
        (16, 0, 32767),
        (32, 2, 1024),
        (32, i64::from(-BIAS_MAX), BIAS_MAX.into()),
    ] {
        let gate = InRange::new(bits);
        let constants = [signed(min), signed(max)];
        let given = |value: i64| (0..gate.values()).map(move |wire| (wire, value));
        for value in [min, max, 5, max - 1] {
            let given = given(value).collect::<Vec<_>>();
            holds_and_refuses_bends(&gate, &given, &constants);
        }
        for value in [
            min - 1,
            max + 1,
            min - (1 << bits),
            max + (1 << bits),
            i64::MAX,
        ] {
            let given = given(value).collect::<Vec<_>>();
            assert!(!Wires::fill(&gate, &given, &constants).satisfy(&gate, &constants));
        }
    }
}

#[test]
fn moments_are_the_sums_and_refuse_bends() {
    let mut random = Random(41);
    let mut given = vec![
        (Moments::SUM_BEFORE, -700),
        (Moments::SQUARES_BEFORE, 80_000),
    ];
    let values = (0..Moments::VALUES).map(|_| i64::from(random.int8()));
    let values = values.collect::<Vec<_>>();
    let wires = values.iter().enumerate();
    given.extend(wires.map(|(index, &value)| (Moments::value(index), value)));
    let filled = Wires::fill(&Moments, &given, &[]).0;
    let sum = values.iter().sum::<i64>();
    let squares = values.iter().map(|value| value * value).sum::<i64>();
    assert_eq!(filled[Moments::SUM_AFTER], signed(sum - 700));
    assert_eq!(filled[Moments::SQUARES_AFTER], signed(squares + 80_000));
    holds_and_refuses_bends(&Moments, &given, &[]);
}

/// A row, its committed data and its hints.
struct Native {
    lanes: Vec<i32>,
    epsilon: i32,
    scales: Vec<i32>,
    biases: Vec<i32>,
    row: LayerNormRow,
}

fn native(random: &mut Random, width: usize) -> Native {
    let spread = [1, 2, 16, 256][random.below(4) as usize];
    let outlier = random.below(3) == 0;
    let lanes = (0..width).map(|i| match (i, outlier) {
        (0, true) => 127,
        (_, true) => -128,
        _ => random.below(spread) as i32 - (spread / 2) as i32,
    });
    let lanes = lanes.collect::<Vec<_>>();
    let of = |values: [i64; 3], random: &mut Random| values[random.below(3) as usize] as i32;
    let (min, max) = (LayerNorm::epsilon_min(width), LayerNorm::epsilon_max(width));
    let epsilon = of([min, max, 7 * min], random);
    let end = i64::from(BIAS_MAX);
    let scales = (0..width).map(|i| of([-32767, 32767, 900 + i as i64], random));
    let scales = scales.collect::<Vec<_>>();
    let biases = (0..width).map(|i| of([-end, end, 70_000 * (i as i64 % 9)], random));
    let biases = biases.collect::<Vec<_>>();
    let data = NodeData::new([
        (Part::Epsilon, vec![epsilon]),
        (Part::ColumnScales, scales.clone()),
        (Part::Bias, biases.clone()),
    ]);
    let row = LayerNorm { width }.rows(&data, &lanes).remove(0);
    Native {
        lanes,
        epsilon,
        scales,
        biases,
        row,
    }
}

impl Native {
    fn of_root(&self) -> [(usize, i64); 3] {
        [
            (Root::SUM, self.row.sum),
            (Root::SQUARES, self.row.squares),
            (Root::EPSILON, self.epsilon.into()),
        ]
    }

    /// Wires of the row's first lanes; lanes beyond the row repeat them.
    fn of_lanes(&self) -> Vec<(usize, i64)> {
        let mut given = vec![
            (Normalize::SUM, self.row.sum),
            (Normalize::ROOT, self.row.root),
        ];
        for lane in 0..Normalize::LANES {
            let at = lane % self.lanes.len();
            given.push((Normalize::lane(lane), self.lanes[at].into()));
            given.push((Normalize::scale(lane), self.scales[at].into()));
            given.push((Normalize::bias(lane), self.biases[at].into()));
        }
        given
    }

    fn value(&self, lane: usize) -> i64 {
        self.row.quotients[lane % self.lanes.len()].clamp(-128, 127)
    }
}

#[test]
fn root_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(42);
    for width in WIDTHS {
        for _ in 0..12 {
            let native = native(&mut random, width);
            let given = native.of_root();
            let filled = Wires::fill(&Root::new(width), &given, &[]).0;
            assert_eq!(filled[Root::ROOT], signed(native.row.root));
            holds_and_refuses_bends(&Root::new(width), &given, &[]);
        }
    }
}

/// Limbs of r, of `r·W` and of the gaps for rows of 64, restated: r is at most 2^20, `r·W` at most 2^38.
const ROOT_LIMBS: [(usize, usize); 4] = [(4, 10), (14, 20), (34, 20), (54, 20)];

#[test]
fn root_has_exactly_one_solution() {
    let mut random = Random(43);
    let gate = Root::new(64);
    assert_eq!(gate.hints(), 70);
    for _ in 0..20 {
        let native = native(&mut random, 64);
        let (variance, honest) = (native.row.variance, native.row.root);
        let accepted = |claim: i64| {
            let mut wires = vec![F::ZERO; gate.routed() + gate.hints()];
            for (wire, value) in native.of_root() {
                wires[wire] = signed(value);
            }
            wires[Root::ROOT] = signed(claim);
            let product = claim * variance;
            // In the field, as far as the integers go.
            let below = i128::from(1_i64 << (2 * ROOT_BITS)) - i128::from(claim * product);
            let below = i64::try_from(below).unwrap_or(-1);
            let above = 2 * product + variance - 1 - below;
            write_limbs(&mut wires, ROOT_LIMBS[0], claim & 0xf_ffff);
            for (limbs, value) in ROOT_LIMBS[1..].iter().zip([product, below, above]) {
                write_limbs(&mut wires, *limbs, value);
            }
            Wires(wires).satisfy(&gate, &[])
        };
        assert!(accepted(honest));
        for claim in (honest - 60..honest + 60).chain([0, -1]) {
            assert_eq!(accepted(claim), claim == honest, "{variance}: {claim}");
        }
    }
}

#[test]
fn root_of_no_variance_has_no_witness() {
    let gate = Root::new(64);
    for epsilon in [0, -5] {
        let given = [
            (Root::SUM, 64),
            (Root::SQUARES, 64),
            (Root::EPSILON, epsilon),
        ];
        assert!(!Wires::fill(&gate, &given, &[]).satisfy(&gate, &[]));
    }
}

#[test]
fn normalize_equals_its_native_twin_and_refuses_bends() {
    let mut random = Random(44);
    for width in WIDTHS {
        for _ in 0..12 {
            let native = native(&mut random, width);
            let (gate, given) = (Normalize::new(width), native.of_lanes());
            let filled = Wires::fill(&gate, &given, &[]).0;
            for lane in 0..Normalize::LANES {
                assert_eq!(filled[Normalize::value(lane)], signed(native.value(lane)));
            }
            holds_and_refuses_bends(&gate, &given, &[]);
        }
    }
}

/// Hints of the first lane, restated.
const FIRST_HINT: usize = 18;
const OVER: usize = FIRST_HINT;
const UNDER: usize = FIRST_HINT + 1;
const VALUE_LIMBS: (usize, usize) = (FIRST_HINT + 2, 3);
const REMAINDER_LIMBS: (usize, usize) = (FIRST_HINT + 5, 16);
const TOP: usize = FIRST_HINT + 21;
const EXCESS_LIMBS: (usize, usize) = (FIRST_HINT + 22, 7);

#[test]
fn normalize_has_exactly_one_solution() {
    let mut random = Random(45);
    let gate = Normalize::new(64);
    for _ in 0..60 {
        let native = native(&mut random, 64);
        let quotient = native.row.quotients[0];
        let dividend = (quotient << NORM_SHIFT) + native.row.remainders[0];
        let honest = Wires::fill(&gate, &native.of_lanes(), &[]).0;
        let mut solutions = Vec::new();
        for flags in 0..4 {
            for value in -130..=130 {
                let (over, under) = (flags & 1 == 1, flags & 2 == 2);
                let excess = match (over, under) {
                    (true, _) => quotient - value - 1,
                    (_, true) => value - quotient - 1,
                    _ => value + 128,
                };
                let direction = i64::from(over) - i64::from(under);
                let claimed = value + direction * (excess + 1);
                // Where the value is wrong, the remainder takes what is left.
                let remainder = dividend - (claimed << NORM_SHIFT);
                let top = (remainder >> (NORM_SHIFT - 1)) & 1;
                let mut wires = honest.clone();
                wires[Normalize::value(0)] = signed(value);
                wires[OVER] = F::from_bool(over);
                wires[UNDER] = F::from_bool(under);
                wires[TOP] = signed(top);
                write_limbs(&mut wires, VALUE_LIMBS, (value + 128) & 63);
                write_limbs(
                    &mut wires,
                    REMAINDER_LIMBS,
                    remainder - (top << (NORM_SHIFT - 1)),
                );
                write_limbs(&mut wires, EXCESS_LIMBS, excess);
                let wires = Wires(wires);
                if wires.satisfy(&gate, &[]) {
                    solutions.push((value, wires.0));
                }
            }
        }
        assert_eq!(solutions, [(native.value(0), honest)], "{quotient}");
    }
}
