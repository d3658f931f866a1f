//! The Plonky2 side of the wrap: from a proof of any circuit to one proof of one fixed circuit.
//!
//! ```text
//! model circuit ─▶ shrink (as often as needed) ─▶ L1 canonical ─▶ L2 outer ─▶ R1CS
//!  any shape          any shape                     one shape       one circuit
//! ```

pub mod hash;
pub mod params;

mod canonical;
mod chain;
mod error;
mod heights;
mod outer;
mod recurse;
mod security;

pub use canonical::circuit_id;
pub use chain::{Layer, LayerTime, Outer, ShapedProof, Shaper};
pub use error::LayerError;
pub use security::{LayerSecurity, REDUCTION_BATCH_BITS, security_tables};

use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::plonk::circuit_data::{CircuitData, CommonCircuitData, VerifierOnlyCircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use plonky2::plonk::proof::ProofWithPublicInputs;

use hash::OuterConfig;

/// The field of every Plonky2 layer.
pub type F = GoldilocksField;
/// The degree of the extension that challenges of the polynomial IOP come from.
pub const D: usize = 2;
/// The configuration of every layer but the last.
pub type InnerConfig = PoseidonGoldilocksConfig;
/// A circuit of any layer but the last.
pub type InnerCircuit = CircuitData<F, InnerConfig, D>;
/// A proof of any layer but the last.
pub type InnerProof = ProofWithPublicInputs<F, InnerConfig, D>;
/// What names a circuit of any layer but the last to its verifier.
pub type InnerVerifier = VerifierOnlyCircuitData<InnerConfig, D>;
/// The shape of a circuit.
pub type CommonData = CommonCircuitData<F, D>;
/// The circuit of L2.
pub type OuterCircuit = CircuitData<F, OuterConfig, D>;
/// A proof of L2.
pub type OuterProof = ProofWithPublicInputs<F, OuterConfig, D>;

#[cfg(test)]
mod tests;
