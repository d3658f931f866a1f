//! The gates of products that the prover supplies, and of pooling.

use assay_statement::Lane;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};

use super::gates::{Wires, holds_and_refuses_bends, is_well_formed};
use super::models::Random;
use crate::gates::{Formula, Horner, MaxPool, Slide, WeightColumn, bits_of};
use crate::{F, signed};

type Extension = QuadraticExtension<F>;

/// A value below 2^62.
fn word(random: &mut Random) -> i64 {
    (random.word() >> 2).cast_signed()
}

fn pair(wires: &[F], wire: usize) -> Extension {
    QuadraticExtension([wires[wire], wires[wire + 1]])
}

/// All inputs of a gate are random.
fn any_inputs<T: Formula>(gate: &T, random: &mut Random) -> Vec<(usize, i64)> {
    let inputs = gate.inputs().into_iter();
    inputs.map(|wire| (wire, word(random))).collect()
}

#[test]
fn gates_are_well_formed() {
    for (values, rows_hold) in [(74, 1), (34, 2), (20, 3), (10, 5), (2, 10), (1, 11)] {
        is_well_formed(Horner::new(values), rows_hold);
    }
    is_well_formed(Slide, 1);
    is_well_formed(WeightColumn, 1);
    for (bits, packed, windows, elements) in [
        (8, false, 7, 0),
        (16, false, 4, 0),
        (20, true, 3, 4),
        (20, false, 3, 0),
        (24, true, 2, 4),
        (28, true, 2, 4),
        (32, true, 1, 4),
        (32, false, 2, 0),
        (36, true, 1, 4),
        (36, false, 1, 0),
        (40, true, 1, 4),
        (40, false, 1, 0),
    ] {
        let gate = MaxPool::new(bits, packed);
        assert_eq!(
            (gate.windows(), gate.elements()),
            (windows, elements),
            "{gate:?}"
        );
        is_well_formed(gate, 1);
    }
}

#[test]
fn horner_sums_powers_and_refuses_bends() {
    let mut random = Random(11);
    for values in [1, 2, 3, 4, 10, 20, 34, 74] {
        let gate = Horner::new(values);
        let given = any_inputs(&gate, &mut random);
        let filled = Wires::fill(&gate, &given, &[]).0;
        let base = pair(&filled, Horner::BASE);
        let start = pair(&filled, Horner::BEFORE);
        let expected = (0..values).fold(start, |sum, i| {
            sum * base + Extension::from(filled[Horner::value(i)])
        });
        assert_eq!(pair(&filled, Horner::AFTER), expected);
        holds_and_refuses_bends(&gate, &given, &[]);
    }
}

#[test]
fn slide_moves_windows_and_refuses_bends() {
    let mut random = Random(12);
    let given = any_inputs(&Slide, &mut random);
    let filled = Wires::fill(&Slide, &given, &[]).0;
    let (base, power) = (pair(&filled, Slide::BASE), pair(&filled, Slide::POWER));
    for sum in 0..Slide::SUMS {
        let [before, leaving, entering, after] = [
            Slide::before(sum),
            Slide::leaving(sum),
            Slide::entering(sum),
            Slide::after(sum),
        ]
        .map(|wire| pair(&filled, wire));
        assert_eq!(after, before * base - power * leaving + entering);
    }
    holds_and_refuses_bends(&Slide, &given, &[]);
}

#[test]
fn weight_column_sums_weights_and_refuses_bends() {
    let mut random = Random(13);
    for round in 0..10_usize {
        let weights = [[(); 7]; 4].map(|row| {
            row.map(|()| i64::from([random.int8(), -128, 127, 0][round.saturating_sub(6)]))
        });
        let mut given = any_inputs(&WeightColumn, &mut random);
        for (output, row) in weights.iter().enumerate() {
            let element = Lane::Int8.pack(row).unwrap()[0].cast_signed();
            given[output] = (WeightColumn::element(output), element);
        }
        let filled = Wires::fill(&WeightColumn, &given, &[]).0;
        let base = pair(&filled, WeightColumn::BASE);
        let mut expected = pair(&filled, WeightColumn::BEFORE);
        for row in &weights {
            expected *= base;
            for (input, &weight) in row.iter().enumerate() {
                let value = pair(&filled, WeightColumn::input(input));
                expected += value * Extension::from(signed(weight));
            }
        }
        assert_eq!(pair(&filled, WeightColumn::AFTER), expected);
        holds_and_refuses_bends(&WeightColumn, &given, &[]);
    }
}

#[test]
fn weight_column_refuses_elements_that_are_no_lanes() {
    for element in [1 << 56, (1 << 56) + 1, i64::MAX, -1, -128] {
        for place in 0..4 {
            let inputs = WeightColumn.inputs().into_iter();
            let mut given = inputs.map(|wire| (wire, 0)).collect::<Vec<_>>();
            given[place].1 = element;
            let filled = Wires::fill(&WeightColumn, &given, &[]);
            assert!(!filled.satisfy(&WeightColumn, &[]), "{element:#x}");
        }
    }
}

#[test]
fn zero_element_is_seven_zero_weights() {
    assert_eq!(
        Lane::Int8.pack(&[0; 7]).unwrap(),
        [WeightColumn::ZERO_ELEMENT]
    );
}

#[test]
fn max_pool_takes_the_largest_and_refuses_bends() {
    let mut random = Random(14);
    for round in 0..30 {
        for (bits, packed) in [
            (8, false),
            (16, false),
            (20, true),
            (24, true),
            (32, true),
            (32, false),
            (36, true),
            (36, false),
            (40, true),
            (40, false),
        ] {
            let gate = MaxPool::new(bits, packed);
            let limit = 1_i64 << (bits - 1);
            let mut value = || match round % 3 {
                0 => random.below(3).cast_signed(),
                1 => [-limit, limit - 1, 0][random.below(3) as usize],
                _ => random.below(limit.unsigned_abs()).cast_signed() - limit / 2,
            };
            let values = (0..gate.windows()).map(|_| [(); 4].map(|()| value()));
            let values = values.collect::<Vec<_>>();
            let given = values.iter().enumerate().flat_map(|(window, row)| {
                let wire = move |(index, &value)| (MaxPool::value(window, index), value);
                row.iter().enumerate().map(wire)
            });
            let given = given.collect::<Vec<_>>();
            let filled = Wires::fill(&gate, &given, &[]).0;
            let mut differences = Vec::new();
            for (window, row) in values.iter().enumerate() {
                let largest = *row.iter().max().unwrap();
                assert_eq!(filled[gate.largest(window)], signed(largest));
                differences.extend(row.iter().map(|value| (largest - value).cast_unsigned()));
            }
            if packed {
                let elements = differences.chunks(62 / bits as usize).enumerate();
                for (element, chunk) in elements {
                    let packed = chunk.iter().rev().fold(0, |sum, part| sum << bits | part);
                    assert_eq!(filled[gate.element(element)].to_canonical_u64(), packed);
                }
            }
            holds_and_refuses_bends(&gate, &given, &[]);
        }
    }
}

/// A prover that takes another value than the largest, and solves every other wire for it.
#[test]
fn max_pool_has_one_solution() {
    let gate = MaxPool::new(20, true);
    for (values, claim) in [
        ([5, 5, 5, 5], 6),
        ([5, 5, 5, 5], 4),
        ([1, 2, 3, 4], 3),
        ([1, 2, 3, 4], 5),
        ([-9, -9, 800_000, 7], 7),
    ] {
        let honest = Wires::fill(&gate, &inputs_of(&gate, values), &[]).0;
        let mut bent = honest.clone();
        for window in 0..gate.windows() {
            bent[gate.largest(window)] = signed(claim);
            for (index, value) in values.into_iter().enumerate() {
                let difference = signed(claim - value).to_canonical_u64();
                let start = gate.routed() + MaxPool::value(window, index) * 9;
                for limb in 0..9 {
                    bent[start + limb] = F::from_canonical_u64((difference >> (2 * limb)) & 3);
                }
            }
        }
        for element in 0..gate.elements() {
            let mut packed = F::ZERO;
            for part in (3 * element..3 * element + 3).rev() {
                packed = packed * F::from_canonical_u64(1 << 20) + signed(claim - values[part % 4]);
            }
            bent[gate.element(element)] = packed;
        }
        assert!(!Wires(bent).satisfy(&gate, &[]), "{values:?} {claim}");
        assert!(Wires(honest).satisfy(&gate, &[]));
    }
}

/// Differences out of range are refused, so a packing stands for one set of values.
#[test]
fn max_pool_refuses_differences_out_of_range() {
    let gate = MaxPool::new(20, true);
    for wide in [1 << 20, (1 << 20) + 1, 1 << 40, 1 << 62] {
        let given = inputs_of(&gate, [0, -wide, 0, 0]);
        assert!(
            !Wires::fill(&gate, &given, &[]).satisfy(&gate, &[]),
            "{wide:#x}"
        );
    }
}

fn inputs_of(gate: &MaxPool, values: [i64; 4]) -> Vec<(usize, i64)> {
    let window = |window| (0..4).map(move |i| (MaxPool::value(window, i), values[i]));
    (0..gate.windows()).flat_map(window).collect()
}

#[test]
fn bits_hold_every_value_up_to_the_bound() {
    for (bound, bits) in [(0, 2), (3, 2), (4, 4), (255, 8), (256, 10), (819_200, 20)] {
        assert_eq!(bits_of(bound), bits);
    }
}
