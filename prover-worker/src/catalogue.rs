//! The models that this worker may prove, each with the circuits that it rebuilt itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use assay_client::{Envelope, EnvelopeError, Listing, ListingsError, listings};
use assay_market::Word;
use assay_prover::model_format::quant::file::MAX_FILE_BYTES;
use assay_prover::model_format::{OutputSpec, QuantizedModel};
use assay_prover::{
    Calibration, InferenceJob, ModelProver, Progress, ProverError, Salt, Stage, VerifyError,
    Wrapper, cache_directory, commitment, verify,
};
use assay_statement::{Digest, Header, Privacy, StatementError};
use serde_json::json;
use thiserror::Error;
use tokio::sync::OnceCell;
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
    /// A private output cannot be encrypted to its recipient.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
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

/// What a requester gave us to prove. It has no `Debug`: logs must not hold inputs and salts.
pub struct Given {
    /// The input's lanes.
    pub input: Vec<i16>,
    /// The salt of their commitment; zero if the input is public.
    pub input_salt: Salt,
    /// The secret behind the salt of a private output; zero if the output is public.
    pub output_secret: Salt,
    /// Whom a private output is encrypted to; none if the output is public.
    pub output_recipient: Option<String>,
}

/// What is to be proved, apart from the model.
pub struct Inference {
    /// What the requester gave us.
    pub given: Arc<Given>,
    /// Binds the proof to request, round and payee.
    pub context: Digest,
}

impl Given {
    /// Takes a public input.
    pub fn public(input: Vec<i16>) -> Self {
        Self {
            input,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            output_recipient: None,
        }
    }
}

/// A finished proof in the form that a job row keeps.
#[derive(Debug)]
pub struct Wrapped {
    /// The statement, as JSON.
    pub statement: String,
    /// The seal, as hex.
    pub seal: String,
    /// Milliseconds of each stage and the peak of memory, as JSON.
    pub timings: String,
}

/// A model as its files give it, and what its circuits are built and wrapped with.
struct Source {
    name: String,
    path: PathBuf,
    model: QuantizedModel,
    salt: Salt,
    weights: Privacy,
    commitment: Word,
    wrapper: Arc<Wrapper>,
    calibration: Calibration,
}

/// One circuit of a model that we hold, and everything that its proofs need.
pub struct Entry {
    source: Arc<Source>,
    prover: ModelProver,
    rows: u64,
    expected: Duration,
}

/// A model that we hold, with the circuits that were asked for.
pub struct Holding {
    source: Arc<Source>,
    /// By privacy of input and output. A circuit takes memory, so what nobody asks for is not built.
    circuits: [OnceCell<Arc<Entry>>; 4],
}

/// All models that we hold.
pub struct Catalogue {
    holdings: Vec<Arc<Holding>>,
    /// What every proof is made with.
    wrapper: Arc<Wrapper>,
}

/// Whether we hold a model.
pub enum Held {
    /// We do.
    Yes(Arc<Holding>),
    /// We do not.
    No,
    /// We do, but its weights are private where they should be public, or the other way round.
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
        let mut holdings = Vec::new();
        for path in model_files(models)? {
            let holding = Holding::load(&path, &wrapper, calibration)
                .with_context(|| format!("model {}", path.display()))?;
            holdings.push(Arc::new(holding));
        }
        Ok(Self { holdings, wrapper })
    }

    /// Returns the digest of the key that every proof verifies under.
    pub fn verifying_key_digest(&self) -> [u8; 32] {
        self.wrapper.verifying_key().digest()
    }

    /// Returns the model with this commitment, if it is held and its weights are as private as the header says.
    pub fn find(&self, commitment: Word, header: Header) -> Held {
        let mut held = Held::No;
        for holding in &self.holdings {
            if holding.source.commitment != commitment {
                continue;
            }
            if holding.source.weights == header.weights {
                return Held::Yes(holding.clone());
            }
            held = Held::InAnotherMode;
        }
        held
    }

    /// Returns what the slowest of our proofs is expected to take.
    pub fn expected(&self) -> Duration {
        let built = |holding: &Arc<Holding>| {
            let entries = holding.circuits.iter().filter_map(OnceCell::get);
            entries.map(|entry| entry.expected).max()
        };
        let slowest = self.holdings.iter().filter_map(built).max();
        slowest.unwrap_or_default()
    }

    /// Returns the number of models.
    pub fn len(&self) -> usize {
        self.holdings.len()
    }

    /// Returns whether there is nothing to prove.
    pub fn is_empty(&self) -> bool {
        self.holdings.is_empty()
    }
}

impl Holding {
    /// Returns the listings that this model file serves, as they are written beside it now.
    pub fn listings(&self) -> Result<Vec<Listing>, ListingsError> {
        listings::read(&self.source.path)
    }

    /// Reads a model and builds the circuit for public input and output.
    fn load(path: &Path, wrapper: &Arc<Wrapper>, calibration: Calibration) -> anyhow::Result<Self> {
        let model = read_model(path)?;
        let salt = read_salt(&path.with_extension("salt"))?;
        let weights = if salt.is_zero() {
            Privacy::Public
        } else {
            Privacy::Private
        };
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let source = Arc::new(Source {
            name: name.into_owned(),
            path: path.to_owned(),
            commitment: Word(commitment::model_commitment(&model, salt)?.to_bytes32()),
            model,
            salt,
            weights,
            wrapper: wrapper.clone(),
            calibration,
        });
        let header = Header::inference(Privacy::Public, weights, Privacy::Public);
        let entry = Arc::new(Entry::build(source.clone(), header)?);
        let mut circuits = [const { OnceCell::const_new() }; 4];
        circuits[slot(header)] = OnceCell::new_with(Some(entry));
        Ok(Self { source, circuits })
    }

    /// Returns the circuit for a header, built the first time that it is asked for.
    pub async fn entry(&self, header: Header) -> anyhow::Result<Arc<Entry>> {
        let build = async || {
            let source = self.source.clone();
            let built = tokio::task::spawn_blocking(move || Entry::build(source, header)).await?;
            anyhow::Ok(Arc::new(built?))
        };
        let entry = self.circuits[slot(header)].get_or_try_init(build).await?;
        Ok(entry.clone())
    }
}

/// Where the circuit for a header is, of those of one model.
fn slot(header: Header) -> usize {
    usize::from(header.input.is_private()) + 2 * usize::from(header.output.is_private())
}

impl Entry {
    fn build(source: Arc<Source>, header: Header) -> Result<Self, ProverError> {
        let prover = ModelProver::new(source.model.architecture(), header)?;
        let estimate = prover.estimate(&source.calibration);
        let entry = Self {
            source,
            prover,
            rows: estimate.equivalent_rows,
            expected: Duration::from_millis(estimate.stages_ms.total()),
        };
        info!(
            model = entry.name(), circuit = %entry.circuit(), commitment = %entry.source.commitment,
            input = ?header.input, weights = ?header.weights, output = ?header.output,
            rows = entry.rows, expected_seconds = entry.expected.as_secs(), "can prove"
        );
        Ok(entry)
    }

    /// Returns the model's name here: that of its file.
    pub fn name(&self) -> &str {
        &self.source.name
    }

    /// Returns the rows that a proof costs, wrapping included: the same on every machine.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Returns the id of the circuit that we rebuilt.
    pub fn circuit(&self) -> Word {
        Word(self.prover.circuit_id().to_bytes32())
    }

    /// Returns what the circuit's statements claim and hide.
    pub fn header(&self) -> Header {
        self.prover.header()
    }

    /// Returns the input lanes that bytes stand for.
    pub fn input_lanes(&self, bytes: &[u8]) -> Result<Vec<i16>, String> {
        let lane = self.source.model.architecture().input.lane;
        let lanes = lane.from_bytes(bytes).map_err(|error| error.to_string())?;
        let narrow = |lane: i64| i16::try_from(lane).map_err(|error| error.to_string());
        lanes.into_iter().map(narrow).collect()
    }

    /// Returns what the model's output is.
    pub fn output(&self) -> OutputSpec {
        self.source.model.architecture().output()
    }

    /// Checks that lanes and salt open a commitment and that the model has a result for them.
    pub fn check_input(&self, lanes: &[i16], salt: Salt, digest: Word) -> Result<(), String> {
        let model = &self.source.model;
        let expected = model.architecture().inputs();
        if lanes.len() != expected {
            return Err(format!("expected {expected} lanes, got {}", lanes.len()));
        }
        let lane = model.architecture().input.lane;
        let got = commitment::input_commitment(lane, lanes, salt);
        let got = Word(got.map_err(|error| error.to_string())?.to_bytes32());
        if got != digest {
            return Err(format!("expected commitment {digest}, got {got}"));
        }
        // A bid says that there will be a proof, so the model runs on the input before it.
        model
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
            .wrap(&self.source.wrapper, &proof, &LogProgress::of(key))?;
        if wrapped.statement.context != inference.context {
            let (expected, got) = (inference.context, wrapped.statement.context);
            return Err(ProveError::OtherContext { expected, got });
        }
        let seal = wrapped.seal.to_bytes();
        verify(
            self.source.wrapper.verifying_key(),
            &wrapped.statement,
            &seal,
        )?;
        let work = json!({
            "stages_ms": wrapped.times,
            "total_ms": wrapped.times.total(),
            "peak_rss_bytes": wrapped.peak_rss_bytes,
        });
        Ok(Wrapped {
            statement: json!(wrapped.statement).to_string(),
            seal: hex::encode(seal),
            timings: work.to_string(),
        })
    }

    /// Returns the bytes that will be delivered: the output's, or of a private one the age file for its requester. They
    /// are part of the proof's context, so they are made once, before it.
    pub fn output_bytes(&self, given: &Given) -> Result<Vec<u8>, ProveError> {
        let (lane, lanes) = self.source.model.evaluate(&given.input)?.lanes();
        let bytes = lane.to_bytes(&lanes)?;
        match &given.output_recipient {
            Some(recipient) => Ok(Envelope::seal_output(recipient, &bytes)?),
            None => Ok(bytes),
        }
    }

    fn job<'a>(&'a self, inference: &'a Inference) -> InferenceJob<'a> {
        InferenceJob {
            model: &self.source.model,
            model_salt: self.source.salt,
            input: &inference.given.input,
            input_salt: inference.given.input_salt,
            output_secret: inference.given.output_secret,
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
