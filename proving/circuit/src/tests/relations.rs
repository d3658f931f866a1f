//! A prover that breaks one relation of a gate and makes all others hold is refused. Bends of an honest witness mostly
//! break several at once, and so do not say that each of them is needed.

use assay_model::quant::ops::LayerNorm;
use assay_model::quant::ops::layer_norm::ROOT_BITS;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};

use super::gates::Wires;
use super::models::Random;
use crate::gates::{Dividend, Formula, LogUp, Requantize, Root};
use crate::{F, signed};

/// Lanes of a row whose root is taken.
const WIDTH: usize = 64;

/// Limbs of the root but the last, of its product with the variance, and of both gaps, for that width.
const ROOT_LIMBS: [(usize, usize); 4] = [(4, 10), (14, 20), (34, 20), (54, 20)];

/// A row's sum, squares and epsilon, and what follows.
struct Variance {
    given: [(usize, i64); 3],
    variance: i64,
    root: i64,
}

impl Variance {
    fn random(random: &mut Random) -> Self {
        let lanes = (0..WIDTH).map(|_| random.below(16) as i64 - 8);
        let lanes = lanes.collect::<Vec<_>>();
        let sum = lanes.iter().sum::<i64>();
        let squares = lanes.iter().map(|lane| lane * lane).sum::<i64>();
        let epsilon = LayerNorm::epsilon_min(WIDTH);
        let variance = WIDTH as i64 * squares - sum * sum + epsilon;
        Self {
            given: [
                (Root::SUM, sum),
                (Root::SQUARES, squares),
                (Root::EPSILON, epsilon),
            ],
            variance,
            root: ((1_i64 << (2 * ROOT_BITS)) / variance).isqrt(),
        }
    }

    /// Returns whether the gate takes a root, its product and its gaps.
    fn takes(&self, numbers: [i64; 4]) -> bool {
        let gate = Root::new(WIDTH);
        let mut wires = vec![F::ZERO; gate.routed() + gate.hints()];
        for (wire, value) in self.given {
            wires[wire] = signed(value);
        }
        wires[Root::ROOT] = signed(numbers[0]);
        for ((start, count), number) in ROOT_LIMBS.into_iter().zip(numbers) {
            for limb in 0..count {
                wires[start + limb] = F::from_canonical_u64((number >> (2 * limb)) as u64 & 3);
            }
        }
        Wires(wires).satisfy(&gate, &[])
    }
}

#[test]
fn root_with_one_broken_relation_is_refused() {
    let mut random = Random(91);
    let unit = 1_i64 << (2 * ROOT_BITS);
    for _ in 0..20 {
        let row = Variance::random(&mut random);
        let (variance, honest) = (row.variance, row.root);
        let below = |root: i64, product: i64| unit - root * product;
        let above = |product: i64, below: i64| 2 * product + variance - 1 - below;
        let product = honest * variance;
        let gap = below(honest, product);
        assert!(row.takes([honest, product, gap, above(product, gap)]));

        // The product is not the root's.
        let smaller = honest - 1;
        let product = unit / smaller;
        let gap = below(smaller, product);
        assert!(product != smaller * variance && gap >= 0 && above(product, gap) >= 0);
        assert!(!row.takes([smaller, product, gap, above(product, gap)]));
        // The root is too large, and says that nothing is between.
        let larger = honest + 1;
        let product = larger * variance;
        assert!(!row.takes([larger, product, 0, above(product, 0)]));
        // The root is too small, and says so of the next one.
        let product = smaller * variance;
        assert!(!row.takes([smaller, product, below(smaller, product), 0]));
    }
}

/// Where ReLU's zero point is the largest lane both ends are one, and a lane there is over, under or neither.
#[test]
fn lane_is_not_over_and_under_at_once() {
    let gate = Requantize::new(Dividend::Channel { bits: 24 }, true);
    let parameters = [
        (Requantize::ZERO_POINT, 127),
        (Requantize::parameter(0), 0),
        (Requantize::parameter(1), 1 << 20),
    ];
    let sums = (0..gate.lanes()).map(|lane| (gate.operand(lane, 0), 0));
    let given = parameters.into_iter().chain(sums).collect::<Vec<_>>();
    let honest = Wires::fill(&gate, &given, &[]);
    assert!(honest.satisfy(&gate, &[]));
    let mut both = Wires(honest.0);
    let hints = gate.routed();
    both.0[hints] = F::ONE;
    both.0[hints + 1] = F::ONE;
    assert!(!both.satisfy(&gate, &[]));
}

/// An inverse times its denominator is one in both parts: with a part to choose, a sum could be any.
#[test]
fn inverse_of_a_lookup_with_one_wrong_part_is_refused() {
    let mut random = Random(92);
    let inputs = LogUp.inputs().into_iter();
    let given = inputs.map(|wire| (wire, (random.word() >> 2).cast_signed()));
    let given = given.collect::<Vec<_>>();
    let honest = Wires::fill(&LogUp, &given, &[]).0;
    let pair = |wire: usize| QuadraticExtension([honest[wire], honest[wire + 1]]);
    let first = LogUp.routed();
    for error in [[0, 1], [1, 0], [5, 7]].map(|parts| parts.map(F::from_canonical_u64)) {
        let mut wires = honest.clone();
        // The denominator's inverse times another one.
        let wrong = pair(first) * (QuadraticExtension::from(F::ONE) + QuadraticExtension(error));
        let count = QuadraticExtension::from(honest[LogUp::count(0)]);
        let after = pair(LogUp::AFTER) + (wrong - pair(first)) * count;
        wires[first..first + 2].copy_from_slice(&wrong.0);
        wires[LogUp::AFTER..LogUp::AFTER + 2].copy_from_slice(&after.0);
        assert!(wires[first].to_canonical_u64() != honest[first].to_canonical_u64());
        assert!(!Wires(wires).satisfy(&LogUp, &[]), "{error:?}");
    }
}
