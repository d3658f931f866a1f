//! Kernels over BN254: its scalar field `Fr`, its base field `Fq` and its groups G1 and G2.

pub mod msm;
