//! One measured proof of ours, in a process of its own so that its peak of memory is its own.

use std::cell::RefCell;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::bail;
use assay_prover::model_format::QuantizedModel;
use assay_prover::{
    InferenceJob, Measurement, ModelProver, Progress, ProofFile, Salt, Silent, Size, Stage,
    StageBytes, StageTimes, Stages, VerifyingKey, WrappedProof, Wrapper, peak_rss_bytes,
    restart_peak_rss,
};
use assay_statement::{Digest, Header, Privacy};
use serde::{Deserialize, Serialize};

use super::examples::Example;
use super::rows::median;
use crate::dataset::DataSet;
use crate::progress::Bar;

/// What one proof took, or the medians of several.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// The example.
    pub model: String,
    /// Trained parameters.
    pub parameters: usize,
    /// Multiply-adds of an inference.
    pub multiply_adds: usize,
    /// What time and memory depend on.
    pub size: Size,
    /// Rows that are not padding.
    pub rows: usize,
    /// Building the model's circuits, once for each model.
    pub setup_ms: u64,
    /// Proofs that the figures are medians of.
    pub runs: usize,
    /// Stages of the proof.
    pub stages_ms: StageTimes,
    /// All stages.
    pub total_ms: u64,
    /// Most bytes held in each stage.
    pub stages_peak_bytes: StageBytes,
    /// Most bytes held in all stages.
    pub peak_rss_bytes: u64,
    /// What came of the wrap, if the example goes the whole way.
    pub seal: Option<SealReport>,
}

/// What a contract verifies.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SealReport {
    /// Verifying it with the verifying key at hand, in microseconds.
    pub verify_us: u64,
    /// Its bytes.
    pub bytes: usize,
}

impl Report {
    /// Returns the report with the median of each figure; none of no report.
    pub fn median(reports: &[Self]) -> Option<Self> {
        let of = |pick: &dyn Fn(&Self) -> u64| median(reports.iter().map(pick).collect());
        let stages = |stages: &dyn Fn(&Self) -> Stages<u64>| Stages {
            witness: of(&|report| stages(report).witness),
            prove: of(&|report| stages(report).prove),
            shape: of(&|report| stages(report).shape),
            outer: of(&|report| stages(report).outer),
            groth16: of(&|report| stages(report).groth16),
        };
        Some(Self {
            setup_ms: of(&|report| report.setup_ms),
            runs: reports.iter().map(|report| report.runs).sum(),
            stages_ms: stages(&|report| report.stages_ms),
            total_ms: of(&|report| report.total_ms),
            stages_peak_bytes: stages(&|report| report.stages_peak_bytes),
            peak_rss_bytes: of(&|report| report.peak_rss_bytes),
            seal: reports.first()?.seal.map(|seal| SealReport {
                verify_us: of(&|report| report.seal.map_or(0, |seal| seal.verify_us)),
                ..seal
            }),
            ..reports.first()?.clone()
        })
    }

    /// Returns what rates are fitted to.
    pub fn measurement(&self) -> Measurement {
        Measurement {
            size: self.size,
            milliseconds: self.stages_ms,
            bytes: self.stages_peak_bytes,
        }
    }
}

/// Measures a proof in another process.
pub fn measure_apart(name: &str, cache: &Path) -> anyhow::Result<Report> {
    let child = Command::new(std::env::current_exe()?)
        .args(["bench", "--json", "--only", name, "--cache-dir"])
        .arg(cache)
        .stderr(Stdio::inherit())
        .output()?;
    if !child.status.success() {
        bail!("measuring {name} ended with {}", child.status);
    }
    Ok(serde_json::from_slice(&child.stdout)?)
}

/// A bar that also watches how much memory each stage holds.
struct Watch {
    bar: Bar,
    peaks: RefCell<StageBytes>,
}

impl Progress for Watch {
    fn stage(&self, stage: Stage, fraction: f32) {
        if fraction == 0.0 {
            restart_peak_rss();
        } else if let Some(peak) = self.peaks.borrow_mut().get_mut(stage) {
            *peak = peak_rss_bytes().unwrap_or(0);
        }
        self.bar.stage(stage, fraction);
    }

    fn note(&self, message: &str) {
        self.bar.note(message);
    }
}

/// What is public of a measured proof.
pub(super) const HEADER: Header =
    Header::inference(Privacy::Public, Privacy::Private, Privacy::Public);

/// An inference of a model whose weights are hidden.
pub(super) fn job<'a>(model: &'a QuantizedModel, input: &'a [i16]) -> InferenceJob<'a> {
    InferenceJob {
        model,
        model_salt: Salt::from_entropy([7; 32]),
        input,
        input_salt: Salt::ZERO,
        output_secret: Salt::ZERO,
        context: Digest::ZERO,
    }
}

/// Measures a proof whose weights are private, that is committed to under a salt.
pub fn measure(wrapper: &Wrapper, root: &Path, example: &Example) -> anyhow::Result<Report> {
    let (float, model) = example.quantized(root)?;
    let held_out = DataSet::read(&example.held_out(root), float.graph())?.inputs();
    let began = Instant::now();
    let prover = ModelProver::new(model.architecture(), HEADER)?;
    let setup_ms = milliseconds(began);

    // The first proof wakes caches and threads; it is not counted.
    let inputs = [0, 1].map(|run| model.input_lanes(&held_out[run % held_out.len()]));
    let [first, second] = inputs.each_ref().map(|input| job(&model, input));
    prover.prove(&first, &Silent)?;
    let watch = Watch {
        bar: Bar::begin(example.name),
        peaks: RefCell::default(),
    };
    let proof = prover.prove(&second, &watch)?;
    let mut stages_ms = proof.times();
    let mut seal = None;
    if example.wraps {
        let wrapped = prover.wrap(wrapper, &proof, &watch)?;
        stages_ms = wrapped.times;
        seal = Some(seal_report(wrapper.verifying_key(), &wrapped)?);
    }
    watch.bar.end(&format!("{} ms", stages_ms.total()));
    let stages_peak_bytes = watch.peaks.into_inner();
    Ok(Report {
        model: example.name.to_owned(),
        parameters: model.architecture().parameters(),
        multiply_adds: model.architecture().multiply_adds(),
        size: prover.size(),
        rows: prover.circuit_cost().used(),
        setup_ms,
        runs: 1,
        total_ms: stages_ms.total(),
        stages_ms,
        peak_rss_bytes: stages_peak_bytes.max(),
        stages_peak_bytes,
        seal,
    })
}

fn seal_report(key: &VerifyingKey, wrapped: &WrappedProof) -> anyhow::Result<SealReport> {
    let file = ProofFile::new(&wrapped.statement, &wrapped.seal, key);
    let began = Instant::now();
    file.verify(key)?;
    Ok(SealReport {
        verify_us: u64::try_from(began.elapsed().as_micros())?,
        bytes: file.seal_bytes()?.len(),
    })
}

fn milliseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX)
}
