//! The field, the proof configuration, and integers inside the field.

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::field::types::{Field, Field64, PrimeField64};
use plonky2::plonk::config::PoseidonGoldilocksConfig;

/// The base field of every circuit.
pub type F = GoldilocksField;

/// Degree of the extension field that challenges come from.
pub const D: usize = 2;

/// Hashers and fields of every model circuit.
pub type C = PoseidonGoldilocksConfig;

/// Returns the field element of a signed integer.
///
/// # Panics
/// If the absolute value is not below the modulus.
#[must_use]
pub fn signed(value: i64) -> F {
    let magnitude = F::from_canonical_u64(value.unsigned_abs());
    if value < 0 { -magnitude } else { magnitude }
}

/// Returns the integer of smallest absolute value that a field element stands for.
#[must_use]
pub fn to_signed(value: F) -> i64 {
    let word = value.to_canonical_u64();
    let (up, down) = (word, F::ORDER - word);
    // Half of the modulus is below 2^63, so both conversions hold.
    if up <= down {
        up.cast_signed()
    } else {
        -down.cast_signed()
    }
}

/// Asserts that an equation between integers is decided by its field equation: with the absolute bounds of
/// both sides summing to less than the modulus, equality modulo p is equality.
///
/// # Panics
/// If it is not; `relation` says which.
pub fn assert_no_wrap(relation: &str, left: u128, right: u128) {
    assert!(
        left + right < u128::from(F::ORDER),
        "{relation} can wrap around the field: {left} + {right}"
    );
}
