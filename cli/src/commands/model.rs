//! `assay model`: from an ONNX file to a model on chain.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use assay_chain::{CircuitVariant, ProverPolicy, Registration};
use assay_market::{Address, Kind, ModelId, Word};
use assay_prover::model_format::accuracy::compare;
use assay_prover::model_format::card::{CardTexts, FileDigest, MeasuredAccuracy};
use assay_prover::model_format::{FloatModel, ModelCard, quantize};
use assay_prover::{Salt, commitment};
use assay_statement::{Header, Privacy};
use clap::{Args, Subcommand};
use serde_json::json;

use crate::args::Global;
use crate::files::{self, ModelFiles};
use crate::output::Output;
use crate::progress::Bar;
use crate::rebuild;
use crate::samples::Samples;
use crate::session;
use crate::units::Units;

/// Models, from ONNX to the chain.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read an ONNX file and say what it is, or why it cannot be proved
    Import {
        /// The ONNX file
        onnx: PathBuf,
    },
    /// Turn a float model into integers, with its card and circuit
    Quantize(Quantize),
    /// Show what a model file holds
    Inspect {
        /// The .assay file
        model: PathBuf,
    },
    /// Show the commitment to a model's weights
    Commit {
        /// The .assay file; NAME.salt beside it makes it private
        model: PathBuf,
    },
    /// Register a model on chain
    Publish(Publish),
    /// Show a registered model
    Show {
        /// Its id
        id: ModelId,
    },
}

/// Flags of `assay model quantize`.
#[derive(Clone, Debug, Args)]
pub struct Quantize {
    /// The ONNX file
    pub onnx: PathBuf,
    /// Samples to measure ranges on, none of which measures accuracy later
    #[arg(long)]
    pub calibration: PathBuf,
    /// Labeled samples to measure the accuracy of both models on
    #[arg(long)]
    pub measure: Option<PathBuf>,
    /// The .assay file to write; card and salt go beside it
    #[arg(long)]
    pub out: PathBuf,
    /// What people call the model
    #[arg(long)]
    pub name: String,
    /// What it does and how it was trained
    #[arg(long, default_value = "")]
    pub description: String,
    /// Its license
    #[arg(long, default_value = "")]
    pub license: String,
    /// Keep the weights private: salt the commitment
    #[arg(long)]
    pub private: bool,
}

/// Flags of `assay model publish`.
#[derive(Debug, Args)]
pub struct Publish {
    /// The .assay file
    model: PathBuf,
    /// Where people find the card
    #[arg(long)]
    card_uri: String,
    /// What the provider gets for each fulfilled request, in whole tokens
    #[arg(long, default_value = "0")]
    fee: String,
    /// The one prover that may prove this model; everyone when not given
    #[arg(long, requires = "proving_price")]
    sole_prover: Option<Address>,
    /// What the sole prover asks, in whole tokens
    #[arg(long, requires = "sole_prover")]
    proving_price: Option<String>,
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Import { onnx } => import(output, &onnx),
        Command::Quantize(flags) => {
            let copy = flags.clone();
            let card = tokio::task::spawn_blocking(move || quantize_files(&copy)).await??;
            let files = ModelFiles::beside(&flags.out);
            let accuracy = card.accuracy.as_ref().map(|measured| measured.report);
            let mut lines = format!(
                "{}\n  model    {}\n  card     {}\n  circuit  {}",
                card.name,
                flags.out.display(),
                files.card_path().display(),
                card.circuits
                    .iter()
                    .map(|entry| entry.circuit.to_string())
                    .collect::<Vec<_>>()
                    .join(", ")
            );
            if let Some(report) = accuracy {
                lines += &format!(
                    "\n  accuracy {}.{:02} % as integers, {}.{:02} % as floats, on {} samples",
                    report.integer_basis_points() / 100,
                    report.integer_basis_points() % 100,
                    report.float_basis_points() / 100,
                    report.float_basis_points() % 100,
                    report.samples
                );
            }
            output.result(&json!({ "model": flags.out, "card": card }), &lines)
        }
        Command::Inspect { model } => inspect(output, &ModelFiles::beside(&model)),
        Command::Commit { model } => {
            let files = ModelFiles::beside(&model);
            let salt = files.read_salt()?;
            let commitment = commitment::model_commitment(&files.read_model()?, salt)?;
            let private = !salt.is_zero();
            let how = if private {
                "salted: the weights stay private"
            } else {
                "no salt: the weights are public"
            };
            output.result(
                &json!({ "commitment": commitment, "private": private }),
                &format!("{commitment}\n  {how}"),
            )
        }
        Command::Publish(flags) => publish(global, output, &flags).await,
        Command::Show { id } => show(global, output, id).await,
    }
}

fn import(output: Output, onnx: &Path) -> anyhow::Result<()> {
    let bytes = files::read_large(onnx)?;
    let model = FloatModel::load(&bytes).with_context(|| onnx.display().to_string())?;
    let graph = model.graph();
    let nodes: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| json!({ "name": node.name, "op": node.op.name(), "shape": node.shape }))
        .collect();
    let mut lines = format!("input {:?}", graph.input_shape);
    for node in &graph.nodes {
        lines += &format!("\n  {:<10} {:?}", node.op.name(), node.shape);
    }
    output.result(
        &json!({ "input_shape": graph.input_shape, "nodes": nodes }),
        &lines,
    )
}

/// Quantizes a model, measures it, builds its circuit, and writes its files.
pub fn quantize_files(flags: &Quantize) -> anyhow::Result<ModelCard> {
    let onnx = files::read_large(&flags.onnx)?;
    let float = FloatModel::load(&onnx).with_context(|| flags.onnx.display().to_string())?;
    let calibration_bytes = files::read_large(&flags.calibration)?;
    let calibration: Vec<Vec<f32>> = Samples::read(&flags.calibration)?
        .iter()
        .map(|sample| sample.to_floats())
        .collect();
    let bar = Bar::begin(&format!("quantizing {}", flags.name));
    let model = quantize(&float, &calibration)?;

    let texts = CardTexts {
        name: flags.name.clone(),
        description: flags.description.clone(),
        license: flags.license.clone(),
    };
    let digest = FileDigest::of(&calibration_bytes);
    let mut card = ModelCard::new(texts, &model, FileDigest::of(&onnx), digest)?;
    if let Some(path) = &flags.measure {
        bar.say("measuring the accuracy");
        let samples = Samples::read(path)?;
        let floats: Vec<(Vec<f32>, u32)> = samples
            .iter()
            .map(|sample| (sample.to_floats(), sample.label.into()))
            .collect();
        let report = compare(
            &float,
            &model,
            floats.iter().map(|(sample, label)| (&sample[..], *label)),
        )?;
        let data = FileDigest::of(&files::read_large(path)?);
        card.accuracy = Some(MeasuredAccuracy { data, report });
    }
    bar.say("building the circuit");
    let weights = if flags.private {
        Privacy::Private
    } else {
        Privacy::Public
    };
    let header = Header::inference(Privacy::Public, weights, Privacy::Public);
    let circuit = rebuild::circuit(&card, header)?;
    card.set_circuit(header, circuit);

    let files = ModelFiles::beside(&flags.out);
    if flags.private && !files.salt_path().exists() {
        files.create_salt()?;
    }
    if !flags.private && files.salt_path().exists() {
        bail!(
            "{} exists, but the model is to be public",
            files.salt_path().display()
        );
    }
    files.write_model(&model, flags.private)?;
    files.write_card(&card)?;
    bar.end("done");
    Ok(card)
}

fn inspect(output: Output, files: &ModelFiles) -> anyhow::Result<()> {
    let model = files.read_model()?;
    let architecture = model.architecture();
    let private = files.salt_path().exists();
    let mut lines = format!(
        "{}\n  input       {:?}\n  parameters  {}\n  weights     {}",
        files.model.display(),
        architecture.input.shape,
        architecture.parameters(),
        if private { "private" } else { "public" }
    );
    for node in &architecture.nodes {
        lines += &format!("\n  {:<11} {:?}", node.op.name(), node.tensor.shape);
    }
    output.result(
        &json!({ "architecture": architecture, "scales": model.scales(),
                 "parameters": architecture.parameters(), "private": private }),
        &lines,
    )
}

/// Returns what to register for a model: commitment and circuits from its files, prices from the caller.
pub fn registration(
    files: &ModelFiles,
    card_uri: String,
    fee: assay_market::Amount,
    policy: ProverPolicy,
) -> anyhow::Result<Registration> {
    let (model, card, salt) = (files.read_model()?, files.read_card()?, files.read_salt()?);
    if model.architecture() != card.architecture() {
        bail!(
            "{} is the card of another model",
            files.card_path().display()
        );
    }
    let private = !salt.is_zero();
    let circuits: Vec<CircuitVariant> = card
        .circuits
        .iter()
        .filter(|entry| (entry.header.weights == Privacy::Private) == private)
        .map(|entry| {
            let kind = Kind::try_from(entry.header.kind.number())
                .map_err(|number| anyhow::anyhow!("the card names kind {number}"))?;
            Ok(CircuitVariant {
                kind,
                input_private: entry.header.input == Privacy::Private,
                output_private: entry.header.output == Privacy::Private,
                circuit: Word(entry.circuit.to_bytes32()),
            })
        })
        .collect::<anyhow::Result<_>>()?;
    if circuits.is_empty() {
        bail!(
            "the card names no circuit for {} weights",
            if private { "private" } else { "public" }
        );
    }
    Ok(Registration {
        commitment: commitment_word(&model, salt)?,
        weights_private: private,
        circuits,
        card_uri,
        card_hash: Word(FileDigest::of(&card.to_json()).0),
        fee,
        policy,
    })
}

fn commitment_word(
    model: &assay_prover::model_format::QuantizedModel,
    salt: Salt,
) -> anyhow::Result<Word> {
    Ok(Word(
        commitment::model_commitment(model, salt)?.to_bytes32(),
    ))
}

async fn publish(global: &Global, output: Output, flags: &Publish) -> anyhow::Result<()> {
    let account = session::account(global).await?;
    let units = Units::of(account.chain()).await?;
    let policy = match (flags.sole_prover, &flags.proving_price) {
        (Some(prover), Some(price)) => ProverPolicy::Sole {
            prover,
            price: units.parse(price)?,
        },
        _ => ProverPolicy::Open,
    };
    let files = ModelFiles::beside(&flags.model);
    let registration = registration(
        &files,
        flags.card_uri.clone(),
        units.parse(&flags.fee)?,
        policy,
    )?;
    let (id, receipt) = account.register_model(&registration).await?;
    output.result(
        &json!({ "model": id, "commitment": registration.commitment,
                 "circuits": registration.circuits.iter().map(|variant| variant.circuit).collect::<Vec<_>>(),
                 "card_hash": registration.card_hash, "tx": receipt.hash, "gas": receipt.gas_used }),
        &format!(
            "registered {id}\n  commitment  {}\n  circuit     {}",
            registration.commitment, registration.circuits[0].circuit
        ),
    )
}

async fn show(global: &Global, output: Output, id: ModelId) -> anyhow::Result<()> {
    let chain = session::connect(global).await?;
    let units = Units::of(&chain).await?;
    let model = chain.model(id).await?;
    let registration = &model.registration;
    let mut lines = format!(
        "{id}\n  provider    {}\n  weights     {}\n  commitment  {}\n  card        {}\n  fee         {}",
        model.provider,
        if registration.weights_private {
            "private"
        } else {
            "public"
        },
        registration.commitment,
        registration.card_uri,
        units.show(registration.fee),
    );
    let mut circuits = Vec::new();
    for variant in &registration.circuits {
        let attested = chain.is_attested(variant.circuit).await?;
        let word = if attested { "attested" } else { "NOT ATTESTED" };
        lines += &format!("\n  circuit     {} ({word})", variant.circuit);
        circuits.push(
            json!({ "circuit": variant.circuit, "kind": variant.kind, "attested": attested }),
        );
    }
    let policy = match registration.policy {
        ProverPolicy::Open => json!("open"),
        ProverPolicy::Sole { prover, price } => {
            lines += &format!("\n  prover      only {prover}, at {}", units.show(price));
            json!({ "sole_prover": prover, "proving_price": price })
        }
    };
    if model.deprecated {
        lines += "\n  deprecated: takes no new requests";
    }
    output.result(
        &json!({ "model": id, "provider": model.provider, "deprecated": model.deprecated,
                 "commitment": registration.commitment, "weights_private": registration.weights_private,
                 "card_uri": registration.card_uri, "card_hash": registration.card_hash,
                 "fee": registration.fee, "policy": policy, "circuits": circuits }),
        &lines,
    )
}
