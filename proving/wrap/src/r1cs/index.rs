//! Tables over the bits of a query index: powers of the evaluation point without a single reduction.
//!
//! A function of a few bits is a linear combination of the products ("monomials") of those bits. The high bits of an
//! index, those left after all foldings, get all their monomials once; then any table over them is free, and exact:
//! its value is an entry of the table, below 2^64, never an unreduced product. Tables over more bits are sums, over
//! the settings of the other bits, of one product each.

use super::builder::Builder;
use super::goldilocks::Gl;
use super::lc::Lc;
use ark_bn254::Fr;
use ark_ff::One;

/// The most high bits that get monomials: 2^12 variables for each query would outweigh what they save.
const MAX_WINDOW: usize = 12;

/// The index of one query.
pub struct QueryIndex {
    /// All bits, lowest first.
    pub bits: Vec<Lc>,
    /// The products of the high bits; entry `m` multiplies the bits set in `m`.
    monomials: Vec<Lc>,
    window: usize,
}

/// A table over high bits (the window) and, above them in the table's index, some lower bits.
///
/// Entry `[m][h]`: coefficient of the window's monomial `h` where the lower bits have the value `m`.
pub struct Table {
    coefficients: Vec<Vec<Fr>>,
}

impl Table {
    /// Prepares a table: `entry(low, high)` for values of the lower bits and of the window.
    pub fn new(low_bits: usize, window: usize, entry: impl Fn(usize, usize) -> u64) -> Self {
        let coefficients = (0..1 << low_bits)
            .map(|low| {
                monomial_coefficients(
                    (0..1 << window)
                        .map(|high| entry(low, high).into())
                        .collect(),
                )
            })
            .collect();
        Self { coefficients }
    }
}

/// Turns the values of a function of bits into the coefficients of its monomials.
fn monomial_coefficients(mut values: Vec<Fr>) -> Vec<Fr> {
    let mut stride = 1;
    while stride < values.len() {
        for k in 0..values.len() {
            if k & stride != 0 {
                let without = values[k ^ stride];
                values[k] -= without;
            }
        }
        stride *= 2;
    }
    values
}

impl QueryIndex {
    /// Prepares an index whose `window` highest bits get monomials. `2^window - window - 1` constraints.
    pub fn new(b: &mut Builder, bits: Vec<Lc>, window: usize) -> Self {
        assert!(
            window <= MAX_WINDOW && window <= bits.len(),
            "a window of {window} bits"
        );
        let monomials = monomials(b, &bits[bits.len() - window..]);
        Self {
            bits,
            monomials,
            window,
        }
    }

    /// Returns a one-hot selector of the `count` highest bits. Free.
    pub fn top_one_hot(&self, count: usize) -> Vec<Lc> {
        assert!(
            count <= self.window,
            "the selector's bits are in the window"
        );
        let unused = self.window - count;
        let hot = |k: usize| {
            let values = (0..1usize << count)
                .map(|j| Fr::from(u64::from(j == k)))
                .collect();
            let coefficients = monomial_coefficients(values);
            Lc::weighted(
                (0..1 << count)
                    .map(|m| &self.monomials[m << unused])
                    .zip(coefficients),
            )
        };
        (0..1 << count).map(hot).collect()
    }

    /// Returns an entry of a table over the window alone. Free.
    pub fn look_up_window(&self, table: &Table) -> Gl {
        let [coefficients] = &table.coefficients[..] else {
            panic!("the table has no lower bits")
        };
        Gl::from_range_checked(self.combine(coefficients), 64)
    }

    /// Returns an entry of a table over the window and lower bits, whose one-hot selector is given. One constraint
    /// for each setting of the lower bits.
    pub fn look_up(&self, b: &mut Builder, table: &Table, low: &[Lc]) -> Gl {
        assert_eq!(
            low.len(),
            table.coefficients.len(),
            "the selector covers the table"
        );
        if low.len() == 1 {
            return self.look_up_window(table);
        }
        let parts: Vec<Lc> = low
            .iter()
            .zip(&table.coefficients)
            .map(|(hot, row)| b.mul(&self.combine(row), hot))
            .collect();
        Gl::from_range_checked(Lc::sum(&parts), 64)
    }

    fn combine(&self, coefficients: &[Fr]) -> Lc {
        Lc::weighted(self.monomials.iter().zip(coefficients.iter().copied()))
    }
}

/// Returns the products of all subsets of bits.
fn monomials(b: &mut Builder, bits: &[Lc]) -> Vec<Lc> {
    let mut out = vec![Lc::constant(Fr::one())];
    for bit in bits {
        for k in 0..out.len() {
            let next = if k == 0 {
                bit.clone()
            } else {
                b.mul(&out[k], bit)
            };
            out.push(next);
        }
    }
    out
}

/// Returns the one-hot selector of bits: entry `k` is one iff the bits, lowest first, have the value `k`.
/// `2^n - 2` constraints, one if there is a single bit or none.
pub fn one_hot(b: &mut Builder, bits: &[Lc]) -> Vec<Lc> {
    let mut out = vec![Lc::one()];
    for (k, bit) in bits.iter().enumerate() {
        let set: Vec<Lc> = if k == 0 {
            vec![bit.clone()]
        } else {
            out.iter().map(|hot| b.mul(hot, bit)).collect()
        };
        let clear: Vec<Lc> = out.iter().zip(&set).map(|(hot, set)| hot - set).collect();
        out = clear.into_iter().chain(set).collect();
    }
    out
}

/// Returns the entry that bits, lowest first, choose from `2^n` extension elements. `2 * (2^n - 1)` constraints.
pub fn choose(b: &mut Builder, bits: &[Lc], entries: &[super::Ext]) -> super::Ext {
    assert_eq!(
        entries.len(),
        1 << bits.len(),
        "the bits choose among all entries"
    );
    let mut entries = entries.to_vec();
    for bit in bits {
        entries = entries
            .chunks(2)
            .map(|pair| super::Ext::select(b, bit, &pair[1], &pair[0]))
            .collect();
    }
    entries.swap_remove(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r1cs::Ext;
    use crate::r1cs::testing::check_gadget;

    #[test]
    fn tables_are_exact_at_every_index() {
        let entry = |low: usize, high: usize| (low as u64 * 1_000_003 + 17) * (high as u64 + 3);
        let table = Table::new(2, 3, entry);
        for index in 0..32u64 {
            check_gadget(&[index], &[5], |b| {
                let bits = b.bits(&b.input(0), 5);
                let value = b.input(0).value();
                let query = QueryIndex::new(b, bits.clone(), 3);
                let low = one_hot(b, &bits[..2]);
                let found = query.look_up(b, &table, &low);
                let top = query.top_one_hot(2);
                if b.check().is_ok() && value == index.into() {
                    let index = index as usize;
                    assert_eq!(found.lc().value(), entry(index % 4, index / 4).into());
                    for (k, hot) in top.iter().enumerate() {
                        assert_eq!(hot.value(), Fr::from(u64::from(index / 8 == k)));
                    }
                }
            });
        }
    }

    #[test]
    fn choice_is_that_of_the_bits() {
        let words: Vec<u64> = (0..16).map(|k| u64::MAX - 7 * k).collect();
        for index in 0..8u64 {
            let mut inputs = vec![index];
            inputs.extend(&words);
            check_gadget(&inputs, &[1; 17], |b| {
                let bits = b.bits(&b.input(0), 3);
                let word = |b: &Builder, k: usize| Gl::from_range_checked(b.input(1 + k), 64);
                let entries: Vec<Ext> = (0..8)
                    .map(|k| Ext {
                        c0: word(b, 2 * k),
                        c1: word(b, 2 * k + 1),
                    })
                    .collect();
                let chosen = choose(b, &bits, &entries);
                if b.check().is_ok() && b.input(0).value() == index.into() {
                    assert_eq!(chosen.residue(), entries[index as usize].residue());
                }
            });
        }
    }
}
