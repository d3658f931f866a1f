//! The Plonky2 side of the wrap: from a proof of any circuit to one proof of one fixed circuit.

pub mod hash;
