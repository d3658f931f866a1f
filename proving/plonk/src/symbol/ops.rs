//! Operators: what is known is computed, the rest is written down.

use std::iter::{Product, Sum};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use plonky2::field::types::Field;

use super::Symbol;

impl Add for Symbol {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self.value(), other.value()) {
            (Some(a), Some(b)) => Self::constant(a + b),
            (Some(a), _) if a.is_zero() => other,
            (_, Some(b)) if b.is_zero() => self,
            _ => Self::emit(|builder| {
                let (a, b) = (self.in_builder(builder), other.in_builder(builder));
                builder.add(a, b)
            }),
        }
    }
}

impl Sub for Symbol {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        match (self.value(), other.value()) {
            (Some(a), Some(b)) => Self::constant(a - b),
            (_, Some(b)) if b.is_zero() => self,
            _ if self == other => Self::ZERO,
            _ => Self::emit(|builder| {
                let (a, b) = (self.in_builder(builder), other.in_builder(builder));
                builder.sub(a, b)
            }),
        }
    }
}

impl Mul for Symbol {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        match (self.value(), other.value()) {
            (Some(a), Some(b)) => Self::constant(a * b),
            (Some(a), _) if a.is_zero() => Self::ZERO,
            (_, Some(b)) if b.is_zero() => Self::ZERO,
            (Some(a), _) if a.is_one() => other,
            (_, Some(b)) if b.is_one() => self,
            _ => Self::emit(|builder| {
                let (a, b) = (self.in_builder(builder), other.in_builder(builder));
                builder.mul(a, b)
            }),
        }
    }
}

impl Neg for Symbol {
    type Output = Self;

    fn neg(self) -> Self {
        Self::ZERO - self
    }
}

impl Div for Symbol {
    type Output = Self;

    // Division is this.
    #[allow(clippy::suspicious_arithmetic_impl)]
    fn div(self, other: Self) -> Self {
        self * other.inverse()
    }
}

impl AddAssign for Symbol {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Symbol {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl MulAssign for Symbol {
    fn mul_assign(&mut self, other: Self) {
        *self = *self * other;
    }
}

impl DivAssign for Symbol {
    fn div_assign(&mut self, other: Self) {
        *self = *self / other;
    }
}

impl Sum for Symbol {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::ZERO, Add::add)
    }
}

impl Product for Symbol {
    fn product<I: Iterator<Item = Self>>(factors: I) -> Self {
        factors.fold(Self::ONE, Mul::mul)
    }
}
