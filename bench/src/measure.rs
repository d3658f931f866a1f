//! Measures one model in this process.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use assay_prover::commitment::model_commitment;
use assay_prover::model_format::{FloatModel, import, quantize};
use assay_prover::{
    InferenceJob, ModelProver, Progress, Salt, Stage, StageTimes, Wrapper, WrapperFacts,
    cache_directory, verify,
};
use assay_statement::{ContextTerms, Header, Kind, Privacy};
use serde::{Deserialize, Serialize};

/// Pixels of a digit, and bytes of its record: the pixels and the label.
const PIXELS: usize = 784;
const RECORD_BYTES: usize = PIXELS + 1;
/// Bytes before the first record of a digit file.
const HEADER_BYTES: usize = 16;
/// Samples that calibrate the model.
const CALIBRATION_SAMPLES: usize = 256;

/// What a process that measures a model reports.
#[derive(Serialize, Deserialize)]
pub struct Measurement {
    pub model: String,
    pub parameters: usize,
    pub rows: u64,
    pub key_load_ms: u64,
    pub facts: WrapperFacts,
    pub runs: Vec<StageTimes>,
    pub peak_rss_bytes: u64,
}

/// Makes `runs` counted proofs after one that is not counted, each on another digit and verified.
pub fn measure(examples: &Path, name: &str, runs: usize) -> Result<Measurement> {
    let onnx = read(&examples.join(format!("{name}.onnx")))?;
    let held_out = read(&examples.join("digits.bin"))?;
    let digits = digits(&held_out)?;
    let calibration = digits_as_floats(&read(&examples.join("calibration.bin"))?)?;
    ensure!(
        runs < digits.len(),
        "there are {} digits, got {runs} runs",
        digits.len()
    );
    FloatModel::load(&onnx).context("the model does not run in floating point")?;
    let model = quantize(&import(&onnx)?, &calibration)?;
    let header = Header {
        kind: Kind::Inference,
        input: Privacy::Public,
        weights: Privacy::Private,
        output: Privacy::Public,
    };
    let prover = ModelProver::new(model.architecture(), header)?;

    let cache = cache_directory(|name| std::env::var_os(name))?;
    // Made here if absent, so that the load that counts only loads.
    drop(Wrapper::load(&cache, &Notes)?);
    let start = Instant::now();
    let wrapper = Wrapper::load(&cache, &Notes)?;
    let key_load_ms = u64::try_from(start.elapsed().as_millis())?;

    // Not a secret here: nobody sells this run.
    let model_salt = Salt::from_entropy([7; 32]);
    let mut times = Vec::new();
    let mut peak_rss_bytes = 0;
    for (run, digit) in digits.iter().take(runs + 1).enumerate() {
        let lanes: Vec<i8> = digit.iter().map(|pixel| (*pixel ^ 0x80) as i8).collect();
        let job = InferenceJob {
            model: &model,
            model_salt,
            input: &lanes,
            input_salt: Salt::ZERO,
            output_secret: Salt::ZERO,
            context: context(run),
        };
        let wrapped = prover.prove_inference(&wrapper, &job, &Notes)?;
        verify(
            wrapper.verifying_key(),
            &wrapped.statement,
            &wrapped.seal.to_bytes(),
        )
        .context("the proof does not verify")?;
        ensure!(wrapped.statement.model == model_commitment(&model, model_salt)?);
        eprintln!(
            "{name}: proof {run} of {runs}: {} ms",
            wrapped.times.total()
        );
        if run > 0 {
            times.push(wrapped.times);
        }
        peak_rss_bytes = peak_rss_bytes.max(wrapped.peak_rss_bytes.unwrap_or_default());
    }
    Ok(Measurement {
        model: name.to_owned(),
        parameters: model.architecture().parameters(),
        rows: 1 << prover.circuit_cost().log_rows,
        key_load_ms,
        facts: wrapper.facts(&cache),
        runs: times,
        peak_rss_bytes,
    })
}

/// A context as a request would have it; each run another one.
fn context(run: usize) -> assay_statement::Digest {
    ContextTerms {
        chain_id: 31_337,
        contract: [0; 20],
        kind: Kind::Inference,
        request_id: [u8::try_from(run % 251).unwrap_or_default(); 32],
        round: 1,
        payee: [0; 20],
    }
    .context()
}

/// Prints what a person should know while waiting.
struct Notes;

impl Progress for Notes {
    fn stage(&self, _: Stage, _: f32) {}

    fn note(&self, message: &str) {
        eprintln!("{message}");
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The pixels of every digit of a digit file.
fn digits(bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let records = bytes
        .get(HEADER_BYTES..)
        .context("the digit file is too short")?;
    ensure!(
        records.len() % RECORD_BYTES == 0,
        "the digit file ends within a record"
    );
    Ok(records
        .chunks_exact(RECORD_BYTES)
        .map(|record| &record[..PIXELS])
        .collect())
}

/// Digits as the models take them: from 0 to 1.
fn digits_as_floats(bytes: &[u8]) -> Result<Vec<Vec<f32>>> {
    let as_floats = |digit: &[u8]| {
        digit
            .iter()
            .map(|pixel| f32::from(*pixel) / 255.0)
            .collect()
    };
    Ok(digits(bytes)?
        .into_iter()
        .take(CALIBRATION_SAMPLES)
        .map(as_floats)
        .collect())
}
