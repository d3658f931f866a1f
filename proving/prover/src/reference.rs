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
    probe_ms: 48,
    rates: Rates {
        milliseconds: Stages {
            witness: Rate {
                fixed: 0.446,
                per_row_log: 1.46e-5,
                ..Rate::ZERO
            },
            prove: Rate {
                fixed: 18.6,
                per_row: 0.147,
                per_row_log: 1.34e-4,
                ..Rate::ZERO
            },
            shape: Rate {
                fixed: 1_740.0,
                per_step: 1_780.0,
                ..Rate::ZERO
            },
            outer: Rate {
                fixed: 2_900.0,
                ..Rate::ZERO
            },
            groth16: Rate {
                fixed: 6_940.0,
                ..Rate::ZERO
            },
        },
        bytes: Stages {
            witness: Rate {
                fixed: 785_000_000.0,
                per_row: 24_700.0,
                per_step: 77_300_000.0,
                ..Rate::ZERO
            },
            prove: Rate {
                fixed: 776_000_000.0,
                per_row: 28_700.0,
                per_step: 62_300_000.0,
                ..Rate::ZERO
            },
            shape: Rate {
                fixed: 848_000_000.0,
                per_row: 22_900.0,
                per_step: 40_900_000.0,
                ..Rate::ZERO
            },
            outer: Rate {
                fixed: 848_000_000.0,
                per_row: 22_300.0,
                per_step: 38_300_000.0,
                ..Rate::ZERO
            },
            groth16: Rate {
                fixed: 989_000_000.0,
                per_row: 20_900.0,
                per_step: 71_400_000.0,
                ..Rate::ZERO
            },
        },
    },
};

/// AVX-512 with IFMA.
const AVX512: Reference = Reference {
    probe_ms: 9,
    rates: Rates {
        milliseconds: Stages {
            witness: Rate {
                fixed: 0.361,
                per_row_log: 1.51e-5,
                ..Rate::ZERO
            },
            prove: Rate {
                fixed: 20.2,
                per_row: 0.0313,
                per_row_log: 7.65e-5,
                ..Rate::ZERO
            },
            shape: Rate {
                fixed: 475.0,
                per_step: 445.0,
                ..Rate::ZERO
            },
            outer: Rate {
                fixed: 611.0,
                ..Rate::ZERO
            },
            groth16: Rate {
                fixed: 2_420.0,
                ..Rate::ZERO
            },
        },
        bytes: Stages {
            witness: Rate {
                fixed: 783_000_000.0,
                per_row: 25_700.0,
                per_step: 71_500_000.0,
                ..Rate::ZERO
            },
            prove: Rate {
                fixed: 776_000_000.0,
                per_row: 28_800.0,
                per_step: 61_000_000.0,
                ..Rate::ZERO
            },
            shape: Rate {
                fixed: 847_000_000.0,
                per_row: 23_200.0,
                per_step: 34_600_000.0,
                ..Rate::ZERO
            },
            outer: Rate {
                fixed: 844_000_000.0,
                per_row: 23_300.0,
                per_step: 36_300_000.0,
                ..Rate::ZERO
            },
            groth16: Rate {
                fixed: 1_000_000_000.0,
                per_row: 21_900.0,
                per_step: 52_800_000.0,
                ..Rate::ZERO
            },
        },
    },
};
