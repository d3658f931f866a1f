//! Token amounts in base units, with arithmetic that cannot wrap and names that say the rounding.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Hundredths of a percent in one whole.
pub const BASIS_POINTS: u128 = 10_000;

/// A number of token base units (a USDC-like token has 10^6 of them in one token).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(pub u128);

/// Says why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected a whole number of base units below 2^128")]
pub struct ParseAmountError;

impl Amount {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Returns the sum, or `None` if it does not fit.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// Returns the difference, or `None` if `other` is more.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(difference) => Some(Self(difference)),
            None => None,
        }
    }

    /// Returns `self * basis_points / 10_000` rounded up, or `None` if the product does not fit.
    #[must_use]
    pub const fn checked_share_up(self, basis_points: u128) -> Option<Self> {
        match self.0.checked_mul(basis_points) {
            Some(product) => Some(Self(product.div_ceil(BASIS_POINTS))),
            None => None,
        }
    }

    /// Returns `self * basis_points / 10_000` rounded down, or `None` if the product does not fit.
    #[must_use]
    pub const fn checked_share_floor(self, basis_points: u128) -> Option<Self> {
        match self.0.checked_mul(basis_points) {
            Some(product) => Some(Self(product / BASIS_POINTS)),
            None => None,
        }
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Amount {
    type Err = ParseAmountError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `u128::from_str` accepts a plus sign and leading zeros; one amount has one spelling.
        if text.starts_with('+') || (text.len() > 1 && text.starts_with('0')) {
            return Err(ParseAmountError);
        }
        text.parse().map(Self).map_err(|_| ParseAmountError)
    }
}

impl TryFrom<String> for Amount {
    type Error = ParseAmountError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> String {
        amount.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_never_wraps() {
        assert_eq!(Amount(u128::MAX).checked_add(Amount(1)), None);
        assert_eq!(Amount(1).checked_sub(Amount(2)), None);
        assert_eq!(Amount(u128::MAX).checked_share_floor(2), None);
        assert_eq!(Amount(149).checked_share_floor(200), Some(Amount(2)));
        assert_eq!(Amount(149).checked_share_up(200), Some(Amount(3)));
    }

    #[test]
    fn one_amount_has_one_spelling() {
        assert_eq!("42".parse(), Ok(Amount(42)));
        for text in [
            "",
            "+42",
            "-1",
            "1.0",
            "0x1",
            "007",
            "340282366920938463463374607431768211456",
        ] {
            assert_eq!(text.parse::<Amount>(), Err(ParseAmountError), "{text}");
        }
    }
}
