//! Tables that the model commits to: right values are accepted, every wrong value or count is refused.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitData;

use super::gates::{Wires, holds_and_refuses_bends, is_well_formed};
use super::models::Random;
use crate::challenge::Transcript;
use crate::check::{Grid, Rows};
use crate::cost::Purpose;
use crate::gates::{Formula, LogUp};
use crate::layout::{LaneTarget, Layout};
use crate::lookup::Lookup;
use crate::{C, D, F, model_config, signed};

#[test]
fn log_up_sums_terms_and_refuses_bends() {
    is_well_formed(LogUp, 1);
    let mut random = Random(21);
    let inputs = LogUp.inputs().into_iter();
    let given = inputs.map(|wire| (wire, (random.word() >> 2).cast_signed()));
    let given = given.collect::<Vec<_>>();
    let filled = Wires::fill(&LogUp, &given, &[]).0;
    let pair = |wire: usize| QuadraticExtension([filled[wire], filled[wire + 1]]);
    let base = |wire: usize| QuadraticExtension::from(filled[wire]);
    let expected = (0..LogUp::TERMS).fold(pair(LogUp::BEFORE), |sum, term| {
        let mixed = pair(LogUp::MIX) * base(LogUp::value(term));
        let denominator = pair(LogUp::POINT) - base(LogUp::key(term)) - mixed;
        sum + base(LogUp::count(term)) / denominator
    });
    assert_eq!(pair(LogUp::AFTER), expected);
    holds_and_refuses_bends(&LogUp, &given, &[]);
}

#[test]
fn log_up_has_no_witness_for_a_denominator_of_zero() {
    let inputs = LogUp.inputs().into_iter();
    let given = inputs.map(|wire| (wire, 0)).collect::<Vec<_>>();
    assert!(!Wires::fill(&LogUp, &given, &[]).satisfy(&LogUp, &[]));
}

/// Lookups alone, their challenges squeezed from what they absorb.
struct Alone {
    data: CircuitData<F, C, D>,
    lookup: Lookup,
    table: Vec<i64>,
    keys: Vec<i32>,
    /// Rows for the table and the lookups.
    rows: usize,
}

impl Alone {
    fn new(count: usize) -> Self {
        let mut random = Random(22);
        let table = (0..256)
            .map(|_| i64::from(random.int8()))
            .collect::<Vec<_>>();
        let edges = [-128, 127, 0];
        let key = |i: usize| {
            edges
                .get(i)
                .copied()
                .unwrap_or_else(|| random.int8().into())
        };
        let keys = (0..count).map(key).collect::<Vec<i32>>();
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let mut transcript = Transcript::default();
        let entries = layout.builder.add_virtual_targets(256);
        let lanes = layout.builder.add_virtual_targets(count);
        let lanes = lanes
            .into_iter()
            .map(LaneTarget::checked)
            .collect::<Vec<_>>();
        let lookup = Lookup::new(&mut layout, &mut transcript, 0, &entries, &lanes);
        let digest = layout.builder.constant_hash(HashOut::ZERO);
        let challenges = transcript.squeeze(&mut layout, digest, digest);
        lookup.check(&mut layout, challenges);
        layout.finish();
        let (builder, rows) = layout.into_parts();
        let rows = rows.iter().filter(|count| count.purpose == Purpose::Tables);
        Self {
            rows: rows.map(|count| count.rows).sum(),
            data: builder.build::<C>(),
            lookup,
            table,
            keys,
        }
    }

    fn honest(&self) -> Vec<(Target, F)> {
        let lookup = &self.lookup;
        let found = |&key: &i32| signed(self.table[usize::try_from(key + 128).unwrap()]);
        let keys = self.keys.iter().map(|&key| signed(key.into()));
        let table = self.table.iter().map(|&entry| signed(entry));
        let pairs = lookup.keys.iter().copied().zip(keys);
        let pairs = pairs.chain(lookup.columns[0].table.iter().copied().zip(table));
        let pairs = pairs.chain(
            lookup
                .values
                .iter()
                .copied()
                .zip(self.keys.iter().map(found)),
        );
        let counts = Lookup::count(lookup.first, lookup.counts.len(), &self.keys);
        pairs
            .chain(lookup.counts.iter().copied().zip(counts))
            .collect()
    }

    fn accepts(&self, changed: &[(Target, F)]) -> bool {
        let mut witness = PartialWitness::new();
        for (target, value) in self.honest() {
            let other = changed.iter().find(|(bent, _)| *bent == target);
            witness
                .set_target(target, other.map_or(value, |(_, other)| *other))
                .unwrap();
        }
        let data = &self.data;
        generate_partial_witness(witness, &data.prover_only, &data.common)
            .is_ok_and(|filled| Rows::of(data).check(&Grid::of(&filled), &[]).is_ok())
    }
}

#[test]
fn right_values_are_accepted_and_wrong_ones_refused() {
    for count in [1, 40] {
        let alone = Alone::new(count);
        assert!(alone.accepts(&[]));
        let honest = alone.honest();
        let value_of = |target: Target| honest.iter().find(|(t, _)| *t == target).unwrap().1;
        let lookup = &alone.lookup;
        for &value in &lookup.values {
            for delta in [F::ONE, F::NEG_ONE, F::from_canonical_u64(1 << 40)] {
                assert!(!alone.accepts(&[(value, value_of(value) + delta)]));
            }
        }
        // A count one more, one less, and moved to another entry.
        for pair in lookup.counts.windows(2).step_by(17) {
            let [one, two] = [pair[0], pair[1]].map(|count| (count, value_of(count)));
            assert!(!alone.accepts(&[(one.0, one.1 + F::ONE)]));
            assert!(!alone.accepts(&[(one.0, one.1 - F::ONE)]));
            assert!(!alone.accepts(&[(one.0, one.1 + F::ONE), (two.0, two.1 - F::ONE)]));
        }
    }
}

#[test]
fn another_entrys_value_is_refused_with_any_count() {
    let alone = Alone::new(3);
    // Key -128 gets the value of key 127, and the counts follow the value.
    let counts = &alone.lookup.counts;
    let value = signed(alone.table[255]);
    assert_ne!(alone.table[0], alone.table[255]);
    let moved = [
        (alone.lookup.values[0], value),
        (counts[0], F::ZERO),
        (counts[255], F::TWO),
    ];
    assert!(!alone.accepts(&moved));
}

#[test]
fn lookups_have_the_pinned_cost() {
    // 256 entries and 40 or 400 lookups: 24 a row, and packing 28 values a row.
    assert_eq!([40, 400].map(|count| Alone::new(count).rows), [15, 43]);
}

/// Were keys and values mixed at one point, `x - key - x·value` would be `x·(1 - value)` at key zero, and a wrong value
/// there only another factor of its count.
#[test]
fn wrong_value_at_key_zero_is_refused_with_its_factor_of_the_count() {
    let alone = Alone::new(3);
    let (lookup, honest) = (&alone.lookup, alone.table[128]);
    assert_eq!(alone.keys[2], 0);
    let wrong = if honest == 5 { 6 } else { 5 };
    let factor = |value: i64| F::ONE - signed(value);
    let count = factor(honest) / factor(wrong);
    let changed = [
        (lookup.values[2], signed(wrong)),
        (lookup.counts[128], count),
    ];
    assert!(!alone.accepts(&changed));
}
