//! Pairs of extension elements with the multiplication of the extension: Plonky2's `ExtensionAlgebra`.
//!
//! Wires that hold an element of the extension are two polynomials; opened at zeta, each is an element itself.

use super::{Builder, Ext};
use crate::r1cs::extension::W;

/// `a0 + a1 · X` with `X² = 7`.
#[derive(Clone, Debug)]
pub(super) struct Algebra(pub(super) [Ext; 2]);

impl Algebra {
    pub(super) fn one() -> Self {
        Self([Ext::one(), Ext::zero()])
    }

    pub(super) fn add(&self, other: &Self) -> Self {
        Self([self.0[0].add(&other.0[0]), self.0[1].add(&other.0[1])])
    }

    pub(super) fn sub(&self, other: &Self) -> Self {
        Self([self.0[0].sub(&other.0[0]), self.0[1].sub(&other.0[1])])
    }

    pub(super) fn mul_base_const(&self, constant: u64) -> Self {
        Self([
            self.0[0].mul_base_const(constant),
            self.0[1].mul_base_const(constant),
        ])
    }

    /// The product. Twelve constraints: Karatsuba would save three and widen the intervals.
    pub(super) fn mul(&self, b: &mut Builder, other: &Self) -> Self {
        let ([x0, x1], [y0, y1]) = (&self.0, &other.0);
        let low = x0.mul(b, y0);
        let high = x1.mul(b, y1).mul_base_const(W);
        let cross = [x0.mul(b, y1), x1.mul(b, y0)];
        Self([low.add(&high), cross[0].add(&cross[1])])
    }

    /// The product with an extension element, part by part. Six constraints.
    pub(super) fn scale(&self, b: &mut Builder, factor: &Ext) -> Self {
        Self([self.0[0].mul(b, factor), self.0[1].mul(b, factor)])
    }

    pub(super) fn reduce(&self, b: &mut Builder) -> Self {
        Self([self.0[0].reduce(b), self.0[1].reduce(b)])
    }

    /// The sum of many.
    pub(super) fn sum(parts: &[Self]) -> Self {
        let part = |k: usize| Ext::sum(parts.iter().map(|p| &p.0[k]).collect::<Vec<_>>());
        Self([part(0), part(1)])
    }
}
