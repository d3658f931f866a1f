//! Sums of terms times powers of alpha.
//!
//! Reductions are what costs: one constraint for each bit of the integer that is reduced, while a product is a single
//! constraint. A term of about 200 bits (three wires multiplied) times a 64-bit power would not fit the field, and
//! reducing every term first would cost 400 constraints a term. So small powers of alpha are kept as two 32-bit halves:
//! the sums with either half fit, and only the two sums are reduced. Terms are taken in blocks of consecutive powers;
//! a block's sum is multiplied with the power that it starts at.

use super::super::builder::Builder;
use super::super::extension::Ext;
use super::super::goldilocks::Gl;
use ark_bn254::Fr;

/// Products and sums stay under this many bits, so that the emulated arithmetic never has to reduce by itself.
const LIMIT_BITS: u32 = 249;

/// Bits of one half of a power.
const HALF_BITS: u32 = 32;

/// Constraints up to this width are filtered before they are folded: with a 64-bit filter (and three bits for the
/// extension's multiplication, four for the number of gates) they still fit the fold by halves.
pub(super) const NARROW_BITS: u32 = 138;

/// A reduced word as `low + 2^32 · high`.
#[derive(Clone, Debug)]
struct Halves {
    low: Gl,
    high: Gl,
}

impl Halves {
    /// Reduces a word: as [`Gl::reduce`], but the remainder is two range-checked halves instead of one.
    ///
    /// # Costs
    /// One constraint for each bit of the remainder and the quotient.
    fn reduce(b: &mut Builder, x: &Gl) -> Self {
        let word = x.residue();
        let mut half = |value: u64| {
            let lc = b.witness(Fr::from(value));
            b.range_check(&lc, HALF_BITS);
            Gl::from_checked(b, lc, HALF_BITS)
        };
        let halves = Self {
            low: half(word & u64::from(u32::MAX)),
            high: half(word >> HALF_BITS),
        };
        let whole = halves.whole();
        // The halves are hints like any remainder: deferred reductions must be drawn after them. Their word has one pair
        // of halves, so binding it binds both.
        whole.bind(b);
        x.assert_equal(b, &whole);
        halves
    }

    fn whole(&self) -> Gl {
        self.low.add(&self.high.mul_power_of_2(HALF_BITS))
    }
}

/// The powers of one challenge.
pub(super) struct AlphaPowers {
    /// `alpha^0 ..= alpha^block`.
    small: Vec<Halves>,
    /// Larger powers that blocks start at, by exponent, in rising order.
    large: Vec<(usize, Gl)>,
}

impl AlphaPowers {
    pub(super) fn new(b: &mut Builder, alpha: &Gl, block: usize) -> Self {
        let one = Halves {
            low: Gl::one(),
            high: Gl::zero(),
        };
        let mut small = vec![one];
        let mut power = alpha.clone();
        for exponent in 1..=block {
            let halves = Halves::reduce(b, &power);
            if exponent < block {
                power = halves.whole().mul(b, alpha);
            }
            small.push(halves);
        }
        Self {
            small,
            large: Vec::new(),
        }
    }

    fn block(&self) -> usize {
        self.small.len() - 1
    }

    /// `alpha^exponent`, reduced and kept.
    fn power(&mut self, b: &mut Builder, exponent: usize) -> Gl {
        if let Some(halves) = self.small.get(exponent) {
            return halves.whole();
        }
        if let Some((_, power)) = self.large.iter().find(|(known, _)| *known == exponent) {
            return power.clone();
        }
        let before = self.power(b, exponent - self.block());
        let step = self.small[self.block()].whole();
        let power = before.mul(b, &step).reduce(b);
        self.large.push((exponent, power.clone()));
        power
    }
}

/// Returns `sum terms[j] * alpha^(offset + j)` for each alpha, below about 2^165.
pub(super) fn fold(
    b: &mut Builder,
    terms: &[Ext],
    offset: usize,
    alphas: &mut [AlphaPowers],
) -> Vec<Ext> {
    let mut sums = vec![Ext::zero(); alphas.len()];
    let block = alphas.first().map_or(1, AlphaPowers::block);
    for (number, terms) in terms.chunks(block).enumerate() {
        let room = usize::BITS - terms.len().leading_zeros();
        let by_half = LIMIT_BITS - HALF_BITS - room;
        let by_whole = LIMIT_BITS - 2 * HALF_BITS - room;
        let terms: Vec<Ext> = terms
            .iter()
            .map(|term| term.reduce_over(b, by_half))
            .collect();
        let widest = terms.iter().map(Ext::magnitude_bits).max().unwrap_or(0);
        for (sum, alpha) in sums.iter_mut().zip(alphas.iter_mut()) {
            let folded = if widest <= by_whole {
                weighted(b, &terms, &alpha.small, Halves::whole).reduce(b)
            } else {
                let low = weighted(b, &terms, &alpha.small, |halves| halves.low.clone());
                let high = weighted(b, &terms, &alpha.small, |halves| halves.high.clone());
                let high = high.reduce(b).mul_base_const(1 << HALF_BITS);
                low.reduce(b).add(&high)
            };
            let start = offset + number * block;
            *sum = if start == 0 {
                sum.add(&folded)
            } else {
                let start = alpha.power(b, start);
                sum.add(&folded.mul_base(b, &start))
            };
        }
    }
    sums
}

/// `sum terms[j] * part(powers[j])`, where the first power is one.
fn weighted(
    b: &mut Builder,
    terms: &[Ext],
    powers: &[Halves],
    part: impl Fn(&Halves) -> Gl,
) -> Ext {
    let products: Vec<Ext> = terms
        .iter()
        .zip(powers)
        .enumerate()
        .map(|(k, (term, power))| match k {
            0 => term.scale(part(power).residue() as i64),
            _ => term.mul_base(b, &part(power)),
        })
        .collect();
    Ext::sum(&products)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r1cs::Mode;
    use crate::r1cs::testing::check_gadget;

    #[test]
    fn halves_denote_the_word_and_each_hint_is_bound() {
        for x in [
            0,
            1,
            1 << 32,
            (1 << 32) - 1,
            u64::MAX,
            0xffff_ffff_0000_0000,
        ] {
            check_gadget(&[x], &[77], |b| {
                let word = Gl::from_range_checked(b.input(0), 64);
                let square = word.square(b);
                Halves::reduce(b, &square);
            });
        }
    }

    /// A half of 33 bits is no half: `low + 2^32` and `high - 1` denote the same word, and the sums that each half is
    /// part of would be wider than their intervals.
    #[test]
    fn halves_have_32_bits() {
        let word = (7u64 << 32) + 5;
        let build = |low: Fr, high: Fr| {
            let mut b = Builder::new(Mode::Witness, &[Fr::from(word)]);
            b.bend_hint(0, low);
            b.bend_hint(HALF_BITS as usize, high);
            let word = Gl::from_range_checked(b.input(0), 64);
            Halves::reduce(&mut b, &word);
            b.check()
        };
        build(Fr::from(0u64), Fr::from(0u64)).unwrap();
        build(Fr::from(1u64 << 32), -Fr::from(1u64)).unwrap_err();
        build(-Fr::from(1u64 << 32), Fr::from(1u64)).unwrap_err();
    }

    /// Each pair of halves is bound, and once: what is bound costs constraints.
    #[test]
    fn halves_are_bound_once() {
        let mut b = Builder::new(Mode::Witness, &[Fr::from(9u64)]);
        b.defer_reductions();
        let word = Gl::from_range_checked(b.input(0), 64);
        for _ in 0..3 {
            Halves::reduce(&mut b, &word);
        }
        assert_eq!(b.deferred().map(|deferred| deferred.bound()), Some(3));
    }

    #[test]
    fn folding_by_blocks_is_the_plain_sum() {
        let inputs = [3, 1 << 40, u64::MAX - 9, 12345, 1 << 63];
        check_gadget(&inputs, &[1; 5], |b| {
            let words: Vec<Gl> = (0..5)
                .map(|k| Gl::from_range_checked(b.input(k), 64))
                .collect();
            let alpha = &words[0];
            let wide = words[1].mul(b, &words[2]).mul(b, &words[3]);
            let terms = [
                Ext::from_base(words[4].clone()),
                Ext {
                    c0: wide,
                    c1: words[2].clone(),
                },
                Ext::from_base(words[1].mul(b, &words[2])),
            ];
            let mut alphas = [AlphaPowers::new(b, alpha, 2)];
            let folded = fold(b, &terms, 3, &mut alphas).swap_remove(0);
            let mut plain = Ext::zero();
            for term in terms.iter().rev() {
                plain = plain.mul_base(b, alpha).add(term).reduce(b);
            }
            let cube = alpha.square(b).mul(b, alpha).reduce(b);
            plain.mul_base(b, &cube).assert_equal(b, &folded);
        });
    }
}
