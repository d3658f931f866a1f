//! Bounds of emulated integers: 256 bits, no heap, and overflow is an error of ours and never wraps.

use ark_bn254::Fr;
use ark_ff::PrimeField;

/// An unsigned 256-bit integer, least significant limb first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct U256(pub [u64; 4]);

impl PartialOrd for U256 {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for U256 {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

impl From<u64> for U256 {
    fn from(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }
}

impl U256 {
    /// Zero.
    pub const ZERO: Self = Self([0; 4]);

    /// Returns the prime of BN254's scalar field.
    pub fn modulus() -> Self {
        Self(Fr::MODULUS.0)
    }

    /// Returns `2^bits - 1`. Panics above 256 bits.
    pub fn ones(bits: u32) -> Self {
        assert!(bits <= 256, "a bound has at most 256 bits, got {bits}");
        let limb = |k: u32| match bits.saturating_sub(64 * k) {
            0 => 0,
            n if n >= 64 => u64::MAX,
            n => (1u64 << n) - 1,
        };
        Self([limb(0), limb(1), limb(2), limb(3)])
    }

    /// Returns the number of bits without leading zeros.
    pub fn bits(&self) -> u32 {
        (0..4)
            .rev()
            .find(|&k| self.0[k] != 0)
            .map_or(0, |k| 64 * k as u32 + 64 - self.0[k].leading_zeros())
    }

    /// Returns the sum, or `None` over 256 bits.
    pub fn checked_add(&self, other: &Self) -> Option<Self> {
        let mut out = [0; 4];
        let mut carry = false;
        for (k, limb) in out.iter_mut().enumerate() {
            let (sum, c1) = self.0[k].overflowing_add(other.0[k]);
            let (sum, c2) = sum.overflowing_add(u64::from(carry));
            *limb = sum;
            carry = c1 || c2;
        }
        (!carry).then_some(Self(out))
    }

    /// Returns the product, or `None` over 256 bits.
    pub fn checked_mul(&self, other: &Self) -> Option<Self> {
        let mut out = [0u64; 8];
        for i in 0..4 {
            if self.0[i] == 0 {
                continue;
            }
            let mut carry = 0u128;
            for j in 0..4 {
                let t =
                    u128::from(self.0[i]) * u128::from(other.0[j]) + u128::from(out[i + j]) + carry;
                out[i + j] = t as u64;
                carry = t >> 64;
            }
            out[i + 4] = carry as u64;
        }
        (out[4..] == [0; 4]).then(|| Self([out[0], out[1], out[2], out[3]]))
    }

    /// Returns quotient and remainder by a 64-bit divisor. Panics on zero.
    pub fn div_rem(&self, divisor: u64) -> (Self, u64) {
        let mut quotient = [0; 4];
        let mut rest = 0u128;
        for k in (0..4).rev() {
            if rest == 0 && self.0[k] < divisor {
                rest = u128::from(self.0[k]);
                continue;
            }
            let value = rest << 64 | u128::from(self.0[k]);
            quotient[k] = (value / u128::from(divisor)) as u64;
            rest = value % u128::from(divisor);
        }
        (Self(quotient), rest as u64)
    }

    /// Returns bit `k`.
    pub fn bit(&self, k: usize) -> bool {
        self.0[k / 64] >> (k % 64) & 1 == 1
    }

    /// Returns this integer as a field element. Panics at or above the prime.
    pub fn to_fr(self) -> Fr {
        Fr::from_bigint(ark_ff::BigInt(self.0)).expect("a bound lies below the field's prime")
    }

    /// Returns the canonical integer of a field element.
    pub fn from_fr(value: &Fr) -> Self {
        Self(value.into_bigint().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_multiplication_and_addition_agree() {
        let divisor = 0xffff_ffff_0000_0001;
        let value = U256([3, u64::MAX, 0x1234_5678_9abc_def0, 77]);
        let (quotient, remainder) = value.div_rem(divisor);
        let back = quotient.checked_mul(&divisor.into()).unwrap();
        assert_eq!(back.checked_add(&remainder.into()), Some(value));
        assert!(remainder < divisor);
    }

    #[test]
    fn overflow_is_reported() {
        assert_eq!(U256::ones(256).checked_add(&1.into()), None);
        assert_eq!(U256::ones(129).checked_mul(&U256::ones(129)), None);
        assert_eq!(U256::ones(130).bits(), 130);
        assert_eq!(U256::ZERO.bits(), 0);
    }
}
