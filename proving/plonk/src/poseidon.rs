//! Plonky2's Poseidon in the kernels.

use plonky2::hash::poseidon::PoseidonHash;

use crate::tree::TreeHasher;

impl TreeHasher for PoseidonHash {}
