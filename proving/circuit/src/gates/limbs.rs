//! Base-4 limbs: the range check of every gate.

use plonky2::field::types::Field;

use super::formula::Algebra;
use crate::field::F;

/// Bits of a limb.
pub const LIMB_BITS: u32 = 2;

/// Returns how many limbs make `bits` bits exactly.
///
/// # Panics
/// If no whole number of limbs does: a range check must not be wider than it says.
pub const fn limbs(bits: u32) -> usize {
    assert!(
        bits.is_multiple_of(LIMB_BITS),
        "a range check has a whole number of base-4 limbs"
    );
    (bits / LIMB_BITS) as usize
}

/// Returns `l(l-1)(l-2)(l-3)`, zero exactly for a limb, with two multiplications:
/// `t(t+2)` with `t = l² - 3l`.
pub fn limb_check<A: Algebra>(a: &mut A, limb: A::V) -> A::V {
    let t = a.product(F::ONE, limb, limb, -F::from_canonical_u64(3), limb);
    a.product(F::ONE, t, t, F::TWO, t)
}

/// Returns `x² - x`, zero exactly for 0 and 1.
pub fn bit_check<A: Algebra>(a: &mut A, bit: A::V) -> A::V {
    a.product(F::ONE, bit, bit, F::NEG_ONE, bit)
}

/// Returns `Σ limbs[i]·4^i`.
pub fn compose<A: Algebra>(a: &mut A, limbs: &[A::V]) -> A::V {
    let four = F::from_canonical_u64(1 << LIMB_BITS);
    let (&last, rest) = limbs.split_last().expect("at least one limb");
    rest.iter()
        .rev()
        .fold(last, |sum, &limb| a.scaled(four, sum, limb))
}

/// Returns the last limb of `value` where all others are given: `(value - Σ limbs[i]·4^i) / 4^n`. It needs
/// no wire, being linear in wires.
pub fn last_limb<A: Algebra>(a: &mut A, value: A::V, limbs: &[A::V]) -> A::V {
    let low = compose(a, limbs);
    let high = a.sub(value, low);
    let scale = F::from_canonical_u64(1 << (LIMB_BITS as usize * limbs.len())).inverse();
    let zero = a.constant(F::ZERO);
    a.scaled(scale, high, zero)
}

/// Returns the limbs of the low bits of `value`.
pub fn split(value: u64, count: usize) -> impl Iterator<Item = F> {
    (0..count).map(move |i| {
        F::from_canonical_u64(value.checked_shr(LIMB_BITS * i as u32).unwrap_or(0) & 3)
    })
}
