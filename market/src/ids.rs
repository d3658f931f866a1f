//! Names of things: addresses, request ids, model ids and plain 32-byte words, with their hex form.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Says why a text is not the hex form of an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// The text does not start with `0x`.
    #[error("expected 0x and {expected} hex digits, got no 0x prefix")]
    Prefix {
        /// Hex digits expected after the prefix.
        expected: usize,
    },
    /// The text has another number of digits.
    #[error("expected {expected} hex digits, got {got}")]
    Length {
        /// Hex digits expected.
        expected: usize,
        /// Digits found.
        got: usize,
    },
    /// A character is not a hex digit.
    #[error("expected a hex digit at position {position}")]
    Digit {
        /// Where, counted after the prefix.
        position: usize,
    },
}

/// Decodes `0x` and exactly `2 * N` hex digits, of either case.
fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseIdError> {
    let expected = N.saturating_mul(2);
    let digits = text
        .strip_prefix("0x")
        .ok_or(ParseIdError::Prefix { expected })?;
    if digits.len() != expected {
        return Err(ParseIdError::Length {
            expected,
            got: digits.len(),
        });
    }
    let mut bytes = [0u8; N];
    for (position, digit) in digits.bytes().enumerate() {
        let value = char::from(digit)
            .to_digit(16)
            .ok_or(ParseIdError::Digit { position })?;
        let value = u8::try_from(value).map_err(|_| ParseIdError::Digit { position })?;
        bytes[position / 2] = (bytes[position / 2] << 4) | value;
    }
    Ok(bytes)
}

macro_rules! bytes_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// The all-zero value, which never names anything.
            pub const ZERO: Self = Self([0; $bytes]);

            /// Returns the bytes, most significant first.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $bytes] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("0x")?;
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse_hex(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }
    };
}

bytes_id!(
    /// An account on the chain: requester, provider, prover or contract.
    Address, 20
);
bytes_id!(
    /// Names one request: a hash of chain, market, requester, nonce and all terms ([`crate::request_id`]).
    RequestId, 32
);
bytes_id!(
    /// Names one immutable model version in the model registry.
    ModelId, 32
);
bytes_id!(
    /// A 32-byte word that the domain carries without looking inside: commitment, digest or hash.
    Word, 32
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_in_either_case() {
        let text = "0x00112233445566778899aabbccddeeff00112233";
        let address: Address = text.parse().unwrap();
        assert_eq!(address.to_string(), text);
        assert_eq!(
            text.to_uppercase()
                .replace("0X", "0x")
                .parse::<Address>()
                .unwrap(),
            address
        );
    }

    #[test]
    fn bad_hex_says_what_is_wrong() {
        assert_eq!(
            "00".parse::<Address>(),
            Err(ParseIdError::Prefix { expected: 40 })
        );
        assert_eq!(
            "0x00".parse::<Word>(),
            Err(ParseIdError::Length {
                expected: 64,
                got: 2
            })
        );
        let text = format!("0x{}g{}", "0".repeat(5), "0".repeat(34));
        assert_eq!(
            text.parse::<Address>(),
            Err(ParseIdError::Digit { position: 5 })
        );
    }
}
