//! Tables that the model commits to, looked up in at a random point.
//!
//! A table has an int8 value `T[j]` for each int8 key `j`. For keys `x_i` of the circuit's own making the prover
//! supplies values `y_i` and how often it uses each entry, `m_j`. With the challenges `c`, `g` of
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

use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::challenge::{Challenges, Ext, Transcript};
use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::{LogUp, Pack};
use crate::layout::{Int8, Layout};

/// The keys of a table, in the order of its entries.
const KEYS: std::ops::RangeInclusive<i64> = i8::MIN as i64..=i8::MAX as i64;

/// The lookups of one node in its table.
pub struct Lookup {
    /// The node that they belong to.
    pub node: usize,
    /// The table's entries, one for each key from -128.
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
    /// Adds targets for the values and counts of lookups, range-checks the values and absorbs both.
    pub fn new(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        table: &[Target],
        keys: &[Int8],
    ) -> Self {
        let values = layout.builder.add_virtual_targets(keys.len());
        let counts = layout.builder.add_virtual_targets(table.len());
        transcript.supply(&values);
        transcript.supply(&counts);
        // The packing is injective on what its gate takes, whatever the table holds.
        let packed = layout.count(Purpose::Tables, |layout| {
            layout.pack(Pack::full(Lane::Int8), &values)
        });
        transcript.absorb_as(&packed, &values);
        transcript.absorb(&counts);
        Self {
            node,
            table: table.to_vec(),
            keys: keys.iter().map(|key| key.target()).collect(),
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
            for (key, (&value, &count)) in KEYS.zip(self.table.iter().zip(&self.counts)) {
                let key = layout.builder.constant(signed(key));
                terms.push([key, value, count]);
            }
            let sum = sum_of(layout, challenges, &terms);
            let zero = layout.builder.zero_extension();
            layout.connect_pair(sum, zero);
        });
    }

    /// Returns how often each entry is used by these keys.
    pub fn count(keys: &[i32]) -> Vec<F> {
        let mut counts = vec![0_u64; KEYS.count()];
        for &key in keys {
            let entry = usize::try_from(i64::from(key) - KEYS.start()).expect("an int8 lane");
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
