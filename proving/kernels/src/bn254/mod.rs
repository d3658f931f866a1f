//! Kernels over BN254: its scalar field `Fr`, its base field `Fq` and its groups G1 and G2.

#[cfg(target_arch = "x86_64")]
pub mod ifma;
mod limbs;

pub mod poseidon2;
pub mod scalar;
