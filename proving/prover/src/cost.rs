//! What a proof will take, before it is made.

use std::time::{Duration, Instant};

use assay_wrap::layers::F;
use assay_wrap::layers::hash::hash_leaf;
use plonky2::field::types::Field;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rates::{Rate, Rates, Size};
use crate::{StageBytes, StageTimes, Stages};

/// Milliseconds that the probe takes on the reference machine: an estimate until a run that records it.
const REFERENCE_PROBE_MS: u64 = 250;
/// Leaves that the probe hashes, and words of each: a small piece of the outer layer's work.
const PROBE_LEAVES: usize = 2048;
const PROBE_WORDS: usize = 135;

/// What every stage holds: keys, constraint system and fixed layers.
const HELD_BYTES: f64 = 1.1e9;
/// What each row of a built circuit holds: constants and permutation at rate 1/8, and their tree.
const HELD_BYTES_PER_ROW: f64 = 15_000.0;
/// What a built shrink step holds.
const HELD_BYTES_PER_STEP: f64 = 0.19e9;

impl Rates {
    /// Those of the reference machine (two cores of an AMD EPYC). Times follow the two perceptrons of
    /// `bench/results/wrap.json`; how memory splits over the stages is an estimate until a run that records it.
    pub const REFERENCE: Self = Self {
        milliseconds: Stages {
            witness: per_row(0.0035),
            prove: per_row(0.32),
            shape: Rate {
                fixed: 1_540.0,
                per_row: 0.0,
                per_step: 4_245.0,
            },
            outer: fixed(13_400.0),
            groth16: fixed(13_600.0),
        },
        bytes: Stages {
            witness: holding(0.0, 2_000.0),
            prove: holding(0.0, 25_000.0),
            shape: holding(0.2e9, 0.0),
            outer: holding(0.3e9, 0.0),
            groth16: holding(0.37e9, 0.0),
        },
    };
}

const fn fixed(fixed: f64) -> Rate {
    Rate {
        fixed,
        per_row: 0.0,
        per_step: 0.0,
    }
}

const fn per_row(per_row: f64) -> Rate {
    Rate {
        fixed: 0.0,
        per_row,
        per_step: 0.0,
    }
}

/// What is held and so much more.
const fn holding(fixed: f64, per_row: f64) -> Rate {
    Rate {
        fixed: HELD_BYTES + fixed,
        per_row: HELD_BYTES_PER_ROW + per_row,
        per_step: HELD_BYTES_PER_STEP,
    }
}

/// How fast this machine is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Time of a piece of work here, divided by its time on the reference machine.
    pub slowness: f64,
    /// What stages take on the reference machine.
    pub rates: Rates,
}

/// What a proof takes. An estimate: what else the machine does is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostEstimate {
    /// What the estimate follows from.
    pub size: Size,
    /// Milliseconds by stage.
    pub stages_ms: StageTimes,
    /// Most memory held in each stage by a process that has loaded keys and circuits.
    pub stages_bytes: StageBytes,
    /// Rows of a model circuit whose proof alone would take as long as everything does: what prices count. The same on
    /// every machine.
    pub equivalent_rows: u64,
}

impl Calibration {
    /// The reference machine.
    pub const REFERENCE: Self = Self {
        slowness: 1.0,
        rates: Rates::REFERENCE,
    };

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
            ..Self::REFERENCE
        }
    }
}

impl CostEstimate {
    /// Returns the estimate for a circuit of a size.
    #[must_use]
    pub fn new(size: Size, calibration: &Calibration) -> Self {
        let Calibration { slowness, rates } = calibration;
        let times = rates.milliseconds.map(|rate| rate.of(size));
        let total: f64 = times.each().iter().map(|(_, time)| **time).sum();
        let row = rates.milliseconds.prove.per_row;
        Self {
            size,
            stages_ms: times.map(|time| whole(time * slowness)),
            stages_bytes: rates.bytes.map(|rate| whole(rate.of(size))),
            equivalent_rows: if row > 0.0 {
                whole(total / row)
            } else {
                size.rows
            },
        }
    }

    /// Returns the most memory held in any stage.
    #[must_use]
    pub fn peak_bytes(&self) -> u64 {
        self.stages_bytes.max()
    }
}

/// Returns the nearest whole number; a float's conversion saturates.
fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(log_rows: u32, shrink_steps: u64, calibration: &Calibration) -> CostEstimate {
        let rows = 1 << log_rows;
        CostEstimate::new(Size { rows, shrink_steps }, calibration)
    }

    #[test]
    fn estimate_grows_with_rows_steps_and_slowness() {
        let reference = Calibration::REFERENCE;
        let small = estimate(12, 0, &reference);
        let larger = estimate(14, 1, &reference);
        assert!(larger.stages_ms.prove.abs_diff(4 * small.stages_ms.prove) <= 4);
        assert!(larger.stages_ms.shape > 2 * small.stages_ms.shape);
        assert_eq!(larger.stages_ms.outer, small.stages_ms.outer);
        assert!(larger.peak_bytes() > small.peak_bytes());
        assert!(larger.equivalent_rows > small.equivalent_rows + (3 << 12));

        let slow = estimate(
            14,
            1,
            &Calibration {
                slowness: 2.0,
                ..reference
            },
        );
        let (twice, total) = (2 * larger.stages_ms.total(), slow.stages_ms.total());
        assert!(total.abs_diff(twice) <= 5);
        assert_eq!(slow.stages_bytes, larger.stages_bytes);
        assert_eq!(slow.equivalent_rows, larger.equivalent_rows);
    }

    #[test]
    fn calibration_is_the_ratio_to_the_reference() {
        let probe = Duration::from_millis(2 * REFERENCE_PROBE_MS);
        assert!((Calibration::of(probe).slowness - 2.0).abs() < 1e-9);
        assert!(Calibration::measure().slowness > 0.0);
    }

    /// Rows and steps, milliseconds of the stages, peak of memory: the runs that the reference rates are fitted to.
    #[test]
    fn reference_rates_are_within_tolerance_of_the_recorded_runs() {
        for (log_rows, steps, recorded, bytes) in [
            (12, 0, [13, 1_283, 1_539, 14_293, 14_246], 1_531_383_808_u64),
            (13, 1, [30, 2_680, 5_784, 12_523, 12_999], 1_783_238_656),
        ] {
            let estimate = estimate(log_rows, steps, &Calibration::REFERENCE);
            for ((stage, &predicted), recorded) in
                estimate.stages_ms.each().into_iter().zip(recorded)
            {
                let error = predicted as f64 / f64::from(recorded) - 1.0;
                assert!(
                    error.abs() < 0.3,
                    "{stage}: {predicted} ms, took {recorded}"
                );
            }
            let error = estimate.peak_bytes() as f64 / bytes as f64 - 1.0;
            assert!(
                error.abs() < 0.2,
                "{} bytes, held {bytes}",
                estimate.peak_bytes()
            );
        }
    }
}
