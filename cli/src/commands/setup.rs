//! `assay setup`: keys, for people, for provers, for contracts.

use std::path::{Path, PathBuf};

use anyhow::Context;
use assay_chain::create_key;
use assay_client::age_file::create_identity;
use assay_prover::model_format::{FloatModel, QuantizedModel, quantize};
use assay_prover::{
    InferenceJob, ModelProver, ProofFile, Salt, VerifyingKey, Wrapper, cache_directory,
    solidity_verifier,
};
use assay_statement::{Digest, Header, Privacy};
use clap::Args;
use serde_json::json;

use crate::args::Global;
use crate::files;
use crate::output::Output;
use crate::progress::Bar;
use crate::samples::Samples;

/// Make keys. Without flags: the proving keys, from the insecure development setup
#[derive(Debug, Args)]
pub struct Setup {
    /// Make a signing key in this file and do nothing else
    #[arg(long, value_name = "FILE")]
    signing_key: Option<PathBuf>,
    /// Make an age key in this file and do nothing else
    #[arg(long, value_name = "FILE", conflicts_with = "signing_key")]
    age_key: Option<PathBuf>,
    /// Write the verifying key to this file
    #[arg(long, value_name = "FILE")]
    verifying_key: Option<PathBuf>,
    /// Write the Solidity verifier and a recorded proof into this contracts folder
    #[arg(long, value_name = "FOLDER")]
    export: Option<PathBuf>,
}

/// Runs the command.
pub fn run(global: &Global, output: Output, flags: &Setup) -> anyhow::Result<()> {
    if let Some(path) = &flags.signing_key {
        let key = create_key(path)?;
        return output.result(
            &json!({ "address": key.address(), "file": path }),
            &format!("{}\n  key in {}", key.address(), path.display()),
        );
    }
    if let Some(path) = &flags.age_key {
        let recipient = create_identity(path)?.to_public().to_string();
        return output.result(
            &json!({ "recipient": recipient, "file": path }),
            &format!("{recipient}\n  key in {}", path.display()),
        );
    }
    let (wrapper, cache) = load(global)?;
    let vk = wrapper.verifying_key();
    let facts = wrapper.facts(&cache);
    if let Some(path) = &flags.verifying_key {
        files::write(path, pretty(vk)?.as_bytes(), false)?;
    }
    if let Some(folder) = &flags.export {
        export(&wrapper, folder)?;
    }
    output.result(
        &json!({ "cache": cache, "verifying_key_digest": hex::encode(vk.digest()), "facts": facts }),
        &format!(
            "proving keys in {}\n  verifying key  {}\n  constraints    {}\n  key bytes      {}",
            cache.display(), hex::encode(vk.digest()), facts.r1cs_constraints, facts.pk_bytes
        ),
    )
}

/// Loads the proving keys, making them when they are missing.
pub fn load(global: &Global) -> anyhow::Result<(Wrapper, PathBuf)> {
    let cache = match &global.cache {
        Some(cache) => cache.clone(),
        None => cache_directory(|name| std::env::var_os(name))
            .context("no folder for proving keys: give --cache-dir")?,
    };
    let bar = Bar::begin("loading the proving keys");
    let wrapper = Wrapper::load(&cache, &bar)?;
    bar.end("loaded");
    Ok((wrapper, cache))
}

/// Writes what the contracts folder has from the proof stack: the verifier, and one proof to test it with.
fn export(wrapper: &Wrapper, contracts: &Path) -> anyhow::Result<()> {
    let vk = wrapper.verifying_key();
    let source = solidity_verifier(vk);
    files::write(
        &contracts.join("src/generated/Groth16Verifier.sol"),
        source.as_bytes(),
        false,
    )?;
    let vectors = contracts.join("test/vectors");
    files::write(
        &vectors.join("verifying_key.json"),
        pretty(vk)?.as_bytes(),
        false,
    )?;

    // A proof has fresh randomness: a recorded one that still verifies stays.
    let recorded = vectors.join("wrapped_proof.json");
    let valid = files::read_json_bytes(&recorded)
        .ok()
        .and_then(|bytes| ProofFile::from_json(&bytes).ok())
        .is_some_and(|file| file.verify(vk).is_ok());
    if !valid {
        let root = contracts.join("..");
        let proof = example_proof(wrapper, &root.join("examples/mnist"))?;
        files::write(
            &recorded,
            format!("{}\n", proof.to_json()).as_bytes(),
            false,
        )?;
    }
    Ok(())
}

/// Proves one digit with the smaller example model.
fn example_proof(wrapper: &Wrapper, examples: &Path) -> anyhow::Result<ProofFile> {
    let model = example_model(examples, "mlp-56")?;
    let digits = Samples::read(&examples.join("digits.bin"))?;
    let input = model.input_lanes(&digits.get(0)?.to_floats());
    let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
    let bar = Bar::begin("recording a proof");
    let prover = ModelProver::new(model.architecture(), header)?;
    let job = InferenceJob {
        model: &model,
        model_salt: Salt::ZERO,
        input: &input,
        input_salt: Salt::ZERO,
        output_secret: Salt::ZERO,
        context: Digest::new([1, 2, 3, 4])?,
    };
    let wrapped = prover.prove_inference(wrapper, &job, &bar)?;
    bar.end("recorded");
    Ok(ProofFile::new(
        &wrapped.statement,
        &wrapped.seal,
        wrapper.verifying_key(),
    ))
}

/// Quantizes one of the example models.
pub fn example_model(examples: &Path, name: &str) -> anyhow::Result<QuantizedModel> {
    let onnx = files::read_large(&examples.join(format!("{name}.onnx")))?;
    let float = FloatModel::load(&onnx)?;
    let calibration: Vec<Vec<f32>> = Samples::read(&examples.join("calibration.bin"))?
        .iter()
        .map(|sample| sample.to_floats())
        .collect();
    Ok(quantize(&float, &calibration)?)
}

fn pretty(vk: &VerifyingKey) -> anyhow::Result<String> {
    Ok(format!(
        "{}\n",
        serde_json::to_string_pretty(&vk.to_json())?
    ))
}
