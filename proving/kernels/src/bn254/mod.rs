//! Kernels over BN254: its scalar field `Fr`, its base field `Fq` and its groups G1 and G2.

pub mod fft;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod limbs;
pub mod msm;
pub mod poseidon2;
mod scalar;
