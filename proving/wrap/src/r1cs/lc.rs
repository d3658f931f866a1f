//! Linear combinations that carry their value.

use ark_bn254::Fr;
use ark_ff::{One, Zero};
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

/// A linear combination of variables, with its value.
///
/// While a witness is generated the terms stay empty and only the value is kept, so no decision about the
/// structure of a circuit may look at the terms: everything else would make the matrices depend on the mode.
#[derive(Clone, Debug, Default)]
pub struct Lc {
    value: Fr,
    constant: Fr,
    /// Sorted by variable, no zero coefficients, never variable 0 (that is `constant`).
    terms: Vec<(u32, Fr)>,
}

impl Lc {
    /// Returns the combination that is zero.
    pub fn zero() -> Self {
        Self::default()
    }

    /// Returns the combination that is one.
    pub fn one() -> Self {
        Self::constant(Fr::one())
    }

    /// Returns a constant.
    pub fn constant(value: Fr) -> Self {
        Self {
            value,
            constant: value,
            terms: Vec::new(),
        }
    }

    /// Returns a single variable.
    pub(super) fn variable(index: u32, value: Fr) -> Self {
        Self {
            value,
            constant: Fr::zero(),
            terms: vec![(index, Fr::one())],
        }
    }

    /// Returns a value without terms: what a variable is while a witness is generated.
    pub(super) fn untracked(value: Fr) -> Self {
        Self {
            value,
            constant: Fr::zero(),
            terms: Vec::new(),
        }
    }

    /// Returns the value under the current assignment.
    pub fn value(&self) -> Fr {
        self.value
    }

    /// Returns the column of a combination that is a variable itself. Always none while a witness is generated.
    pub(super) fn single_variable(&self) -> Option<u32> {
        match &self.terms[..] {
            [(column, one)] if one.is_one() && self.constant.is_zero() => Some(*column),
            _ => None,
        }
    }

    pub(super) fn terms(&self) -> (&Fr, &[(u32, Fr)]) {
        (&self.constant, &self.terms)
    }

    /// Returns the combination times a constant.
    pub fn scale(&self, factor: Fr) -> Self {
        if factor.is_zero() {
            return Self::zero();
        }
        Self {
            value: self.value * factor,
            constant: self.constant * factor,
            terms: self.terms.iter().map(|(v, c)| (*v, *c * factor)).collect(),
        }
    }

    /// Returns the combination plus a constant.
    pub fn plus(&self, constant: Fr) -> Self {
        let mut out = self.clone();
        out.value += constant;
        out.constant += constant;
        out
    }

    /// Returns the sum of combinations, each times a constant. Cheaper than adding one by one.
    pub fn weighted<'a>(parts: impl IntoIterator<Item = (&'a Lc, Fr)>) -> Self {
        let mut out = Self::zero();
        for (lc, factor) in parts {
            out.value += lc.value * factor;
            out.constant += lc.constant * factor;
            out.terms
                .extend(lc.terms.iter().map(|(v, c)| (*v, *c * factor)));
        }
        out.normalize();
        out
    }

    /// Returns the sum of combinations.
    pub fn sum<'a>(parts: impl IntoIterator<Item = &'a Lc>) -> Self {
        let mut out = Self::zero();
        for lc in parts {
            out.value += lc.value;
            out.constant += lc.constant;
            out.terms.extend_from_slice(&lc.terms);
        }
        out.normalize();
        out
    }

    /// Returns `sum bits[i] * 2^i`.
    pub fn from_bits(bits: &[Lc]) -> Self {
        let mut power = Fr::one();
        Self::weighted(bits.iter().map(|bit| {
            let current = power;
            power += power;
            (bit, current)
        }))
    }

    fn normalize(&mut self) {
        self.terms.sort_unstable_by_key(|(v, _)| *v);
        let mut kept = 0;
        for k in 0..self.terms.len() {
            if kept > 0 && self.terms[kept - 1].0 == self.terms[k].0 {
                let coefficient = self.terms[k].1;
                self.terms[kept - 1].1 += coefficient;
            } else {
                if kept > 0 && self.terms[kept - 1].1.is_zero() {
                    kept -= 1;
                }
                self.terms[kept] = self.terms[k];
                kept += 1;
            }
        }
        if kept > 0 && self.terms[kept - 1].1.is_zero() {
            kept -= 1;
        }
        self.terms.truncate(kept);
    }

    fn merge(&self, other: &Lc, negate: bool) -> Vec<(u32, Fr)> {
        let signed = |c: Fr| if negate { -c } else { c };
        let (a, b) = (&self.terms, &other.terms);
        let mut out = Vec::with_capacity(a.len() + b.len());
        let (mut i, mut j) = (0, 0);
        while i < a.len() && j < b.len() {
            if a[i].0 < b[j].0 {
                out.push(a[i]);
                i += 1;
            } else if a[i].0 > b[j].0 {
                out.push((b[j].0, signed(b[j].1)));
                j += 1;
            } else {
                let sum = a[i].1 + signed(b[j].1);
                if !sum.is_zero() {
                    out.push((a[i].0, sum));
                }
                i += 1;
                j += 1;
            }
        }
        out.extend_from_slice(&a[i..]);
        out.extend(b[j..].iter().map(|(v, c)| (*v, signed(*c))));
        out
    }
}

impl Add for &Lc {
    type Output = Lc;

    fn add(self, other: &Lc) -> Lc {
        Lc {
            value: self.value + other.value,
            constant: self.constant + other.constant,
            terms: self.merge(other, false),
        }
    }
}

impl Sub for &Lc {
    type Output = Lc;

    fn sub(self, other: &Lc) -> Lc {
        Lc {
            value: self.value - other.value,
            constant: self.constant - other.constant,
            terms: self.merge(other, true),
        }
    }
}

impl Neg for &Lc {
    type Output = Lc;

    fn neg(self) -> Lc {
        Lc {
            value: -self.value,
            constant: -self.constant,
            terms: self.terms.iter().map(|(v, c)| (*v, -*c)).collect(),
        }
    }
}

impl AddAssign<&Lc> for Lc {
    fn add_assign(&mut self, other: &Lc) {
        *self = &*self + other;
    }
}

impl SubAssign<&Lc> for Lc {
    fn sub_assign(&mut self, other: &Lc) {
        *self = &*self - other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_drop_terms_that_cancel() {
        let x = Lc::variable(1, Fr::from(5u64));
        let y = Lc::variable(2, Fr::from(7u64));
        let z = &(&x + &y) - &x;
        assert_eq!(z.terms().1, &[(2, Fr::one())]);
        let w = Lc::weighted([(&x, Fr::one()), (&y, Fr::one()), (&x, -Fr::one())]);
        assert_eq!(w.terms().1, &[(2, Fr::one())]);
        assert_eq!((z.value(), w.value()), (Fr::from(7u64), Fr::from(7u64)));
    }
}
