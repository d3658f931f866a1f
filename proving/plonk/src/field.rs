//! The field and its extension.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::goldilocks_field::GoldilocksField;

/// The base field.
pub type F = GoldilocksField;

/// Degree of the extension field that challenges come from.
pub const D: usize = 2;

/// The extension field.
pub type Extension = QuadraticExtension<F>;
