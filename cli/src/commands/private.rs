//! Private requests: an envelope for the provers that they admit, and an output that only the requester opens.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use assay_chain::{Account, Chain};
use assay_client::age_file::recipient;
use assay_client::envelope::{MAX_ENVELOPE_BYTES, blob_digest};
use assay_client::{Api, Envelope, Purpose, Recipient};
use assay_market::{Address, ModelId, RequestId, Word};
use assay_statement::Lane;
use clap::Args;
use serde_json::json;

use crate::args::Global;
use crate::commands::watch;
use crate::files;
use crate::input::Input;
use crate::modes::Mode;
use crate::opening::{Commitment, Key, Opening, Side, Values};
use crate::output::Output;
use crate::secrets::Secrets;
use crate::session;

/// Flags of `assay request infer` that make a request private.
#[derive(Debug, Args)]
pub struct Private {
    /// Keep the input private: only the provers that it is encrypted to can read it, and all of them can
    #[arg(long, requires = "secrets", requires = "api_url")]
    private_input: bool,
    /// Keep the output private: only the prover and you will know it
    #[arg(long, requires = "secrets", requires = "api_url")]
    private_output: bool,
    /// An age recipient (age1...) that may prove it; more than one may be given
    #[arg(long, value_name = "RECIPIENT")]
    to: Vec<String>,
    /// A file with age recipients that may prove it, one a line
    #[arg(long, value_name = "FILE")]
    to_file: Option<PathBuf>,
    /// A prover that may prove it, by its record on chain; more than one may be given
    #[arg(long, value_name = "ADDRESS")]
    to_prover: Vec<Address>,
    /// The new owner-only file for the request's salts and key: without it, nobody opens the output
    #[arg(long, value_name = "FILE")]
    secrets: Option<PathBuf>,
    /// The market's API, for the encrypted blob
    #[arg(long, env = "ASSAY_API_URL", value_name = "URL")]
    api_url: Option<String>,
}

/// Flags of `assay request open`.
#[derive(Debug, Args)]
pub struct OpenResult {
    /// The request
    request: RequestId,
    /// The file with its secrets, as `assay request infer` wrote it
    #[arg(long, value_name = "FILE")]
    secrets: PathBuf,
    /// The market's API, for the encrypted output
    #[arg(long, env = "ASSAY_API_URL", value_name = "URL")]
    api_url: String,
    /// Write the output's bytes to this owner-only file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// What a private request commits to, and where its envelope is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// What is private.
    pub mode: Mode,
    /// Commitment to the input.
    pub input_digest: Word,
    /// sha-256 of the envelope.
    pub blob: Word,
}

impl Private {
    /// Returns what the flags keep private.
    pub fn mode(&self) -> Mode {
        Mode::new(self.private_input, self.private_output)
    }

    /// Seals an input for the provers that the flags name, keeps the secrets, and uploads the envelope; none for a
    /// public request.
    pub async fn seal(
        &self,
        account: &Account,
        model: ModelId,
        input: &Input,
    ) -> anyhow::Result<Option<Sealed>> {
        let recipients = self.recipients(account.chain()).await?;
        if self.mode() == Mode::PUBLIC {
            if !recipients.is_empty() {
                bail!(
                    "recipients are for private requests: give --private-input or --private-output"
                );
            }
            return Ok(None);
        }
        let (Some(secrets), Some(api)) = (&self.secrets, &self.api_url) else {
            bail!("a private request needs --secrets and --api-url");
        };
        if recipients.is_empty() {
            bail!("who may prove it? Give --to, --to-file or --to-prover");
        }
        eprintln!("{}", warning(self.mode(), recipients.len()));
        let api = Api::new(api)?;
        let sealed = seal(
            account,
            &api,
            model,
            self.mode(),
            input,
            &recipients,
            secrets,
        )
        .await?;
        Ok(Some(sealed))
    }

    async fn recipients(&self, chain: &Chain) -> anyhow::Result<Vec<Recipient>> {
        let mut texts = self.to.clone();
        if let Some(path) = &self.to_file {
            let text = String::from_utf8(files::read_json_bytes(path)?);
            let text = text.with_context(|| format!("{}: not text", path.display()))?;
            let lines = text.lines().map(str::trim);
            texts.extend(
                lines
                    .filter(|line| !line.is_empty() && !line.starts_with('#'))
                    .map(str::to_owned),
            );
        }
        for &prover in &self.to_prover {
            let record = chain.prover(prover).await?;
            let record = record.with_context(|| format!("{prover} has no prover record"))?;
            texts.push(record.age_recipient);
        }
        let parsed = texts.iter().map(|text| Ok(recipient(text)?));
        parsed.collect()
    }
}

/// Says who will be able to read what.
fn warning(mode: Mode, recipients: usize) -> String {
    let what = match (mode.private_input, mode.private_output) {
        (true, true) => "the input and will know the output",
        (true, false) => "the input; the output is public",
        _ => {
            "the input and will know the output; the input's commitment has no salt, so a guess can be checked"
        }
    };
    format!("warning: all {recipients} recipients can read {what}")
}

/// Makes the secrets of a private request, writes them, and uploads the envelope.
pub async fn seal(
    account: &Account,
    api: &Api,
    model: ModelId,
    mode: Mode,
    input: &Input,
    recipients: &[Recipient],
    secrets_file: &Path,
) -> anyhow::Result<Sealed> {
    let deployment = account.chain().deployment();
    let purpose = Purpose {
        chain_id: deployment.chain_id,
        market: Address(deployment.market.into_array()),
        requester: account.address(),
        model,
        input_private: mode.private_input,
        output_private: mode.private_output,
    };
    let secrets = Secrets::new(&purpose, input)?;
    let bytes = secrets.envelope(purpose, input)?.seal(recipients)?;
    // Before anything that can be paid for: an output without its secrets is lost.
    secrets.write(secrets_file)?;
    let blob = blob_digest(&bytes);
    let session = api.sign_in(account.signer(), deployment.chain_id).await?;
    session.put_private_blob(blob, bytes).await?;
    Ok(Sealed {
        mode,
        input_digest: Word(secrets.input_digest.to_bytes32()),
        blob,
    })
}

/// Shows the private output of a fulfilled request; an error if what was delivered does not open the commitment.
pub async fn open(global: &Global, output: Output, flags: &OpenResult) -> anyhow::Result<()> {
    let chain = session::connect(global).await?;
    let secrets = Secrets::read(&flags.secrets)?;
    let api = Api::new(&flags.api_url)?;
    let (lane, lanes) = opened_output(&chain, &api, flags.request, &secrets).await?;
    if let Some(path) = &flags.out {
        files::write(path, &lane.to_bytes(&lanes)?, true)?;
    }
    output.result(
        &json!({ "request": flags.request, "opens": true, "lane": lane, "output": lanes }),
        &format!("{}\n  output   {lanes:?}", flags.request),
    )
}

/// Fetches, decrypts and checks the private output of a fulfilled request.
pub async fn opened_output(
    chain: &Chain,
    api: &Api,
    request: RequestId,
    secrets: &Secrets,
) -> anyhow::Result<(Lane, Vec<i64>)> {
    let view = chain.request(request).await?;
    let view = view.with_context(|| format!("there is no request {request}"))?;
    if view.made.terms.input_digest != Word(secrets.input_digest.to_bytes32()) {
        bail!("the secrets are those of another request than {request}");
    }
    let identity = secrets.identity()?;
    let found = watch::fulfilled(chain, request).await?;
    let delivery = &found.delivery;
    let statement = chain
        .statement(request, found.round, found.prover, delivery)
        .await?;
    let not_delivered = "NOT DELIVERED: ask the prover for the output";
    if delivery.output_hash == Word::ZERO {
        bail!("{not_delivered}; the fulfillment names no blob");
    }
    let bytes = api
        .get_blob(delivery.output_hash, MAX_ENVELOPE_BYTES)
        .await
        .context(not_delivered)?;
    let bytes = Envelope::open_output(&bytes, &identity).context(not_delivered)?;
    let commitment = Commitment::of(&statement, Side::Output);
    let salt = commitment.salt(Key::Secret(secrets.output_secret))?;
    match commitment.open(&Values::Bytes(bytes), salt)? {
        Opening::Lanes { lane, lanes } => Ok((lane, lanes)),
        _ => bail!("{not_delivered}; the delivered bytes do not open the commitment"),
    }
}
