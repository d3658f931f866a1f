//! The quadratic extension of Goldilocks, `X^2 = 7`, on lazily reduced integers.

use super::builder::Builder;
use super::goldilocks::{Gl, narrow, product_interval};
use super::uint::U256;
use plonky2::field::extension::FieldExtension;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field, PrimeField64};

/// The non-residue of Plonky2's quadratic extension.
pub const W: u64 = 7;

/// `c0 + c1 * X` with `X^2 = 7`.
#[derive(Clone, Debug)]
pub struct Ext {
    /// The base part.
    pub c0: Gl,
    /// The part of `X`.
    pub c1: Gl,
}

impl Ext {
    /// Returns a constant.
    pub fn constant(value: [u64; 2]) -> Self {
        Self {
            c0: Gl::constant(value[0]),
            c1: Gl::constant(value[1]),
        }
    }

    /// Returns zero.
    pub fn zero() -> Self {
        Self::constant([0, 0])
    }

    /// Returns one.
    pub fn one() -> Self {
        Self::constant([1, 0])
    }

    /// Returns a base field value.
    pub fn from_base(c0: Gl) -> Self {
        Self { c0, c1: Gl::zero() }
    }

    /// Allocates a hint of two words below 2^64. 128 constraints.
    pub fn witness(b: &mut Builder, value: [u64; 2]) -> Self {
        Self {
            c0: Gl::witness(b, value[0]),
            c1: Gl::witness(b, value[1]),
        }
    }

    /// Allocates an element that the proof is committed to elsewhere (see [`Gl::committed_witness`]).
    pub fn committed_witness(b: &mut Builder, value: [u64; 2]) -> Self {
        let c0 = Gl::committed_witness(b, value[0]);
        Self {
            c0,
            c1: Gl::committed_witness(b, value[1]),
        }
    }

    /// Returns the denoted element, canonical.
    pub fn residue(&self) -> [u64; 2] {
        [self.c0.residue(), self.c1.residue()]
    }

    /// Returns the bits of the larger part's greatest absolute value.
    pub fn magnitude_bits(&self) -> u32 {
        self.c0.magnitude_bits().max(self.c1.magnitude_bits())
    }

    /// Returns the sum.
    pub fn add(&self, other: &Self) -> Self {
        Self {
            c0: self.c0.add(&other.c0),
            c1: self.c1.add(&other.c1),
        }
    }

    /// Returns the difference.
    pub fn sub(&self, other: &Self) -> Self {
        Self {
            c0: self.c0.sub(&other.c0),
            c1: self.c1.sub(&other.c1),
        }
    }

    /// Returns the negation.
    pub fn neg(&self) -> Self {
        Self {
            c0: self.c0.neg(),
            c1: self.c1.neg(),
        }
    }

    /// Returns the sum of many.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Ext> + Clone) -> Self {
        let parts: Vec<&Ext> = parts.into_iter().collect();
        let part = |f: fn(&Ext) -> &Gl| Gl::sum(parts.iter().map(|e| f(e)).collect::<Vec<_>>());
        Self {
            c0: part(|e| &e.c0),
            c1: part(|e| &e.c1),
        }
    }

    /// Returns the sum with a base field value.
    pub fn add_base(&self, other: &Gl) -> Self {
        Self {
            c0: self.c0.add(other),
            c1: self.c1.clone(),
        }
    }

    /// Returns the difference with a base field value.
    pub fn sub_base(&self, other: &Gl) -> Self {
        Self {
            c0: self.c0.sub(other),
            c1: self.c1.clone(),
        }
    }

    /// Returns the product with a base field constant.
    pub fn mul_base_const(&self, constant: u64) -> Self {
        Self {
            c0: self.c0.mul_const(constant),
            c1: self.c1.mul_const(constant),
        }
    }

    /// Returns the product with a small signed integer.
    pub fn scale(&self, factor: i64) -> Self {
        Self {
            c0: self.c0.scale(factor),
            c1: self.c1.scale(factor),
        }
    }

    /// Returns the product with a constant. No constraint.
    pub fn mul_const(&self, [k0, k1]: [u64; 2]) -> Self {
        Self {
            c0: self.c0.mul_const(k0).add(&self.c1.mul_const(mul_w(k1))),
            c1: self.c0.mul_const(k1).add(&self.c1.mul_const(k0)),
        }
    }

    /// Returns the product with a base field value. Two constraints.
    pub fn mul_base(&self, b: &mut Builder, other: &Gl) -> Self {
        Self {
            c0: self.c0.mul(b, other),
            c1: self.c1.mul(b, other),
        }
    }

    /// Returns the product. Three constraints (Karatsuba), and reductions while the product would not fit.
    pub fn mul(&self, b: &mut Builder, other: &Self) -> Self {
        let (x, y) = fit(b, self, other);
        let [i0, i1] = intervals(&x, &y).expect("operands were made to fit");
        let low = b.mul(x.c0.lc(), y.c0.lc());
        let high = b.mul(x.c1.lc(), y.c1.lc());
        let mixed = b.mul(&(x.c0.lc() + x.c1.lc()), &(y.c0.lc() + y.c1.lc()));
        // `mixed` may wrap around in Fr; the combinations below are identities in Fr, and their intervals are narrow.
        let c0 = &low + &high.scale(W.into());
        let c1 = &(&mixed - &low) - &high;
        Self {
            c0: Gl::from_interval(c0, i0.0, i0.1),
            c1: Gl::from_interval(c1, i1.0, i1.1),
        }
    }

    /// Returns the square. Two constraints.
    pub fn square(&self, b: &mut Builder) -> Self {
        let (x, _) = fit(b, self, self);
        let [i0, i1] = intervals(&x, &x).expect("operands were made to fit");
        let (a0, a1) = (x.c0.lc(), x.c1.lc());
        let cross = b.mul(a0, a1);
        // (a0 + a1)(a0 + 7 a1) = a0^2 + 7 a1^2 + 8 a0 a1
        let wide = b.mul(&(a0 + a1), &(a0 + &a1.scale(W.into())));
        let c0 = &wide - &cross.scale((W + 1).into());
        let c1 = cross.scale(2u64.into());
        Self {
            c0: Gl::from_interval(c0, i0.0, i0.1),
            c1: Gl::from_interval(c1, i1.0, i1.1),
        }
    }

    /// Returns `self * x + y`.
    pub fn mul_add(&self, b: &mut Builder, x: &Self, y: &Self) -> Self {
        self.mul(b, x).add(y)
    }

    /// Returns `sum xs[i] * ys[i]`, reduced only where the sum would grow over the limit. Three constraints a term.
    pub fn inner_product<'a>(
        b: &mut Builder,
        pairs: impl IntoIterator<Item = (&'a Ext, &'a Ext)>,
    ) -> Self {
        let products: Vec<Ext> = pairs.into_iter().map(|(x, y)| x.mul(b, y)).collect();
        Self::sum_reducing(b, &products)
    }

    /// Returns a sum; a partial sum that would not fit with the next part is reduced.
    pub fn sum_reducing(b: &mut Builder, parts: &[Ext]) -> Self {
        let mut total = Self::zero();
        let mut run: Vec<&Ext> = Vec::new();
        let mut widths = [U256::ZERO; 2];
        for part in parts {
            let next = [grow(&widths[0], &part.c0), grow(&widths[1], &part.c1)];
            if let [Some(w0), Some(w1)] = next {
                widths = [w0, w1];
            } else {
                total = total.add(&Self::sum(std::mem::take(&mut run)).reduce(b));
                widths =
                    [&part.c0, &part.c1].map(|g| grow(&U256::ones(70), g).expect("one part fits"));
            }
            run.push(part);
        }
        total.add(&Self::sum(run))
    }

    /// Reduces both parts below 2^64.
    pub fn reduce(&self, b: &mut Builder) -> Self {
        Self {
            c0: self.c0.reduce(b),
            c1: self.c1.reduce(b),
        }
    }

    /// Reduces each part whose magnitude has more than `bits` bits.
    pub fn reduce_over(&self, b: &mut Builder, bits: u32) -> Self {
        Self {
            c0: self.c0.reduce_over(b, bits),
            c1: self.c1.reduce_over(b, bits),
        }
    }

    /// Enforces that the element is zero.
    pub fn assert_zero(&self, b: &mut Builder) {
        self.c0.assert_zero(b);
        self.c1.assert_zero(b);
    }

    /// Enforces that two elements are equal.
    pub fn assert_equal(&self, b: &mut Builder, other: &Self) {
        self.sub(other).assert_zero(b);
    }

    /// Returns the inverse; the element cannot be zero.
    pub fn inverse(&self, b: &mut Builder) -> Self {
        let x = self.reduce_over(b, 128);
        let inverse = Self::witness(b, invert(x.residue()));
        x.mul(b, &inverse).assert_equal(b, &Self::one());
        inverse
    }

    /// Returns `[1, x, x^2, ..]`, each reduced.
    pub fn powers(&self, b: &mut Builder, count: usize) -> Vec<Self> {
        let base = self.reduce(b);
        let mut out: Vec<Self> = vec![Self::one(), base.clone()];
        while out.len() < count {
            let k = out.len();
            let next = if k.is_multiple_of(2) {
                out[k / 2].square(b)
            } else {
                out[k - 1].mul(b, &base)
            };
            out.push(next.reduce(b));
        }
        out.truncate(count);
        out
    }

    /// Returns `self^(2^log)`, reduced.
    pub fn exp_power_of_2(&self, b: &mut Builder, log: usize) -> Self {
        (0..log).fold(self.reduce(b), |x, _| x.square(b).reduce(b))
    }

    /// Returns `self^exponent` for a constant exponent, reduced.
    pub fn exp(&self, b: &mut Builder, exponent: u64) -> Self {
        let base = self.reduce(b);
        if exponent == 0 {
            return Self::one();
        }
        let top = 63 - exponent.leading_zeros();
        (0..top).rev().fold(base.clone(), |x, bit| {
            let squared = x.square(b).reduce(b);
            if exponent >> bit & 1 == 1 {
                squared.mul(b, &base).reduce(b)
            } else {
                squared
            }
        })
    }

    /// Returns `bit ? one : zero` for a constrained bit. Two constraints.
    pub fn select(b: &mut Builder, bit: &super::Lc, one: &Self, zero: &Self) -> Self {
        Self {
            c0: Gl::select(b, bit, &one.c0, &zero.c0),
            c1: Gl::select(b, bit, &one.c1, &zero.c1),
        }
    }
}

/// Returns an element of Plonky2's extension as two canonical words.
pub fn words_of(value: &QuadraticExtension<GoldilocksField>) -> [u64; 2] {
    let parts: [GoldilocksField; 2] = value.to_basefield_array();
    parts.map(|part| part.to_canonical_u64())
}

fn mul_w(value: u64) -> u64 {
    (u128::from(value) * u128::from(W) % u128::from(super::goldilocks::P)) as u64
}

/// The inverse in the extension, zero for zero.
fn invert(value: [u64; 2]) -> [u64; 2] {
    let element = QuadraticExtension(value.map(GoldilocksField::from_canonical_u64));
    words_of(&element.try_inverse().unwrap_or(QuadraticExtension::ZERO))
}

/// The width of a sum after one more part, or `None` when it gets too wide.
fn grow(width: &U256, part: &Gl) -> Option<U256> {
    let (below, above) = part.interval();
    let total = width.checked_add(below)?.checked_add(above)?;
    narrow(U256::ZERO, total).map(|(_, above)| above)
}

/// The intervals of both parts of a product over the integers, or `None` when one is too wide:
/// `x0 y0 + 7 x1 y1` and `x0 y1 + x1 y0`.
fn intervals(x: &Ext, y: &Ext) -> Option<[(U256, U256); 2]> {
    let add =
        |a: (U256, U256), b: (U256, U256)| narrow(a.0.checked_add(&b.0)?, a.1.checked_add(&b.1)?);
    let high = product_interval(&x.c1, &y.c1)?;
    let high = (
        high.0.checked_mul(&W.into())?,
        high.1.checked_mul(&W.into())?,
    );
    Some([
        add(product_interval(&x.c0, &y.c0)?, high)?,
        add(
            product_interval(&x.c0, &y.c1)?,
            product_interval(&x.c1, &y.c0)?,
        )?,
    ])
}

/// Reduces the wider operand until the product fits.
fn fit(b: &mut Builder, x: &Ext, y: &Ext) -> (Ext, Ext) {
    let (mut x, mut y) = (x.clone(), y.clone());
    while intervals(&x, &y).is_none() {
        if x.magnitude_bits() >= y.magnitude_bits() {
            x = x.reduce(b);
        } else {
            y = y.reduce(b);
        }
    }
    (x, y)
}
