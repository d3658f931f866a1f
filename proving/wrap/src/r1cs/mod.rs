//! The complete Plonky2 verifier of one fixed circuit (L2) as a rank-1 constraint system over BN254's scalar field.
//!
//! Modules are named as Plonky2's. [`Builder`] is one code path for constraints and witness; [`goldilocks`] and
//! [`extension`] are the emulated arithmetic everything else stands on.

pub mod builder;
pub mod challenger;
pub mod extension;
pub mod fri;
mod gates;
pub mod goldilocks;
pub mod index;
mod lc;
pub mod matrices;
pub mod merkle;
pub mod poseidon;
pub mod poseidon2;
pub mod proof;
mod reductions;
pub mod uint;
pub mod vanishing;
pub mod verifier;

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
pub(crate) mod tests;

pub use builder::{Builder, Mode, Unsatisfied};
pub use extension::Ext;
pub use goldilocks::Gl;
pub use lc::Lc;
pub use matrices::Matrices;
