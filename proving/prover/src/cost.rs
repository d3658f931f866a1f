//! What a proof will take, before it is made.

use std::time::{Duration, Instant};

use assay_kernels::Path;
use assay_plonk::TreeHasher;
use assay_wrap::layers::hash::Bn254Hasher;
use serde::{Deserialize, Serialize};

use crate::rates::{Rates, Size};
use crate::reference::{self, PRICED};
use crate::{StageBytes, StageTimes};

/// Leaves that the probe hashes, and words of each: a small piece of the outer layer's work.
const PROBE_LEAVES: u64 = 2048;
const PROBE_WORDS: usize = 135;
const PROBES: usize = 8;

/// The circuit that [`CostEstimate::equivalent_rows`] takes the time of a row from.
const TYPICAL: Size = Size {
    rows: 1 << 13,
    shrink_steps: 1,
};

/// How fast this machine is, by one path of the kernels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The path that was measured, and that proofs take as long as the process keeps to it.
    #[serde(with = "crate::kernels")]
    pub kernels: Path,
    /// Time of a piece of work here, divided by its time on the reference machine by the same path.
    pub slowness: f64,
    /// What stages take on the reference machine by that path.
    pub rates: Rates,
}

/// What a proof takes. An estimate: what else the machine does is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostEstimate {
    /// What the estimate follows from.
    pub size: Size,
    /// The path of the kernels that it is for.
    #[serde(with = "crate::kernels")]
    pub kernels: Path,
    /// Milliseconds by stage.
    pub stages_ms: StageTimes,
    /// Most memory held in each stage by a process that has loaded keys and circuits.
    pub stages_bytes: StageBytes,
    /// Rows of a proof, at what one of 2^13 takes for each, that would take as long as everything does: what prices count.
    /// The same on every machine and by every path.
    pub equivalent_rows: u64,
}

impl Calibration {
    /// Returns the reference machine by a path.
    #[must_use]
    pub const fn reference(kernels: Path) -> Self {
        Self {
            kernels,
            slowness: 1.0,
            rates: reference::of(kernels).rates,
        }
    }

    /// Measures this machine for a fraction of a second, with all cores, by the path that proofs take here.
    ///
    /// # Panics
    /// If the environment forces a path that the processor does not have.
    #[must_use]
    pub fn measure() -> Self {
        Self::of(Path::current(), probe())
    }

    fn of(kernels: Path, probe: Duration) -> Self {
        let reference = Duration::from_millis(reference::of(kernels).probe_ms);
        Self {
            slowness: probe.as_secs_f64() / reference.as_secs_f64(),
            ..Self::reference(kernels)
        }
    }
}

/// Returns how long this machine takes for a small piece of the outer layer's work, with all cores and the kernels that
/// proofs take here.
///
/// # Panics
/// If the environment forces a path that the processor does not have.
#[must_use]
pub fn probe() -> Duration {
    let path = Path::current();
    let column: Vec<u64> = (0..PROBE_LEAVES).collect();
    let leaves = vec![&column[..]; PROBE_WORDS];
    let probe = || {
        let start = Instant::now();
        std::hint::black_box(Bn254Hasher::hash_leaves(
            path,
            std::hint::black_box(&leaves),
        ));
        start.elapsed()
    };
    // The best of several: cores that slept take some tens of milliseconds to reach their speed.
    (1..PROBES).fold(probe(), |best, _| best.min(probe()))
}

impl CostEstimate {
    /// Returns the estimate for a circuit of a size.
    #[must_use]
    pub fn new(size: Size, calibration: &Calibration) -> Self {
        let Calibration {
            kernels,
            slowness,
            rates,
        } = calibration;
        let times = rates.milliseconds.map(|rate| rate.of(size));
        let priced = PRICED.rates.milliseconds;
        let whole_proof = priced.map(|rate| rate.of(size));
        let total: f64 = whole_proof.each().iter().map(|(_, time)| **time).sum();
        let row = priced.prove.of(TYPICAL) / TYPICAL.rows as f64;
        Self {
            size,
            kernels: *kernels,
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
        let reference = Calibration::reference(Path::Portable);
        let small = estimate(12, 0, &reference);
        let larger = estimate(14, 1, &reference);
        let ratio = larger.stages_ms.prove as f64 / small.stages_ms.prove as f64;
        assert!((4.0..5.0).contains(&ratio), "{ratio}");
        assert!(larger.stages_ms.shape > 2 * small.stages_ms.shape);
        assert_eq!(larger.stages_ms.outer, small.stages_ms.outer);
        assert!(larger.peak_bytes() > small.peak_bytes());
        let bytes = larger.stages_bytes.each().map(|(_, &bytes)| bytes);
        assert!(bytes.into_iter().all(|held| held <= larger.peak_bytes()));
        assert!(bytes.contains(&larger.peak_bytes()));
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
    fn calibration_is_the_ratio_to_the_reference_of_its_path() {
        for path in Path::ALL {
            let probe = Duration::from_millis(2 * reference::of(path).probe_ms);
            let calibration = Calibration::of(path, probe);
            assert!((calibration.slowness - 2.0).abs() < 1e-9);
            assert_eq!(calibration.rates, reference::of(path).rates);
            assert_eq!(calibration.kernels, path);
        }
        let here = Calibration::measure();
        assert!(here.slowness > 0.0);
        assert_eq!(here.kernels, Path::current());
    }

    #[test]
    fn estimate_says_by_which_path_and_prices_do_not_depend_on_it() {
        let portable = estimate(13, 1, &Calibration::reference(Path::Portable));
        for path in Path::ALL {
            let calibration = Calibration::reference(path);
            let estimate = estimate(13, 1, &calibration);
            assert_eq!(estimate.kernels, path);
            assert_eq!(estimate.equivalent_rows, portable.equivalent_rows);
            let json = serde_json::to_value(estimate).unwrap();
            assert_eq!(json["kernels"], path.name());
            assert_eq!(
                serde_json::from_value::<CostEstimate>(json).unwrap(),
                estimate
            );
            let mut json = serde_json::to_value(calibration).unwrap();
            assert_eq!(
                serde_json::from_value::<Calibration>(json.clone()).unwrap(),
                calibration
            );
            json["kernels"] = "abacus".into();
            let error = serde_json::from_value::<Calibration>(json).unwrap_err();
            assert!(error.to_string().contains("portable, avx2"), "{error}");
        }
    }

    /// The runs on the reference machine: each model's proof from input to what a contract verifies.
    #[derive(Deserialize)]
    struct Recorded {
        #[serde(with = "crate::kernels")]
        kernels: Path,
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
        let results = concat!(env!("CARGO_MANIFEST_DIR"), "/../../bench/results/");
        let bytes = std::fs::read(format!("{results}wrap.json")).unwrap();
        let whole = whole_proofs(&bytes);
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
        // There only if somebody forced the path; it need not have every model.
        if let Ok(bytes) = std::fs::read(format!("{results}wrap-portable.json")) {
            assert!(!whole_proofs(&bytes).is_empty());
        }
    }

    /// Compares a record with the table of its path, and returns its proofs.
    fn whole_proofs(bytes: &[u8]) -> Vec<RecordedModel> {
        let recorded: Recorded = serde_json::from_slice(bytes).unwrap();
        let calibration = Calibration::reference(recorded.kernels);
        let slowness = recorded.probe_ms / reference::of(recorded.kernels).probe_ms as f64;
        assert!((slowness - 1.0).abs() < 0.1, "{slowness}");
        let whole = recorded
            .models
            .into_iter()
            .filter(|model| model.seal.is_some());
        let whole = whole.collect::<Vec<_>>();
        for model in &whole {
            let estimate = CostEstimate::new(model.size, &calibration);
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
        whole
    }
}
