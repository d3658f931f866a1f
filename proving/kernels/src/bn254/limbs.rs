//! Constants of a 254-bit prime field, computed from its modulus at compile time.

/// Bits of a limb of the vector representation.
pub(crate) const LIMB_BITS: u32 = 52;
/// The largest limb.
pub(crate) const LIMB_MASK: u64 = (1 << LIMB_BITS) - 1;

/// Cuts a 256-bit integer into five limbs of 52 bits.
pub(crate) const fn split(x: [u64; 4]) -> [u64; 5] {
    [
        x[0] & LIMB_MASK,
        ((x[0] >> 52) | (x[1] << 12)) & LIMB_MASK,
        ((x[1] >> 40) | (x[2] << 24)) & LIMB_MASK,
        ((x[2] >> 28) | (x[3] << 36)) & LIMB_MASK,
        x[3] >> 16,
    ]
}

/// Returns `2^exponent mod p`.
pub(crate) const fn power_of_two(exponent: u32, p: [u64; 4]) -> [u64; 4] {
    let mut value = [1, 0, 0, 0];
    let mut done = 0;
    while done < exponent {
        value = double(value, p);
        done += 1;
    }
    value
}

/// Returns `multiple · p` for a product below 2^256.
pub(crate) const fn times(p: [u64; 4], multiple: u64) -> [u64; 4] {
    let mut out = [0; 4];
    let mut carry = 0u128;
    let mut i = 0;
    while i < 4 {
        carry += p[i] as u128 * multiple as u128;
        out[i] = carry as u64;
        carry >>= 64;
        i += 1;
    }
    assert!(carry == 0, "the multiple has 256 bits");
    out
}

/// Returns `2x mod p` for `x < p < 2^255`.
const fn double(x: [u64; 4], p: [u64; 4]) -> [u64; 4] {
    let twice = times(x, 2);
    let (rest, borrow) = subtract(twice, p);
    if borrow { twice } else { rest }
}

/// Returns `a - b mod 2^256` and whether it went below zero.
pub(crate) const fn subtract(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let mut out = [0; 4];
    let mut borrow = false;
    let mut i = 0;
    while i < 4 {
        let (first, below) = a[i].overflowing_sub(b[i]);
        let (second, below_again) = first.overflowing_sub(borrow as u64);
        out[i] = second;
        borrow = below | below_again;
        i += 1;
    }
    (out, borrow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ark_bn254::{Fq, Fr};
    use ark_ff::{BigInt, PrimeField};

    fn check<F: PrimeField<BigInt = BigInt<4>>>() {
        let p = F::MODULUS.0;
        for exponent in [0, 1, 253, 254, 256, 264, 520] {
            let expected = F::from(2u64).pow([u64::from(exponent)]).into_bigint().0;
            assert_eq!(power_of_two(exponent, p), expected, "2^{exponent}");
        }
        let joined = split(p).iter().rev().fold(F::from(0u64), |value, &limb| {
            value * F::from(1u64 << 52) + F::from(limb)
        });
        assert_eq!(
            joined,
            F::from(0u64),
            "the limbs of the modulus are zero in the field"
        );
    }

    #[test]
    fn constants_are_those_of_the_fields() {
        check::<Fr>();
        check::<Fq>();
    }
}
