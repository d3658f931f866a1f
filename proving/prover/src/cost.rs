//! What a proof will take, before it is made.

use std::time::{Duration, Instant};

use assay_wrap::layers::F;
use assay_wrap::layers::hash::hash_leaf;
use plonky2::field::types::Field;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::rates::{Rate, Rates, Size};
use crate::{StageBytes, StageTimes, Stages};

/// Milliseconds that the probe takes on the reference machine, `probe_ms` of `bench/results/wrap.json`.
const REFERENCE_PROBE_MS: u64 = 109;
/// Leaves that the probe hashes, and words of each: a small piece of the outer layer's work.
const PROBE_LEAVES: usize = 2048;
const PROBE_WORDS: usize = 135;

/// The circuit that [`CostEstimate::equivalent_rows`] takes the time of a row from.
const TYPICAL: Size = Size {
    rows: 1 << 13,
    shrink_steps: 1,
};

impl Rates {
    /// Those of the reference machine, two cores of an AMD EPYC: the `rates` that `assay bench` fitted to the models of
    /// `bench/results/wrap.json`, rounded.
    pub const REFERENCE: Self = Self {
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
        bytes: Stages {
            witness: holding(0.840e9, 33_300.0, 0.073e9),
            prove: holding(0.845e9, 33_000.0, 0.109e9),
            shape: holding(0.871e9, 28_600.0, 0.243e9),
            outer: holding(0.936e9, 29_500.0, 0.112e9),
            groth16: holding(1.331e9, 28_200.0, 0.191e9),
        },
    };
}

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
    /// Rows of a proof, at what one of 2^13 takes for each, that would take as long as everything does: what prices count.
    /// The same on every machine.
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
        Self::of(probe())
    }

    fn of(probe: Duration) -> Self {
        let reference = Duration::from_millis(REFERENCE_PROBE_MS);
        Self {
            slowness: probe.as_secs_f64() / reference.as_secs_f64(),
            ..Self::REFERENCE
        }
    }
}

/// Returns how long this machine takes for a small piece of the outer layer's work, with all cores.
#[must_use]
pub fn probe() -> Duration {
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
    probe().min(probe())
}

impl CostEstimate {
    /// Returns the estimate for a circuit of a size.
    #[must_use]
    pub fn new(size: Size, calibration: &Calibration) -> Self {
        let Calibration { slowness, rates } = calibration;
        let times = rates.milliseconds.map(|rate| rate.of(size));
        let total: f64 = times.each().iter().map(|(_, time)| **time).sum();
        let row = rates.milliseconds.prove.of(TYPICAL) / TYPICAL.rows as f64;
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
        let ratio = larger.stages_ms.prove as f64 / small.stages_ms.prove as f64;
        assert!((4.0..5.0).contains(&ratio), "{ratio}");
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

    /// The runs on the reference machine: each model's proof from input to what a contract verifies.
    #[derive(Deserialize)]
    struct Recorded {
        probe_ms: f64,
        models: Vec<RecordedModel>,
    }

    #[derive(Deserialize)]
    struct RecordedModel {
        model: String,
        size: Size,
        stages_ms: StageTimes,
        stages_peak_bytes: StageBytes,
        seal: Option<serde_json::Value>,
    }

    fn is_within(predicted: u64, recorded: u64, tolerance: f64) -> bool {
        (predicted as f64 / recorded as f64 - 1.0).abs() <= tolerance
    }

    #[test]
    fn reference_rates_are_within_tolerance_of_the_recorded_runs() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/results/wrap.json");
        let recorded = std::fs::read(path).unwrap();
        let recorded: Recorded = serde_json::from_slice(&recorded).unwrap();
        let slowness = recorded.probe_ms / REFERENCE_PROBE_MS as f64;
        assert!((slowness - 1.0).abs() < 0.1, "{slowness}");
        let whole = recorded.models.iter().filter(|model| model.seal.is_some());
        let whole = whole.collect::<Vec<_>>();
        for name in [
            "mlp-128",
            "lenet-5",
            "cnn-60",
            "resnet-8",
            "decoder-4",
            "classifier-100",
        ] {
            assert!(whole.iter().any(|model| model.model == name), "no {name}");
        }
        for model in whole {
            let estimate = CostEstimate::new(model.size, &Calibration::REFERENCE);
            let times = estimate.stages_ms.each().into_iter();
            for ((stage, &predicted), (_, &recorded)) in times.zip(model.stages_ms.each()) {
                assert!(
                    is_within(predicted, recorded, 0.3),
                    "{}, {stage}: {predicted} ms, took {recorded}",
                    model.model
                );
            }
            let bytes = estimate.stages_bytes.each().into_iter();
            for ((stage, &predicted), (_, &recorded)) in bytes.zip(model.stages_peak_bytes.each()) {
                assert!(
                    is_within(predicted, recorded, 0.2),
                    "{}, {stage}: {predicted} bytes, held {recorded}",
                    model.model
                );
            }
        }
    }
}
