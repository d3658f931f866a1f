//! Tables looked up in at a random point.
//!
//! A table has an entry for each key from its first one on: of the model's committed data, or of the input. An entry is
//! a value `T[j]`, or several, one in each column. For keys `x_i` of the circuit's own making the prover supplies what
//! is found, `y_i`, and how often it uses each entry, `m_j`. With the challenges `c`, `g` of [`crate::challenge`] the
//! circuit checks for each column (Haböck, "Multivariate lookups based on logarithmic derivatives")
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
//! denominator, has a numerator of degree below `n + m` for `n` lookups in `m` entries. Found values and counts are
//! absorbed before the challenges are squeezed, the table is bound by the digest of the model or of the input, and keys
//! are functions of what was absorbed while everything before the node is right, of which [`crate::challenge`] takes the
//! first that is not: so a wrong value, or a key that the table does not have, passes with probability at most
//! `(n + m) / p^2`. That holds whatever the values and counts are, so neither needs a range check of its own, and of a wrong row it is enough that one column refuses it. Over all columns and tables `n + m` sum to
//! less than 2^22, as a circuit has at most 2^17 rows of 24 terms.

use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::challenge::{Challenges, Ext, Transcript};
use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::{LogUp, Pack};
use crate::layout::{LaneTarget, Layout};

/// The lookups of one node in its table.
pub struct Lookup {
    /// The node that they belong to.
    pub node: usize,
    /// The key of the table's first entry.
    pub first: i32,
    /// The keys looked up.
    pub keys: Vec<Target>,
    /// The table and what is found in it.
    pub columns: Vec<Column>,
    /// What the prover supplies of what is found.
    pub values: Vec<Target>,
    /// How often the prover says each entry is used.
    pub counts: Vec<Target>,
}

/// One value of each entry.
pub struct Column {
    /// Of the table's entries.
    pub table: Vec<Target>,
    /// Of what each key finds.
    pub found: Vec<Target>,
}

/// A term of the sum: key, value, count.
type Term = [Target; 3];

impl Lookup {
    /// Adds targets for the values and counts of lookups in a table of lanes, one for each lane from -128; range-checks
    /// the values and absorbs both.
    pub fn new(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        table: &[Target],
        keys: &[LaneTarget],
    ) -> Self {
        let values = layout.builder.add_virtual_targets(keys.len());
        transcript.supply(&values);
        // The packing is injective on what its gate takes, whatever the table holds.
        let packed = layout.count(Purpose::Tables, |layout| {
            layout.pack(Pack::full(Lane::Int8), &values)
        });
        transcript.absorb_as(&packed, &values);
        let columns = vec![Column {
            table: table.to_vec(),
            found: values.clone(),
        }];
        let keys = keys.iter().map(|key| key.target()).collect();
        let first = i8::MIN.into();
        Self::of(layout, transcript, node, (first, keys, columns), values)
    }

    /// Adds targets for the counts of lookups of these keys, in a table whose keys count from the first one, and
    /// absorbs them. What is found must be a function of what is absorbed: `values` are noted as supplied for it.
    ///
    /// # Panics
    /// If a column is longer or shorter than another.
    pub fn of(
        layout: &mut Layout,
        transcript: &mut Transcript,
        node: usize,
        (first, keys, columns): (i32, Vec<Target>, Vec<Column>),
        values: Vec<Target>,
    ) -> Self {
        let entries = columns.first().map_or(0, |column| column.table.len());
        let fits =
            |column: &Column| (column.table.len(), column.found.len()) == (entries, keys.len());
        assert!(
            columns.iter().all(fits),
            "a column has a value of every entry and key"
        );
        let counts = layout.builder.add_virtual_targets(entries);
        transcript.supply(&counts);
        transcript.absorb(&counts);
        Self {
            node,
            first,
            keys,
            columns,
            values,
            counts,
        }
    }

    /// Adds the check. It binds the values only if the challenges are squeezed after they were absorbed.
    pub fn check(&self, layout: &mut Layout, challenges: Challenges) {
        layout.count(Purpose::Tables, |layout| {
            for column in &self.columns {
                self.check_column(layout, challenges, column);
            }
        });
    }

    fn check_column(&self, layout: &mut Layout, challenges: Challenges, column: &Column) {
        let less_one = layout.builder.neg_one();
        let used = self.keys.iter().zip(&column.found);
        let used = used.map(|(&key, &value)| [key, value, less_one]);
        let mut terms = used.collect::<Vec<Term>>();
        let entries = column.table.iter().zip(&self.counts);
        for (key, (&value, &count)) in (self.first..).zip(entries) {
            let key = layout.constant_of(signed(key.into()));
            terms.push([key, value, count]);
        }
        let sum = sum_of(layout, challenges, &terms);
        let zero = layout.builder.zero_extension();
        layout.connect_pair(sum, zero);
    }

    /// Returns how often each of the entries from the key `first` on is used by these keys.
    ///
    /// # Panics
    /// If a key has no entry: checked data and inputs have one.
    pub fn count(first: i32, entries: usize, keys: &[i32]) -> Vec<F> {
        let mut counts = vec![0_u64; entries];
        for &key in keys {
            let entry = usize::try_from(key - first).expect("no key is below the first");
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
