//! Domain separation of Poseidon hashes: the first element of every preimage.
//!
//! A tag is `"assay"` in its top five bytes, then purpose, lane type and version, one byte each. Two
//! preimages of different purpose, lane type or version can therefore never be the same.

use crate::Lane;

const PREFIX: u64 = 0x61_73_73_61_79 << 24;

/// Version of the commitment scheme.
const SCHEME: u64 = 1;

/// Lane byte of preimages that mix lane types or hold whole elements.
const MIXED: u64 = 0;

const fn tag(purpose: u64, lane: u64) -> u64 {
    PREFIX | purpose << 16 | lane << 8 | SCHEME
}

/// A model's data: weights, biases, multipliers, zero points.
pub const MODEL: u64 = tag(1, MIXED);

/// The salt of a private output, from the requester's secret and the context.
pub const OUTPUT_SALT: u64 = tag(4, MIXED);

/// The identity of a circuit, from the verifier data of its canonical form.
pub const CIRCUIT: u64 = tag(5, MIXED);

/// The challenges of a model circuit, from everything that its prover chose.
pub const CHALLENGE: u64 = tag(6, MIXED);

/// Returns the tag of an inference's input with the given lane type.
#[must_use]
pub const fn input(lane: Lane) -> u64 {
    tag(2, lane as u64)
}

/// Returns the tag of an inference's output with the given lane type.
#[must_use]
pub const fn output(lane: Lane) -> u64 {
    tag(3, lane as u64)
}
