//! A prover that chooses several hints together finds no second solution: edges of requantization, searched
//! over every sign, saturation case and result.

use assay_model::quant::limits::SHIFT;
use assay_model::requantize;
use assay_statement::Lane;
use plonky2::field::types::{Field, PrimeField64};

use super::gates::Wires;
use crate::gates::{ArgMaxStep, Dividend, Formula, Requantize};
use crate::{F, signed};

/// Positions of a lane's hints, restated: the test must not follow the gate into an error.
const OVER: usize = 0;
const UNDER: usize = 1;
const VALUE_LIMBS: (usize, usize) = (2, 3);
const REMAINDER_LIMBS: (usize, usize) = (5, 12);
const EXCESS_LIMBS: (usize, usize) = (17, 16);
const NEGATIVE: usize = 33;
const INVERSE: usize = 34;

/// Bits of the accumulators, and hints of a lane with and without ReLU.
const BITS: u32 = 32;
const HINTS: [usize; 2] = [35, 33];

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
    zero: i8,
    relu: bool,
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
    let Claim {
        negative,
        over,
        under,
        tie,
        value,
    } = claim;
    let down = i64::from(tie && negative);
    let numerator = case.accumulator * i64::from(case.multiplier) + (1 << (SHIFT - 1));
    let unsaturated = (numerator >> SHIFT) + zero - down;
    let excess = match (over, under) {
        (true, _) => unsaturated - value - 1,
        (_, true) => value - unsaturated - 1,
        _ if case.relu => value - zero,
        _ if negative => zero - value - 1,
        _ => value - zero - i64::from(tie),
    };
    // Where the value is wrong, the remainder takes what is left.
    let direction = i64::from(over) - i64::from(under);
    let quotient = value + direction * (excess + 1) - zero + down;
    let remainder = numerator - (quotient << SHIFT);

    let mut hints = vec![F::ZERO; HINTS[usize::from(case.relu)]];
    hints[OVER] = F::from_bool(over);
    hints[UNDER] = F::from_bool(under);
    write_limbs(&mut hints, VALUE_LIMBS, (value + 128) & 63);
    write_limbs(&mut hints, REMAINDER_LIMBS, remainder);
    write_limbs(&mut hints, EXCESS_LIMBS, excess);
    if !case.relu {
        hints[NEGATIVE] = F::from_bool(negative);
        hints[INVERSE] = if tie {
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
    Requantize::new(Dividend::Own { bits: BITS }, case.relu)
}

fn claims(relu: bool) -> impl Iterator<Item = Claim> {
    let flags = if relu { 4 } else { 16 };
    (0..flags).flat_map(|flags| {
        (-130..=130).map(move |value| Claim {
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
    let solutions = claims(case.relu)
        .filter_map(|claim| {
            let wires = solve(case, claim);
            wires.satisfy(&gate, &[]).then_some((claim.value, wires.0))
        })
        .collect::<Vec<_>>();
    let Case {
        accumulator,
        multiplier,
        zero,
        relu,
    } = *case;
    let expected = requantize(accumulator, multiplier, zero.into(), relu, Lane::Int8).value;
    let mut given = vec![(Requantize::ZERO_POINT, zero.into())];
    for lane in 0..gate.lanes() {
        given.push((gate.operand(lane, 0), accumulator));
        given.push((gate.operand(lane, 1), multiplier.into()));
    }
    let honest = Wires::fill(&gate, &given, &[]);
    assert_eq!(
        solutions,
        [(i64::from(expected), honest.0)],
        "{accumulator} {multiplier} {zero} {relu}"
    );
}

#[test]
fn requantize_has_exactly_one_solution_at_every_edge() {
    let half = 1 << (SHIFT - 1);
    let top = (1 << 24) - 1;
    // (accumulator, multiplier): ties of both signs, one beside a tie, zero in each way, saturation edges.
    let products = [
        (1, half),
        (-1, half),
        (3, half),
        (-3, half),
        (1, half - 1),
        (-1, half - 1),
        (-1, half + 1),
        (0, half),
        (0, 0),
        (5, 0),
        (-5, 0),
        (-1, 1),
        (1, 1),
        (127, top),
        (128, top),
        (129, top),
        (-128, top),
        (-129, top),
        (-130, top),
        (255, half),
        (-255, half),
        (-257, half),
        (257, half),
        ((1 << 31) - 1, top),
        (1 - (1 << 31), top),
    ];
    for (accumulator, multiplier) in products {
        for zero in [0, 1, -1, 127, -128] {
            for relu in [false, true] {
                has_one_solution(&Case {
                    accumulator,
                    multiplier,
                    zero,
                    relu,
                });
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
