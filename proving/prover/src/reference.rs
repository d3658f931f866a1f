//! What the reference machine, two cores of an AMD EPYC, was measured to take: a table for each path of the kernels.
//!
//! To renew a table, run on that machine, with nothing else at work:
//!
//! - `make bench`, which writes `bench/results/wrap.json`: `kernels` in it says which table it is for;
//! - `ASSAY_KERNELS=portable make bench ARGS="--out bench/results"`, which writes `bench/results/wrap-portable.json`.
//!
//! Copy `probe_ms`, a whole number, and `rates`, three digits of each, from the file into the table; what a rate does not
//! have is left out. A test of `cost.rs` compares the tables with both files. A path without a table takes that of the
//! path before it, which is not faster.

use assay_kernels::Path;

use crate::Stages;
use crate::rates::{Rate, Rates};

/// What one path takes.
#[derive(Debug)]
pub(crate) struct Reference {
    /// Milliseconds of the probe.
    pub(crate) probe_ms: u64,
    /// Times and memory of stages.
    pub(crate) rates: Rates,
}

/// The path that prices are told by, so that a request costs the same rows whoever reads it.
pub(crate) const PRICED: &Reference = &PORTABLE;

/// Returns the table of a path.
pub(crate) const fn of(path: Path) -> &'static Reference {
    match path {
        // Not measured: its Goldilocks lanes are faster, its BN254 arithmetic is the same.
        Path::Portable | Path::Avx2 => &PORTABLE,
        Path::Avx512 => &AVX512,
    }
}

/// Scalar code.
pub(crate) const PORTABLE: Reference = Reference {
    probe_ms: 109,
    rates: Rates {
        milliseconds: Stages {
            witness: Rate {
                fixed: 0.29,
                per_row_log: 2.45e-5,
                ..Rate::ZERO
            },
            prove: Rate {
                per_row: 0.186,
                per_row_log: 1.23e-3,
                ..Rate::ZERO
            },
            shape: Rate {
                fixed: 1_043.0,
                per_step: 4_601.0,
                ..Rate::ZERO
            },
            outer: Rate {
                fixed: 10_583.0,
                ..Rate::ZERO
            },
            groth16: Rate {
                fixed: 12_366.0,
                ..Rate::ZERO
            },
        },
        bytes: BYTES,
    },
};

/// AVX-512 with IFMA. Not measured yet: until then what scalar code takes, which is too much.
const AVX512: Reference = PORTABLE;

/// Memory hardly depends on the path.
const BYTES: Stages<Rate> = Stages {
    witness: holding(0.840e9, 33_300.0, 0.073e9),
    prove: holding(0.845e9, 33_000.0, 0.109e9),
    shape: holding(0.871e9, 28_600.0, 0.243e9),
    outer: holding(0.936e9, 29_500.0, 0.112e9),
    groth16: holding(1.331e9, 28_200.0, 0.191e9),
};

/// What a stage holds: keys, constraint system and fixed layer; for each row constants, permutation and their tree; and
/// each built shrink step.
const fn holding(fixed: f64, per_row: f64, per_step: f64) -> Rate {
    Rate {
        fixed,
        per_row,
        per_step,
        ..Rate::ZERO
    }
}
