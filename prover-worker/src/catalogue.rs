//! The models that this worker may prove, each with the circuit that it rebuilt itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_market::Word;
use assay_prover::model_format::quant::file::MAX_FILE_BYTES;
use assay_prover::model_format::{Output, OutputSpec, QuantizedModel};
use assay_prover::{
    Calibration, InferenceJob, ModelProver, Progress, ProverError, Salt, Stage, VerifyError,
    Wrapper, cache_directory, commitment, verify,
};
use assay_statement::{Digest, Header, Privacy, StatementError};
use serde_json::json;
use thiserror::Error;
use tracing::{debug, info, warn};

use crate::jobs::JobKey;
use crate::node::StepError;

/// Why a proof failed.
#[derive(Debug, Error)]
pub enum ProveError {
    /// The proof stack failed.
    #[error(transparent)]
    Prover(#[from] ProverError),
    /// Our own proof does not verify.
    #[error("our own proof does not verify: {0}")]
    Verify(#[from] VerifyError),
    /// The proof says something else than the request asks for.
    #[error("the proof is for context {got}, expected {expected}")]
    OtherContext {
        /// The request's context.
        expected: Digest,
        /// The context in the proof.
        got: Digest,
    },
    /// The output has no byte form.
    #[error(transparent)]
    Output(#[from] StatementError),
    /// The model refuses the input.
    #[error(transparent)]
    Model(#[from] assay_prover::model_format::ModelError),
    /// A step around the proof failed.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The data folder failed.
    #[error("data folder: {0}")]
    Folder(#[from] std::io::Error),
    /// The proving thread ended without a result.
    #[error("the proving thread ended: {0}")]
    Thread(#[from] tokio::task::JoinError),
}

/// What is to be proved, apart from the model.
#[derive(Debug)]
pub struct Inference {
    /// The input's lanes.
    pub input: Vec<i16>,
    /// Binds the proof to request, round and payee.
    pub context: Digest,
}

/// A finished proof in the form that a job row keeps.
#[derive(Debug)]
pub struct Wrapped {
    /// The statement, as JSON.
    pub statement: String,
    /// The seal, as hex.
    pub seal: String,
    /// The output's bytes, as hex.
    pub output: String,
    /// Milliseconds of each stage and the peak of memory, as JSON.
    pub timings: String,
}

/// A model that we hold, and everything that its proofs need.
pub struct Entry {
    name: String,
    model: QuantizedModel,
    salt: Salt,
    header: Header,
    commitment: Word,
    prover: ModelProver,
    wrapper: Arc<Wrapper>,
    rows: u64,
    expected: Duration,
}

/// All models that we hold.
pub struct Catalogue {
    entries: Vec<Arc<Entry>>,
}

/// Whether we hold a model.
pub enum Held {
    /// We do.
    Yes(Arc<Entry>),
    /// We do not.
    No,
    /// We do, but do not prove this kind or privacy mode of it.
    InAnotherMode,
}

impl Catalogue {
    /// Loads the models of a folder, rebuilds their circuits, and loads the proving keys.
    pub fn load(models: &Path, cache: Option<&Path>) -> anyhow::Result<Self> {
        let cache = match cache {
            Some(cache) => cache.to_owned(),
            None => cache_directory(|name| std::env::var_os(name))
                .context("no folder for proving keys: give --cache-dir")?,
        };
        info!(cache = %cache.display(), "loading the proving keys");
        let wrapper = Arc::new(Wrapper::load(&cache, &LogProgress::default())?);
        let calibration = Calibration::measure();
        let mut entries = Vec::new();
        for path in model_files(models)? {
            let entry = Entry::load(&path, &wrapper, &calibration)
                .with_context(|| format!("model {}", path.display()))?;
            info!(
                model = entry.name, circuit = %entry.circuit(), commitment = %entry.commitment,
                rows = entry.rows(), expected_seconds = entry.expected.as_secs(), "can prove"
            );
            entries.push(Arc::new(entry));
        }
        Ok(Self { entries })
    }

    /// Returns the model with this commitment, if it is held and proved in this mode.
    pub fn find(&self, commitment: Word, header: Header) -> Held {
        let mut held = Held::No;
        for entry in self
            .entries
            .iter()
            .filter(|entry| entry.commitment == commitment)
        {
            if entry.header == header {
                return Held::Yes(entry.clone());
            }
            held = Held::InAnotherMode;
        }
        held
    }

    /// Returns what the slowest of our proofs is expected to take.
    pub fn expected(&self) -> Duration {
        self.entries
            .iter()
            .map(|entry| entry.expected)
            .max()
            .unwrap_or_default()
    }

    /// Returns the number of models.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there is nothing to prove.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Entry {
    fn load(
        path: &Path,
        wrapper: &Arc<Wrapper>,
        calibration: &Calibration,
    ) -> anyhow::Result<Self> {
        let model = read_model(path)?;
        let salt = read_salt(&path.with_extension("salt"))?;
        let weights = if salt.is_zero() {
            Privacy::Public
        } else {
            Privacy::Private
        };
        let header = Header::inference(Privacy::Public, weights, Privacy::Public);
        let commitment = Word(commitment::model_commitment(&model, salt)?.to_bytes32());
        let prover = ModelProver::new(model.architecture(), header)?;
        let estimate = prover.estimate(calibration);
        Ok(Self {
            name: path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            model,
            salt,
            header,
            commitment,
            prover,
            wrapper: wrapper.clone(),
            rows: estimate.equivalent_rows,
            expected: Duration::from_millis(estimate.stages_ms.total()),
        })
    }

    /// Returns the model's name here: that of its file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the rows that a proof costs, wrapping included: the same on every machine.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the id of the circuit that we rebuilt.
    pub fn circuit(&self) -> Word {
        Word(self.prover.circuit_id().to_bytes32())
    }

    /// Returns what the model's output is.
    pub fn output(&self) -> OutputSpec {
        self.model.architecture().output()
    }

    /// Returns the input lanes that bytes stand for.
    pub fn input_lanes(&self, bytes: &[u8]) -> Result<Vec<i16>, String> {
        let lane = self.model.architecture().input.lane;
        let lanes = lane.from_bytes(bytes).map_err(|error| error.to_string())?;
        let narrow = |lane: i64| i16::try_from(lane).map_err(|error| error.to_string());
        lanes.into_iter().map(narrow).collect()
    }

    /// Checks that lanes open a public commitment and that the model has a result for them.
    pub fn check_input(&self, lanes: &[i16], digest: Word) -> Result<(), String> {
        let expected = self.model.architecture().inputs();
        if lanes.len() != expected {
            return Err(format!("expected {expected} lanes, got {}", lanes.len()));
        }
        let lane = self.model.architecture().input.lane;
        let got = commitment::input_commitment(lane, lanes, Salt::ZERO);
        let got = Word(got.map_err(|error| error.to_string())?.to_bytes32());
        if got != digest {
            return Err(format!("expected commitment {digest}, got {got}"));
        }
        // A bid says that there will be a proof, so the model runs on the input before it.
        self.model
            .evaluate(lanes)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    /// Makes the Plonky2 proof, as bytes that only the owner may read.
    pub fn prove(&self, inference: &Inference, key: JobKey) -> Result<Vec<u8>, ProveError> {
        let proof = self
            .prover
            .prove(&self.job(inference), &LogProgress::of(key))?;
        Ok(proof.to_bytes())
    }

    /// Wraps a Plonky2 proof and checks the result as the contract will.
    pub fn wrap(
        &self,
        proof: &[u8],
        inference: &Inference,
        key: JobKey,
    ) -> Result<Wrapped, ProveError> {
        let proof = self.prover.read_proof(proof)?;
        let wrapped = self
            .prover
            .wrap(&self.wrapper, &proof, &LogProgress::of(key))?;
        if wrapped.statement.context != inference.context {
            let (expected, got) = (inference.context, wrapped.statement.context);
            return Err(ProveError::OtherContext { expected, got });
        }
        let seal = wrapped.seal.to_bytes();
        verify(self.wrapper.verifying_key(), &wrapped.statement, &seal)?;
        let (lane, lanes) = self.evaluate(inference)?.lanes();
        let work = json!({
            "stages_ms": wrapped.times,
            "total_ms": wrapped.times.total(),
            "peak_rss_bytes": wrapped.peak_rss_bytes,
        });
        Ok(Wrapped {
            statement: json!(wrapped.statement).to_string(),
            seal: hex::encode(seal),
            output: hex::encode(lane.to_bytes(&lanes)?),
            timings: work.to_string(),
        })
    }

    fn evaluate(&self, inference: &Inference) -> Result<Output, ProveError> {
        Ok(self.model.evaluate(&inference.input)?)
    }

    fn job<'a>(&'a self, inference: &'a Inference) -> InferenceJob<'a> {
        InferenceJob {
            model: &self.model,
            model_salt: self.salt,
            input: &inference.input,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: inference.context,
        }
    }
}

/// Progress as log lines: the start of each stage, and what a person should read.
#[derive(Default)]
struct LogProgress {
    job: String,
}

impl LogProgress {
    fn of(key: JobKey) -> Self {
        Self {
            job: key.to_string(),
        }
    }
}

impl Progress for LogProgress {
    fn stage(&self, stage: Stage, fraction: f32) {
        if fraction == 0.0 {
            info!(job = self.job, %stage, "begins");
        } else {
            debug!(job = self.job, %stage, fraction, "goes on");
        }
    }

    fn note(&self, message: &str) {
        warn!("{message}");
    }
}

/// Returns the model files of a folder in the order of their names.
fn model_files(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("folder {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "assay")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn read_model(path: &Path) -> anyhow::Result<QuantizedModel> {
    let length = fs::metadata(path)?.len();
    if length > MAX_FILE_BYTES as u64 {
        bail!("expected at most {MAX_FILE_BYTES} bytes, got {length}");
    }
    Ok(QuantizedModel::from_bytes(&fs::read(path)?)?)
}

/// Reads the salt beside a private model; a model without one is public.
fn read_salt(path: &Path) -> anyhow::Result<Salt> {
    if !path.exists() {
        return Ok(Salt::ZERO);
    }
    Ok(Salt::new(assay_chain::load_salt(path)?.limbs())?)
}
