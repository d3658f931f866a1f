//! `assay proof open`: anyone can check an opened commitment.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use assay_prover::model_format::QuantizedModel;
use assay_prover::{ProofFile, Salt};
use assay_statement::Digest;
use clap::{ArgGroup, Args};
use serde_json::json;

use crate::commands::proof::read_verifying_key;
use crate::files::{self, ModelFiles};
use crate::opening::{Commitment, Key, Opening, Side, Values};
use crate::output::Output;

/// Flags of `assay proof open`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("opened").args(["proof", "digest"]).required(true)))]
#[command(group(ArgGroup::new("committed").args(["lanes", "values", "model"]).required(true)))]
pub struct Open {
    /// The proof file that has the commitment
    proof: Option<PathBuf>,
    /// Which commitment
    #[arg(long, value_enum)]
    side: Side,
    /// The commitment itself, instead of a proof file
    #[arg(long)]
    digest: Option<Digest>,
    /// The statement's context; a proof file has it
    #[arg(long, requires = "digest", requires = "secret_file")]
    context: Option<Digest>,
    /// A file with the lanes as bytes, little-endian
    #[arg(long, value_name = "FILE")]
    lanes: Option<PathBuf>,
    /// The lanes as numbers, with commas
    #[arg(long, value_delimiter = ',', allow_hyphen_values = true)]
    values: Option<Vec<i64>>,
    /// The .assay file; NAME.salt beside it is the salt when no other one is given
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// An owner-only file with the salt, for a private commitment
    #[arg(long, value_name = "FILE")]
    salt_file: Option<PathBuf>,
    /// An owner-only file with the requester's secret, for a private output
    #[arg(long, value_name = "FILE", conflicts_with = "salt_file")]
    secret_file: Option<PathBuf>,
    /// Verify the proof file with this verifying key first
    #[arg(long, value_name = "FILE", requires = "proof")]
    verifying_key: Option<PathBuf>,
}

/// Runs the command: an error, and so another exit code, if the values do not open the commitment.
pub fn run(output: Output, flags: &Open) -> anyhow::Result<()> {
    let commitment = commitment(flags)?;
    let salt = commitment.salt(key(flags)?)?;
    let opening = commitment.open(&values(flags)?, salt)?;
    let opens = opening != Opening::Not;
    let side = flags.side.name();
    let verified = flags.verifying_key.is_some();
    let mut value = json!({
        "opens": opens, "side": side, "commitment": commitment.digest, "private": !salt.is_zero(),
        "verified": verified,
    });
    let mut lines = format!("opens the {side} commitment {}", commitment.digest);
    if let Opening::Lanes { lane, lanes } = &opening {
        value["lane"] = json!(lane);
        value["count"] = json!(lanes.len());
        lines += &format!("\n  lanes    {} of {lane:?}", lanes.len());
    }
    lines += if salt.is_zero() {
        "\n  salt     zero: public"
    } else {
        "\n  salt     given: private"
    };
    if flags.proof.is_some() {
        lines += if verified {
            "\n  proof    valid"
        } else {
            "\n  proof    not verified here"
        };
    }
    if !opens {
        if output.is_json() {
            output.result(&value, "")?;
        }
        bail!(
            "the values do not open the {side} commitment {}",
            commitment.digest
        );
    }
    output.result(&value, &lines)
}

fn commitment(flags: &Open) -> anyhow::Result<Commitment> {
    if let Some(digest) = flags.digest {
        return Ok(Commitment {
            side: flags.side,
            digest,
            private: None,
            context: flags.context,
        });
    }
    let path = flags
        .proof
        .as_deref()
        .context("no commitment: give a proof file, or --digest")?;
    let file = ProofFile::from_json(&files::read_json_bytes(path)?)
        .with_context(|| path.display().to_string())?;
    let statement = match &flags.verifying_key {
        Some(key) => file.verify(&read_verifying_key(key)?),
        None => file.statement(),
    };
    let statement = statement.with_context(|| path.display().to_string())?;
    Ok(Commitment::of(&statement, flags.side))
}

fn key(flags: &Open) -> anyhow::Result<Key> {
    if let Some(path) = &flags.secret_file {
        return Ok(Key::Secret(read_salt(path)?));
    }
    if let Some(path) = &flags.salt_file {
        return Ok(Key::Salt(read_salt(path)?));
    }
    let beside = match &flags.model {
        Some(model) => ModelFiles::beside(model).read_salt()?,
        None => Salt::ZERO,
    };
    Ok(if beside.is_zero() {
        Key::None
    } else {
        Key::Salt(beside)
    })
}

fn read_salt(path: &Path) -> anyhow::Result<Salt> {
    Ok(Salt::new(assay_chain::load_salt(path)?.limbs())?)
}

fn values(flags: &Open) -> anyhow::Result<Values> {
    if let Some(path) = &flags.model {
        let model: QuantizedModel = ModelFiles::beside(path).read_model()?;
        return Ok(Values::Model(Box::new(model)));
    }
    if let Some(path) = &flags.lanes {
        return Ok(Values::Bytes(files::read_large(path)?));
    }
    let lanes = flags.values.clone();
    Ok(Values::Lanes(
        lanes.context("no values: give --lanes, --values or --model")?,
    ))
}
