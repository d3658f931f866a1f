//! A prover that chooses several hints together finds no second solution: edges of requantization, searched
//! over every sign, saturation case and result.

use assay_model::quant::limits::SHIFT;
use assay_model::requantize;
use plonky2::field::types::{Field, PrimeField64};

use super::gates::Wires;
use crate::gates::{ArgMaxStep, Formula, Requantize};
use crate::{F, signed};

/// Positions of the hints, restated: the test must not follow the gate into an error.
const NEGATIVE: usize = 4;
const OVER: usize = 5;
const UNDER: usize = 6;
const VALUE_LIMBS: (usize, usize) = (7, 3);
const REMAINDER_LIMBS: (usize, usize) = (10, 12);
const EXCESS_LIMBS: (usize, usize) = (22, 16);
const SIGN_LIMBS: (usize, usize) = (38, 16);

fn write_limbs(wires: &mut [F], (start, count): (usize, usize), value: i64) {
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

/// Solves every hint for a claimed sign, saturation and value, over the integers.
fn solve(case: &Case, [negative, over, under]: [bool; 3], value: i64) -> Wires {
    let zero = i64::from(case.zero);
    let lower = if case.relu { zero } else { -128 };
    let numerator =
        case.accumulator * i64::from(case.multiplier) + (1 << (SHIFT - 1)) - i64::from(negative);
    let unsaturated = (numerator >> SHIFT) + zero;
    let excess = match (over, under) {
        (true, _) => unsaturated - value - 1,
        (_, true) => value - unsaturated - 1,
        _ => value - lower,
    };
    // Where the value is wrong, the remainder takes what is left.
    let direction = i64::from(over) - i64::from(under);
    let quotient = value + direction * (excess + 1) - zero;
    let remainder = numerator - (quotient << SHIFT);
    let sign = if negative {
        -case.accumulator - 1
    } else {
        case.accumulator
    };

    let gate = Requantize::new();
    let mut wires = vec![F::ZERO; gate.routed() + gate.hints()];
    wires[Requantize::ACCUMULATOR] = signed(case.accumulator);
    wires[Requantize::MULTIPLIER] = signed(case.multiplier.into());
    wires[Requantize::ZERO_POINT] = signed(zero);
    wires[Requantize::VALUE] = signed(value);
    wires[NEGATIVE] = F::from_bool(negative);
    wires[OVER] = F::from_bool(over);
    wires[UNDER] = F::from_bool(under);
    write_limbs(&mut wires, VALUE_LIMBS, (value + 128) & 63);
    write_limbs(&mut wires, REMAINDER_LIMBS, remainder);
    write_limbs(&mut wires, EXCESS_LIMBS, excess);
    write_limbs(&mut wires, SIGN_LIMBS, sign);
    Wires(wires)
}

fn has_one_solution(case: &Case) {
    let gate = Requantize::new();
    let constants = [F::from_bool(case.relu)];
    let mut solutions = Vec::new();
    for flags in 0..8 {
        let flags = [flags & 1 == 1, flags & 2 == 2, flags & 4 == 4];
        for value in -130..=130 {
            let wires = solve(case, flags, value);
            if wires.satisfy(&gate, &constants) {
                solutions.push((value, wires.0));
            }
        }
    }
    let Case {
        accumulator,
        multiplier,
        zero,
        relu,
    } = *case;
    let expected = requantize(accumulator, multiplier, zero, relu).value;
    let given = [
        (Requantize::ACCUMULATOR, accumulator),
        (Requantize::MULTIPLIER, multiplier.into()),
        (Requantize::ZERO_POINT, zero.into()),
    ];
    let honest = Wires::fill(&gate, &given, &constants);
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
const GAP_LIMBS: (usize, usize) = (7, 4);

/// A comparison has few hints, so all of them are tried: the bit, each gap that two lanes can have and as many that do
/// not fit the limbs, each result that either side could give.
#[test]
fn comparison_has_exactly_one_solution() {
    let gate = ArgMaxStep::new();
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
                write_limbs(&mut wires, GAP_LIMBS, gap - 256);
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
