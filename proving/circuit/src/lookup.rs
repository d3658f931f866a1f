//! Tables that the model commits to, looked up in at a random point.
//!
//! A table has a value `T[j]` for each of its keys `j`: the int8 lanes, or the differences of two of them. For keys
//! `x_i` of the circuit's own making the prover supplies values `y_i` and how often it uses each entry, `m_j`. With the challenges `c`, `g` of
//! [`crate::challenge`] the circuit checks (Haböck, "Multivariate lookups based on logarithmic derivatives")
//!
//! ```text
//! Σ_j m_j / (c - j - g·T[j]) = Σ_i 1 / (c - x_i - g·y_i)
//! ```
//!
//! # Soundness
//!
//! As a rational function of `c` and `g` the right side has a pole along `c = x + g·y` for each pair `(x, y)` that it
//! holds, with a coefficient between 1 and the number of lookups, so not zero in the field. If a pair is not an entry
//! of the table, the left side has no such pole and the two sides differ; their difference, over a common
//! denominator, has a numerator of degree below `n + 256` for `n` lookups. Values and counts are absorbed before the
//! challenges are squeezed, keys are functions of what was absorbed, the table is bound by the model digest: so a
//! wrong value passes with probability at most `(n + 256) / p^2`.
//!
//! A key need not be known to be a key of the table: one that is not is in a pair that is no entry. So a lookup is
//! also the range check of its keys. Nothing is assumed of values.

use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::challenge::{Challenges, Ext, Transcript};
use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::{LogUp, Pack};
use crate::layout::{Int8, Layout};

/// Entries of a table.
pub const ENTRIES: usize = 256;

/// The lookups of one node in its table.
pub struct Lookup {
    /// The node that they belong to.
    pub node: usize,
    /// The key of the first entry; each entry's is one more than the one before.
    pub first_key: i64,
    /// The table's entries.
    pub table: Vec<Target>,
    /// The keys looked up.
    pub keys: Vec<Target>,
    /// What the prover says is found.
    pub values: Vec<Target>,
    /// How often the prover says each entry is used.
    pub counts: Vec<Target>,
}

/// A term of the sum: key, value, count.
type Term = [Target; 3];

impl Lookup {
    /// Adds targets for the values and counts of lookups of int8 lanes in a table of int8 lanes, range-checks the
    /// values and absorbs both.
    pub fn of_lanes(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        table: &[Target],
        keys: &[Int8],
    ) -> Self {
        let values = layout.builder.add_virtual_targets(keys.len());
        transcript.supply(&values);
        // The packing is injective on what its gate takes, whatever the table holds.
        let packed = layout.count(Purpose::Tables, |layout| {
            layout.pack(Pack::full(Lane::Int8), &values)
        });
        transcript.absorb_as(&packed, &values);
        let keys = keys.iter().map(|key| key.target()).collect();
        Self::absorbed(
            layout,
            transcript,
            node,
            i8::MIN.into(),
            table,
            keys,
            values,
        )
    }

    /// Adds targets for the counts of lookups of differences of lanes, and absorbs them and the given values.
    pub fn of_differences(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        table: &[Target],
        [keys, values]: [Vec<Target>; 2],
    ) -> Self {
        transcript.supply(&values);
        transcript.absorb(&values);
        Self::absorbed(layout, transcript, node, 0, table, keys, values)
    }

    fn absorbed(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        first_key: i64,
        table: &[Target],
        keys: Vec<Target>,
        values: Vec<Target>,
    ) -> Self {
        let counts = layout.builder.add_virtual_targets(table.len());
        transcript.supply(&counts);
        transcript.absorb(&counts);
        Self {
            node,
            first_key,
            table: table.to_vec(),
            keys,
            values,
            counts,
        }
    }

    /// Adds the check. It binds the values only if the challenges are squeezed after they were absorbed.
    pub fn check(&self, layout: &mut Layout, challenges: Challenges) {
        layout.count(Purpose::Tables, |layout| {
            let less_one = layout.builder.neg_one();
            let used = self.keys.iter().zip(&self.values);
            let used = used.map(|(&key, &value)| [key, value, less_one]);
            let mut terms = used.collect::<Vec<Term>>();
            let entries = self.table.iter().zip(&self.counts);
            for (key, (&value, &count)) in (self.first_key..).zip(entries) {
                let key = layout.builder.constant(signed(key));
                terms.push([key, value, count]);
            }
            let sum = sum_of(layout, challenges, &terms);
            let zero = layout.builder.zero_extension();
            layout.connect_pair(sum, zero);
        });
    }

    /// Returns how often each entry is used by keys of a table that starts with `first_key`.
    pub fn count(first_key: i64, keys: impl IntoIterator<Item = i64>) -> Vec<F> {
        let mut counts = vec![0_u64; ENTRIES];
        for key in keys {
            let entry = usize::try_from(key - first_key).expect("a key of the table");
            counts[entry] += 1;
        }
        counts.into_iter().map(F::from_canonical_u64).collect()
    }
}

/// Returns the sum of the terms.
fn sum_of(layout: &mut Layout, challenges: Challenges, terms: &[Term]) -> Ext {
    let zero = layout.builder.zero();
    let mut sum = layout.builder.zero_extension();
    for row in terms.chunks(LogUp::TERMS) {
        let operation = layout.place(LogUp, &[]);
        layout.connect_pair(operation.pair(LogUp::POINT), challenges.positions);
        layout.connect_pair(operation.pair(LogUp::MIX), challenges.outputs);
        layout.connect_pair(operation.pair(LogUp::BEFORE), sum);
        for term in 0..LogUp::TERMS {
            // An absent term counts nothing.
            let [key, value, count] = row.get(term).copied().unwrap_or([zero; 3]);
            layout
                .builder
                .connect(operation.wire(LogUp::key(term)), key);
            layout
                .builder
                .connect(operation.wire(LogUp::value(term)), value);
            layout
                .builder
                .connect(operation.wire(LogUp::count(term)), count);
        }
        sum = operation.pair(LogUp::AFTER);
    }
    sum
}
