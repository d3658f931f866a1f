//! `assay proof`: verify with a verifying key and nothing else.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use assay_market::RequestId;
use assay_prover::{ProofFile, Seal, VerifyingKey};
use assay_statement::Statement;
use clap::Subcommand;
use serde_json::json;

use crate::args::Global;
use crate::commands::open::{self, Open};
use crate::commands::watch;
use crate::files;
use crate::output::Output;
use crate::session;

/// Proof files.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verify a proof file with the verifying key alone
    Verify {
        /// The proof file
        proof: PathBuf,
        /// The verifying key, as `assay setup --verifying-key` writes it
        #[arg(long)]
        verifying_key: PathBuf,
    },
    /// Show what a proof file claims, without verifying it
    Show {
        /// The proof file
        proof: PathBuf,
    },
    /// Check that values open a commitment: input, output or model, public or private
    Open(Open),
    /// Write the proof of a fulfilled request to a file, from the chain alone
    Fetch {
        /// The request
        request: RequestId,
        /// The verifying key that it was made for
        #[arg(long)]
        verifying_key: PathBuf,
        /// The proof file to write
        #[arg(long)]
        out: PathBuf,
    },
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Verify {
            proof,
            verifying_key,
        } => {
            let began = Instant::now();
            let vk = read_verifying_key(&verifying_key)?;
            let file = read_proof(&proof)?;
            let statement = file
                .verify(&vk)
                .with_context(|| proof.display().to_string())?;
            let verification_ms = began.elapsed().as_millis();
            output.result(
                &json!({ "valid": true, "statement": statement, "verification_ms": verification_ms }),
                &format!(
                    "valid, checked in {verification_ms} ms\n{}",
                    describe(&statement)
                ),
            )
        }
        Command::Show { proof } => {
            let file = read_proof(&proof)?;
            let statement = file.statement()?;
            output.result(
                &json!({ "statement": statement, "verified": false }),
                &format!("not verified here\n{}", describe(&statement)),
            )
        }
        Command::Open(flags) => open::run(output, &flags),
        Command::Fetch {
            request,
            verifying_key,
            out,
        } => {
            let chain = session::connect(global).await?;
            let vk = read_verifying_key(&verifying_key)?;
            let found = watch::fulfilled(&chain, request).await?;
            let (delivery, transaction) = (&found.delivery, found.transaction);
            let statement = chain
                .statement(request, found.round, found.prover, delivery)
                .await?;
            let file = ProofFile::new(&statement, &Seal::from_bytes(&delivery.seal)?, &vk);
            file.verify(&vk)
                .context("the proof on chain is for another verifying key")?;
            files::write(&out, file.to_json().as_bytes(), false)?;
            output.result(
                &json!({ "proof": out, "tx": transaction }),
                &format!("wrote {}", out.display()),
            )
        }
    }
}

fn read_proof(path: &Path) -> anyhow::Result<ProofFile> {
    let bytes = files::read_json_bytes(path)?;
    ProofFile::from_json(&bytes).with_context(|| path.display().to_string())
}

/// Reads a verifying key from JSON.
pub fn read_verifying_key(path: &Path) -> anyhow::Result<VerifyingKey> {
    let bytes = files::read_json_bytes(path)?;
    let value = serde_json::from_slice(&bytes).with_context(|| path.display().to_string())?;
    let vk = VerifyingKey::from_json(&value).with_context(|| path.display().to_string())?;
    if vk.num_public_inputs() != assay_statement::GROTH16_INPUTS {
        bail!(
            "{}: expected a key for {} inputs, got {}",
            path.display(),
            assay_statement::GROTH16_INPUTS,
            vk.num_public_inputs()
        );
    }
    Ok(vk)
}

fn describe(statement: &Statement) -> String {
    let header = statement.header;
    format!(
        "  kind     {:?}\n  weights  {:?}, input {:?}, output {:?}\n  circuit  {}\n  model    {}\n  input    {}\n  output   {}\n  result   {:?}\n  context  {}",
        header.kind,
        header.weights,
        header.input,
        header.output,
        statement.circuit,
        statement.model,
        statement.input,
        statement.output,
        statement.result,
        statement.context
    )
}
