//! Goldilocks arithmetic inside `Fr`, reduced as late as possible.
//!
//! A [`Gl`] is an *integer* held in a combination over `Fr`, with an interval that contains it whatever the prover
//! does. It denotes its residue modulo `p`. Additions and products are exact integers; nothing wraps modulo the order
//! of `Fr` because every interval is asserted, while building, to be narrower than that order. Only [`Gl::reduce`]
//! makes an integer small again, and only there and in [`Gl::witness`] do hints enter: each is range-checked.
//!
//! A reduced value is below 2^64 and not always below `p`: integers below `2^64 - p` have two forms. Both denote the
//! same field element, and every use of a reduced value depends on the residue only. Where the integer itself
//! matters, because it leaves the field, there is [`Gl::canonical`].

use super::builder::Builder;
use super::lc::Lc;
use super::uint::U256;
use ark_bn254::Fr;
use ark_ff::PrimeField;

/// The Goldilocks prime, 2^64 - 2^32 + 1.
pub const P: u64 = 0xffff_ffff_0000_0001;

/// An integer in `[-below, above]` that denotes its residue modulo `p`.
#[derive(Clone, Debug)]
pub struct Gl {
    lc: Lc,
    below: U256,
    above: U256,
}

const OVERFLOW: &str = "emulated integers stay below the order of Fr: reduce an operand first";

impl Gl {
    /// Returns a constant. It is held as the representative of least absolute value.
    pub fn constant(value: u64) -> Self {
        let value = value % P;
        let (negative, size) = if value > P / 2 {
            (true, P - value)
        } else {
            (false, value)
        };
        let lc = Lc::constant(if negative {
            -Fr::from(size)
        } else {
            Fr::from(size)
        });
        let (below, above) = if negative {
            (size.into(), U256::ZERO)
        } else {
            (U256::ZERO, size.into())
        };
        Self { lc, below, above }
    }

    /// Returns zero.
    pub fn zero() -> Self {
        Self::constant(0)
    }

    /// Returns one.
    pub fn one() -> Self {
        Self::constant(1)
    }

    /// Allocates a hint below 2^64. 64 constraints.
    pub fn witness(b: &mut Builder, value: u64) -> Self {
        let word = Self::committed_witness(b, value);
        word.bind(b);
        word
    }

    /// Binds a word whose parts are range-checked hints, so that deferred reductions are drawn after it. Free unless
    /// reductions are deferred.
    pub fn bind(&self, b: &mut Builder) {
        assert!(
            self.below == U256::ZERO && self.above.bits() <= 64,
            "only words below 2^64 are bound"
        );
        if let Some(deferred) = b.deferred() {
            deferred.bind(&self.lc);
        }
    }

    /// Allocates a word below 2^64 that the proof is committed to elsewhere: it is observed in the transcript, or
    /// part of a leaf whose path is checked. 64 constraints.
    ///
    /// Any other hint must come from [`Gl::witness`]: the batch of deferred reductions has to be drawn after it.
    pub fn committed_witness(b: &mut Builder, value: u64) -> Self {
        let lc = b.witness(Fr::from(value));
        b.range_check(&lc, 64);
        Self::from_checked(b, lc, 64)
    }

    /// Takes a variable that the builder has checked to `[0, 2^bits)`.
    ///
    /// # Panics
    /// While synthesizing, when it was not checked, or to more bits: an interval that is narrower than what a prover may
    /// choose would let integers wrap around unseen.
    pub fn from_checked(b: &Builder, lc: Lc, bits: u32) -> Self {
        b.assert_checked(&lc, bits);
        Self::from_range_checked(lc, bits)
    }

    /// Takes a combination that is constrained elsewhere to `[0, 2^bits)`.
    pub fn from_range_checked(lc: Lc, bits: u32) -> Self {
        Self::from_interval(lc, U256::ZERO, U256::ones(bits))
    }

    /// Takes a combination whose integer value is known to be in `[-below, above]`.
    pub fn from_interval(lc: Lc, below: U256, above: U256) -> Self {
        let width = below.checked_add(&above).expect(OVERFLOW);
        assert!(width < U256::modulus(), "{OVERFLOW}");
        Self { lc, below, above }
    }

    /// Returns the combination that holds the integer.
    pub fn lc(&self) -> &Lc {
        &self.lc
    }

    /// Returns the bits of the interval's width.
    pub fn bits(&self) -> u32 {
        self.below.checked_add(&self.above).expect(OVERFLOW).bits()
    }

    /// Returns the bits of the greatest absolute value.
    pub fn magnitude_bits(&self) -> u32 {
        self.below.bits().max(self.above.bits())
    }

    /// Returns the interval as (below, above).
    pub fn interval(&self) -> (&U256, &U256) {
        (&self.below, &self.above)
    }

    /// Returns the denoted residue, canonical.
    pub fn residue(&self) -> u64 {
        self.shifted().1.div_rem(P).1
    }

    /// Returns the shift, a multiple of `p` that makes the integer non-negative, and the shifted value.
    fn shifted(&self) -> (U256, U256) {
        let shift = if self.below == U256::ZERO {
            U256::ZERO
        } else {
            let quotient = self
                .below
                .div_rem(P)
                .0
                .checked_add(&1.into())
                .expect(OVERFLOW);
            quotient.checked_mul(&P.into()).expect(OVERFLOW)
        };
        (shift, U256::from_fr(&(self.lc.value() + shift.to_fr())))
    }

    /// Returns the sum.
    pub fn add(&self, other: &Self) -> Self {
        Self::from_interval(
            &self.lc + &other.lc,
            self.below.checked_add(&other.below).expect(OVERFLOW),
            self.above.checked_add(&other.above).expect(OVERFLOW),
        )
    }

    /// Returns the difference.
    pub fn sub(&self, other: &Self) -> Self {
        Self::from_interval(
            &self.lc - &other.lc,
            self.below.checked_add(&other.above).expect(OVERFLOW),
            self.above.checked_add(&other.below).expect(OVERFLOW),
        )
    }

    /// Returns the negation.
    pub fn neg(&self) -> Self {
        Self {
            lc: -&self.lc,
            below: self.above,
            above: self.below,
        }
    }

    /// Returns the sum of many: cheaper than adding one by one.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Gl> + Clone) -> Self {
        let total = |f: fn(&Gl) -> &U256| {
            parts.clone().into_iter().fold(U256::ZERO, |sum, part| {
                sum.checked_add(f(part)).expect(OVERFLOW)
            })
        };
        let (below, above) = (total(|g| &g.below), total(|g| &g.above));
        Self::from_interval(Lc::sum(parts.into_iter().map(|g| &g.lc)), below, above)
    }

    /// Returns the product with a constant, taken as the representative of least absolute value.
    pub fn mul_const(&self, constant: u64) -> Self {
        let factor = Self::constant(constant);
        let (below, above) = product_interval(self, &factor).expect(OVERFLOW);
        Self::from_interval(self.lc.scale(factor.lc.value()), below, above)
    }

    /// Returns the product with a small signed integer.
    pub fn scale(&self, factor: i64) -> Self {
        let size = factor.unsigned_abs();
        assert!(
            size <= P / 2,
            "a signed factor is below p / 2, got {factor}"
        );
        if factor < 0 {
            self.mul_const(P - size)
        } else {
            self.mul_const(size)
        }
    }

    /// Returns `self * 2^exponent`, with the smallest coefficient that denotes it (2^96 = -1).
    pub fn mul_power_of_2(&self, exponent: u32) -> Self {
        let power = (0..exponent % 192).fold(1u64, |power, _| {
            let doubled = u128::from(power) * 2;
            (doubled % u128::from(P)) as u64
        });
        self.mul_const(power)
    }

    /// Returns the product. One constraint, and a reduction of the wider operand while the product would not fit.
    pub fn mul(&self, b: &mut Builder, other: &Self) -> Self {
        let (x, y) = fit(b, self, other, product_interval);
        let (below, above) = product_interval(&x, &y).expect(OVERFLOW);
        Self::from_interval(b.mul(&x.lc, &y.lc), below, above)
    }

    /// Returns the square. One constraint.
    pub fn square(&self, b: &mut Builder) -> Self {
        self.mul(b, self)
    }

    /// Returns a value below 2^64 with the same residue: a hint `r`, with `x - r` a multiple of `p`.
    ///
    /// # Costs
    /// One constraint for each bit of `r` and of the quotient; when deferred, 64 + 12 + 8.
    pub fn reduce(&self, b: &mut Builder) -> Self {
        if self.below == U256::ZERO && self.above.bits() <= 64 {
            return self.clone();
        }
        self.reduce_always(b)
    }

    fn reduce_always(&self, b: &mut Builder) -> Self {
        let remainder = Self::witness(b, self.residue());
        self.sub(&remainder).assert_zero(b);
        remainder
    }

    /// Returns the value itself when its magnitude has at most `bits` bits, else reduces it.
    pub fn reduce_over(&self, b: &mut Builder, bits: u32) -> Self {
        if self.magnitude_bits() <= bits {
            self.clone()
        } else {
            self.reduce(b)
        }
    }

    /// Returns the residue as an integer below `p`: 64 constraints more than a reduction.
    pub fn canonical(&self, b: &mut Builder) -> Self {
        let remainder = self.reduce_always(b);
        remainder.assert_canonical(b)
    }

    /// Enforces that the integer itself is below `p`, for one that is range-checked to 64 bits. 64 constraints.
    pub fn assert_canonical(&self, b: &mut Builder) -> Self {
        assert!(
            self.below == U256::ZERO && self.above.bits() <= 64,
            "only a reduced value can be canonical"
        );
        b.range_check(&(-&self.lc).plus(Fr::from(P - 1)), 64);
        Self::from_interval(self.lc.clone(), U256::ZERO, (P - 1).into())
    }

    /// Enforces that the residue is zero. One constraint for each bit of the quotient, or eight when deferred.
    pub fn assert_zero(&self, b: &mut Builder) {
        let collected = b
            .deferred()
            .is_some_and(|d| d.collect(self.lc.clone(), self.below, self.above));
        if !collected {
            self.assert_zero_alone(b);
        }
    }

    /// Enforces that the residue is zero with a quotient of its own.
    ///
    /// # Constraints
    /// `x + shift = q * p` over the integers: `q` has as many bits as the interval asks, and `q * p` cannot reach
    /// the order of `Fr`, so equality modulo that order is equality of integers. `q` is no variable: it is
    /// `(x + shift) / p` in `Fr`.
    pub(super) fn assert_zero_alone(&self, b: &mut Builder) {
        let (shift, _) = self.shifted();
        let quotient_bits = self.quotient_bits(&shift);
        range_check_quotient(b, &self.lc.plus(shift.to_fr()), quotient_bits);
    }

    /// Enforces that two residues are equal.
    pub fn assert_equal(&self, b: &mut Builder, other: &Self) {
        self.sub(other).assert_zero(b);
    }

    /// Returns the inverse; the value cannot be zero. 65 + 64 constraints for a reduced value.
    pub fn inverse(&self, b: &mut Builder) -> Self {
        let x = self.reduce_over(b, 128);
        let inverse = Self::witness(b, invert(x.residue()));
        x.mul(b, &inverse).assert_equal(b, &Self::one());
        inverse
    }

    /// Returns `bit ? one : zero` for a constrained bit. One constraint.
    pub fn select(b: &mut Builder, bit: &Lc, one: &Self, zero: &Self) -> Self {
        let lc = b.select(bit, &one.lc, &zero.lc);
        Self::from_interval(lc, one.below.max(zero.below), one.above.max(zero.above))
    }

    /// Returns the constant that a one-hot selector names. Free: only one term is not zero.
    pub fn choose_constant(one_hot: &[Lc], constants: &[Self]) -> Self {
        assert_eq!(
            one_hot.len(),
            constants.len(),
            "the selector covers the constants"
        );
        let lc = Lc::weighted(
            one_hot
                .iter()
                .zip(constants)
                .map(|(hot, c)| (hot, c.lc.value())),
        );
        let below = constants.iter().map(|c| c.below).max().unwrap_or_default();
        let above = constants.iter().map(|c| c.above).max().unwrap_or_default();
        Self::from_interval(lc, below, above)
    }

    /// Bits of the largest quotient by `p`; asserts that no quotient of that many bits can wrap around in `Fr`.
    fn quotient_bits(&self, shift: &U256) -> u32 {
        let bits = self
            .above
            .checked_add(shift)
            .expect(OVERFLOW)
            .div_rem(P)
            .0
            .bits();
        let largest = U256::ones(bits).checked_mul(&P.into());
        assert!(largest.is_some_and(|v| v < U256::modulus()), "{OVERFLOW}");
        bits
    }
}

/// Enforces that `rest / p` is an integer of `bits` bits.
fn range_check_quotient(b: &mut Builder, rest: &Lc, bits: u32) {
    b.range_check(&rest.scale(inverse_of_p()), bits);
}

fn inverse_of_p() -> Fr {
    static INVERSE: std::sync::OnceLock<Fr> = std::sync::OnceLock::new();
    *INVERSE.get_or_init(|| ark_ff::Field::inverse(&Fr::from(P)).expect("p is not a multiple of r"))
}

/// The inverse modulo `p`, zero for zero.
pub(in crate::r1cs) fn invert(value: u64) -> u64 {
    use plonky2::field::goldilocks_field::GoldilocksField;
    use plonky2::field::types::{Field, PrimeField64};
    GoldilocksField::from_canonical_u64(value)
        .try_inverse()
        .map_or(0, |inverse| inverse.to_canonical_u64())
}

/// The interval of a product, or `None` when it is too wide.
pub(super) fn product_interval(x: &Gl, y: &Gl) -> Option<(U256, U256)> {
    let above = x
        .above
        .checked_mul(&y.above)?
        .max(x.below.checked_mul(&y.below)?);
    let below = x
        .above
        .checked_mul(&y.below)?
        .max(x.below.checked_mul(&y.above)?);
    narrow(below, above)
}

/// Keeps an interval that leaves room for a shift by a multiple of `p` and a quotient of whole bits.
pub(super) fn narrow(below: U256, above: U256) -> Option<(U256, U256)> {
    let width = below.checked_add(&above)?;
    (width.bits() <= MAX_PRODUCT_BITS).then_some((below, above))
}

/// Products wider than this reduce an operand first: the sum of a few of them can still be reduced itself.
const MAX_PRODUCT_BITS: u32 = U256_MODULUS_BITS - 3;
const U256_MODULUS_BITS: u32 = Fr::MODULUS_BIT_SIZE;

/// Reduces the wider operand until a bilinear expression of both fits.
fn fit(
    b: &mut Builder,
    x: &Gl,
    y: &Gl,
    interval: impl Fn(&Gl, &Gl) -> Option<(U256, U256)>,
) -> (Gl, Gl) {
    let (mut x, mut y) = (x.clone(), y.clone());
    while interval(&x, &y).is_none() {
        if x.magnitude_bits() >= y.magnitude_bits() {
            x = x.reduce(b);
        } else {
            y = y.reduce(b);
        }
    }
    (x, y)
}
