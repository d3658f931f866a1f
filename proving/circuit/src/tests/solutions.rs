//! A prover that chooses several hints together finds no second solution: edges of requantization, searched
//! over every sign, saturation case and result.

use std::collections::BTreeSet;

use assay_model::{Lanes, Rescale, requantize};
use assay_statement::Lane;
use plonky2::field::types::{Field, PrimeField64};

use super::gates::Wires;
use crate::gates::{ArgMaxStep, Dividend, Formula, Requantize};
use crate::{F, signed};

/// Positions of a lane's hints, restated: the test must not follow the gate into an error.
const OVER: usize = 0;
const UNDER: usize = 1;

/// First limb and count of the value but its last limb, the remainder and the excess; then negative and inverse.
struct Positions {
    value: (usize, usize),
    remainder: (usize, usize),
    excess: (usize, usize),
    negative: usize,
    inverse: usize,
}

impl Positions {
    fn of(case: &Case) -> Self {
        let Rescale { shift, lane, .. } = case.rescale;
        let value = lane.bits() as usize / 2 - 1;
        let remainder = shift as usize / 2;
        let excess = (case.bits + 24 - shift) as usize / 2;
        let end = 2 + value + remainder + excess;
        Self {
            value: (2, value),
            remainder: (2 + value, remainder),
            excess: (2 + value + remainder, excess),
            negative: end,
            inverse: end + 1,
        }
    }

    /// Hints of a lane.
    const fn hints(&self, relu: bool) -> usize {
        if relu {
            self.negative
        } else {
            self.inverse + 1
        }
    }
}

pub fn write_limbs(wires: &mut [F], (start, count): (usize, usize), value: i64) {
    let word = signed(value).to_canonical_u64();
    for i in 0..count {
        wires[start + i] = F::from_canonical_u64((word >> (2 * i)) & 3);
    }
    // What does not fit stays in the top limb, so that only its range check can refuse it.
    let rest = word >> (2 * count);
    wires[start + count - 1] += F::from_canonical_u64(4) * F::from_noncanonical_u64(rest);
}

struct Case {
    accumulator: i64,
    multiplier: u32,
    zero: i16,
    /// Of the accumulator.
    bits: u32,
    rescale: Rescale,
}

/// What a cheating prover claims of a lane; the other hints follow.
#[derive(Clone, Copy)]
struct Claim {
    negative: bool,
    over: bool,
    under: bool,
    tie: bool,
    value: i64,
}

/// Solves every other hint for a claim, over the integers.
fn solve(case: &Case, claim: Claim) -> Wires {
    let zero = i64::from(case.zero);
    let Rescale { shift, relu, lane } = case.rescale;
    let Claim {
        negative,
        over,
        under,
        tie,
        value,
    } = claim;
    let down = i64::from(tie && negative);
    let numerator = case.accumulator * i64::from(case.multiplier) + (1 << (shift - 1));
    let unsaturated = (numerator >> shift) + zero - down;
    let excess = match (over, under) {
        (true, _) => unsaturated - value - 1,
        (_, true) => value - unsaturated - 1,
        _ if relu => value - zero,
        _ if negative => zero - value - 1,
        _ => value - zero - i64::from(tie),
    };
    // Where the value is wrong, the remainder takes what is left.
    let direction = i64::from(over) - i64::from(under);
    let quotient = value + direction * (excess + 1) - zero + down;
    let remainder = numerator - (quotient << shift);

    let positions = Positions::of(case);
    let mut hints = vec![F::ZERO; positions.hints(relu)];
    hints[OVER] = F::from_bool(over);
    hints[UNDER] = F::from_bool(under);
    // The last limb is what the others leave of the value.
    let others = (1 << (lane.bits() - 2)) - 1;
    let raised = (value - lane.min()) & others;
    write_limbs(&mut hints, positions.value, raised);
    write_limbs(&mut hints, positions.remainder, remainder);
    write_limbs(&mut hints, positions.excess, excess);
    if !relu {
        hints[positions.negative] = F::from_bool(negative);
        hints[positions.inverse] = if tie {
            F::ZERO
        } else {
            signed(remainder).try_inverse().unwrap_or(F::ONE)
        };
    }

    let gate = gate(case);
    let mut wires = vec![F::ZERO; gate.routed() + gate.hints()];
    wires[Requantize::ZERO_POINT] = signed(zero);
    for lane in 0..gate.lanes() {
        wires[gate.operand(lane, 0)] = signed(case.accumulator);
        wires[gate.operand(lane, 1)] = signed(case.multiplier.into());
        wires[gate.value(lane)] = signed(value);
        let start = gate.routed() + lane * hints.len();
        wires[start..start + hints.len()].copy_from_slice(&hints);
    }
    Wires(wires)
}

fn gate(case: &Case) -> Requantize {
    let Rescale { shift, relu, lane } = case.rescale;
    let types = Lanes {
        inputs: Lane::Int8,
        result: lane,
    };
    Requantize::of(Dividend::Own { bits: case.bits }, relu, types, shift)
}

/// All int8 values and some beyond; of int16 ones those around the ends, the zero point and the result.
fn values(case: &Case, expected: i64) -> Vec<i64> {
    let lane = case.rescale.lane;
    if lane == Lane::Int8 {
        return (-130..=130).collect();
    }
    let centers = [lane.min(), lane.max(), 0, case.zero.into(), expected];
    let around = centers
        .into_iter()
        .flat_map(|center| center - 20..=center + 20);
    around.collect::<BTreeSet<_>>().into_iter().collect()
}

fn claims(relu: bool, values: &[i64]) -> impl Iterator<Item = Claim> + '_ {
    let flags = if relu { 4 } else { 16 };
    (0..flags).flat_map(move |flags| {
        values.iter().map(move |&value| Claim {
            over: flags & 1 == 1,
            under: flags & 2 == 2,
            negative: flags & 4 == 4,
            tie: flags & 8 == 8,
            value,
        })
    })
}

fn has_one_solution(case: &Case) {
    let gate = gate(case);
    let Case {
        accumulator,
        multiplier,
        zero,
        rescale,
        ..
    } = *case;
    let expected = requantize(accumulator, multiplier, zero, rescale).value;
    let values = values(case, expected.into());
    let solutions = claims(rescale.relu, &values)
        .filter_map(|claim| {
            let wires = solve(case, claim);
            wires.satisfy(&gate, &[]).then_some((claim.value, wires.0))
        })
        .collect::<Vec<_>>();
    let mut given = vec![(Requantize::ZERO_POINT, zero.into())];
    for index in 0..gate.lanes() {
        given.push((gate.operand(index, 0), accumulator));
        given.push((gate.operand(index, 1), multiplier.into()));
    }
    let honest = Wires::fill(&gate, &given, &[]);
    assert_eq!(
        solutions,
        [(i64::from(expected), honest.0)],
        "{accumulator} {multiplier} {zero} {rescale:?}"
    );
}

const HALF: u32 = 1 << 23;
const TOP: u32 = (1 << 24) - 1;

/// (accumulator, multiplier): ties of both signs, one beside a tie, zero in each way.
const ROUNDING: [(i64, u32); 13] = [
    (1, HALF),
    (-1, HALF),
    (3, HALF),
    (-3, HALF),
    (1, HALF - 1),
    (-1, HALF - 1),
    (-1, HALF + 1),
    (0, HALF),
    (0, 0),
    (5, 0),
    (-5, 0),
    (-1, 1),
    (1, 1),
];

#[test]
fn requantize_has_exactly_one_solution_at_every_edge() {
    for (lane, shift, bits) in [
        (Lane::Int8, 24, 32),
        (Lane::Int16, 24, 38),
        (Lane::Int8, 28, 38),
        (Lane::Int16, 28, 38),
        (Lane::Int8, 32, 38),
        (Lane::Int16, 32, 38),
    ] {
        let (min, max) = (lane.min(), lane.max());
        let saturating = [
            (max, TOP),
            (max + 1, TOP),
            (max + 2, TOP),
            (min, TOP),
            (min - 1, TOP),
            (min - 2, TOP),
            (2 * max + 1, HALF),
            (2 * min + 1, HALF),
            (2 * min - 1, HALF),
            (2 * max + 3, HALF),
        ];
        // As many accumulators take the place of one as the division by more makes of it.
        let scaled = ROUNDING.into_iter().chain(saturating);
        let scaled =
            scaled.map(|(accumulator, multiplier)| (accumulator << (shift - 24), multiplier));
        // Those of int8 lanes have 31 bits.
        let limit = (1_i64 << if bits == 32 { 31 } else { bits }) - 1;
        let ends = [(limit, TOP), (-limit, TOP), (1, TOP), (-1, TOP)];
        for (accumulator, multiplier) in scaled.chain(ends) {
            for zero in [0, 1, -1, max, min] {
                for relu in [false, true] {
                    has_one_solution(&Case {
                        accumulator,
                        multiplier,
                        zero: zero as i16,
                        bits,
                        rescale: Rescale { shift, relu, lane },
                    });
                }
            }
        }
    }
}

/// Positions of a comparison's hints, restated as above.
const TAKE: usize = 6;
const STEP_GAP_LIMBS: (usize, usize) = (7, 4);

/// A comparison has few hints, so all of them are tried: the bit, each gap that two lanes can have and as many that do
/// not fit the limbs, each result that either side could give.
#[test]
fn comparison_has_exactly_one_solution() {
    let gate = ArgMaxStep::new(ArgMaxStep::LANE_BITS);
    let edges = [-128, -127, -1, 0, 1, 126, 127];
    let (index, at) = (5, 3);
    for value in edges {
        for best in edges {
            let given = [
                (ArgMaxStep::VALUE, value),
                (ArgMaxStep::INDEX, index),
                (ArgMaxStep::BEST, best),
                (ArgMaxStep::AT, at),
            ];
            let honest = Wires::fill(&gate, &given, &[]);
            let mut solutions = Vec::new();
            for hints in 0..2 * 512 * 4 {
                let (take, gap, results) = (hints & 1, hints >> 1 & 511, hints >> 10);
                let mut wires = vec![F::ZERO; gate.routed() + gate.hints()];
                for (wire, number) in given {
                    wires[wire] = signed(number);
                }
                wires[TAKE] = signed(take);
                write_limbs(&mut wires, STEP_GAP_LIMBS, gap - 256);
                wires[ArgMaxStep::NEXT_BEST] = signed([best, value][results as usize & 1]);
                wires[ArgMaxStep::NEXT_AT] = signed([at, index][results as usize >> 1]);
                let wires = Wires(wires);
                if wires.satisfy(&gate, &[]) && !solutions.contains(&wires.0) {
                    solutions.push(wires.0);
                }
            }
            assert_eq!(solutions, [honest.0], "{value} against {best}");
        }
    }
}
