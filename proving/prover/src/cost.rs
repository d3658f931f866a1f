//! What a proof will take, before it is made.

use std::time::{Duration, Instant};

use assay_wrap::layers::F;
use assay_wrap::layers::hash::hash_leaf;
use plonky2::field::types::Field;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::StageTimes;
use crate::progress::milliseconds;

/// Milliseconds that the probe takes on the reference machine (two cores), which all figures below belong to.
const REFERENCE_PROBE_MS: u64 = 250;
/// Leaves that the probe hashes, and words of each: a small piece of the outer layer's work.
const PROBE_LEAVES: usize = 2048;
const PROBE_WORDS: usize = 135;

/// Smallest circuit whose figures are known; time and memory are proportional to rows from there.
const BASE_LOG_ROWS: usize = 12;
const BASE_PROVE_MS: u64 = 1_400;
const BASE_WITNESS_MS: u64 = 60;
/// A shrink step at rate 1/16, and the canonical layer.
const SHRINK_MS: u64 = 5_000;
const CANONICAL_MS: u64 = 1_400;
/// L2 and L3, and Groth16: the same for every model.
const OUTER_MS: u64 = 14_000;
const GROTH16_MS: u64 = 15_000;

/// Memory that a process with loaded keys holds while it wraps.
const WRAP_BYTES: u64 = 3 << 30;
/// Memory of the model proof for one row: 8 × 260 polynomial values of 8 bytes, half as much again for the trees.
const BYTES_PER_ROW: u64 = 25_000;

/// How fast this machine is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Time of a piece of work here, divided by its time on the reference machine.
    pub slowness: f64,
}

/// What a proof takes. An estimate: what else the machine does is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostEstimate {
    /// Rows of the model circuit, a power of two.
    pub rows: u64,
    /// Milliseconds by stage.
    pub times: StageTimes,
    /// Most memory held.
    pub peak_bytes: u64,
}

impl Calibration {
    /// The reference machine.
    pub const REFERENCE: Self = Self { slowness: 1.0 };

    /// Measures this machine for a fraction of a second, with all cores.
    #[must_use]
    pub fn measure() -> Self {
        let leaf: Vec<F> = (0..PROBE_WORDS as u64).map(F::from_canonical_u64).collect();
        let probe = || {
            let start = Instant::now();
            let hashes: Vec<_> = (0..PROBE_LEAVES)
                .into_par_iter()
                .map(|_| hash_leaf(std::hint::black_box(&leaf)))
                .collect();
            std::hint::black_box(hashes);
            start.elapsed()
        };
        // The better of two: the first one may wake the cores.
        let elapsed = probe().min(probe());
        Self::of(elapsed)
    }

    fn of(probe: Duration) -> Self {
        let reference = Duration::from_millis(REFERENCE_PROBE_MS);
        Self {
            slowness: probe.as_secs_f64() / reference.as_secs_f64(),
        }
    }
}

impl CostEstimate {
    pub(crate) fn new(log_rows: usize, shrink_steps: usize, calibration: &Calibration) -> Self {
        let rows = 1u64 << log_rows;
        let share = rows as f64 / f64::from(1u32 << BASE_LOG_ROWS);
        let scaled =
            |ms: f64| milliseconds(Duration::from_secs_f64(ms * calibration.slowness / 1_000.0));
        let shape = CANONICAL_MS + SHRINK_MS * shrink_steps as u64;
        Self {
            rows,
            times: StageTimes {
                witness: scaled(BASE_WITNESS_MS as f64 * share),
                prove: scaled(BASE_PROVE_MS as f64 * share),
                shape: scaled(shape as f64),
                outer: scaled(OUTER_MS as f64),
                groth16: scaled(GROTH16_MS as f64),
            },
            peak_bytes: WRAP_BYTES.max(rows * BYTES_PER_ROW),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimate_grows_with_rows_steps_and_slowness() {
        let reference = CostEstimate::new(12, 0, &Calibration::REFERENCE);
        assert_eq!(reference.times.prove, BASE_PROVE_MS);
        let larger = CostEstimate::new(14, 1, &Calibration::REFERENCE);
        assert_eq!(larger.times.prove, 4 * BASE_PROVE_MS);
        assert_eq!(larger.times.shape, CANONICAL_MS + SHRINK_MS);
        let slow = CostEstimate::new(14, 1, &Calibration { slowness: 2.0 });
        assert_eq!(slow.times.total(), 2 * larger.times.total());
        assert!(CostEstimate::new(18, 1, &Calibration::REFERENCE).peak_bytes > WRAP_BYTES);
    }

    #[test]
    fn calibration_is_the_ratio_to_the_reference() {
        let probe = Duration::from_millis(2 * REFERENCE_PROBE_MS);
        assert!((Calibration::of(probe).slowness - 2.0).abs() < 1e-9);
        assert!(Calibration::measure().slowness > 0.0);
    }
}
