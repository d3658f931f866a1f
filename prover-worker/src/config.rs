//! The worker's flags. Each one can come from the environment, so that a container needs no command line.

use std::path::PathBuf;
use std::time::Duration;

use assay_market::{Amount, Seconds};
use clap::Parser;

use crate::pricing::Pricing;

/// Watches the market, bids on what it can prove, proves it and collects.
#[derive(Clone, Debug, Parser)]
#[command(name = "assay-prover-worker", version)]
pub struct Config {
    /// RPC of the chain.
    #[arg(
        long = "rpc-url",
        env = "ASSAY_RPC_URL",
        default_value = "http://127.0.0.1:8545"
    )]
    pub rpc: String,
    /// File with the contracts' addresses.
    #[arg(long, env = "ASSAY_DEPLOYMENT")]
    pub deployment: PathBuf,
    /// Owner-only file with the prover's signing key.
    #[arg(long = "key-file", env = "ASSAY_KEY_FILE")]
    pub key: PathBuf,
    /// Folder for the job table and unfinished proofs; one process at a time.
    #[arg(long = "data-dir", env = "ASSAY_DATA_DIR")]
    pub data: PathBuf,
    /// Folder with the models that this worker may prove: NAME.assay, and NAME.salt for a private one.
    #[arg(long = "models-dir", env = "ASSAY_MODELS_DIR")]
    pub models: PathBuf,
    /// Folder with the proving keys; made there when missing.
    #[arg(long = "cache-dir", env = "ASSAY_CACHE_DIR")]
    pub cache: Option<PathBuf>,
    /// Owner-only file with the age key that opens private requests; age.key in the data folder, made there when
    /// missing, if not given.
    #[arg(long, env = "ASSAY_AGE_IDENTITY_FILE")]
    pub age_identity_file: Option<PathBuf>,
    /// The market's API, for inputs that are too large for the chain and for private requests. Not needed for
    /// inline inputs.
    #[arg(long = "api-url", env = "ASSAY_API_URL")]
    pub api: Option<String>,
    /// What proving 1,024 rows costs, in base units of the token.
    #[arg(long, env = "ASSAY_COST_PER_KILOROW", default_value_t = Amount(10_000))]
    pub cost_per_kilorow: Amount,
    /// Margin over cost that a first bid asks, in hundredths of a percent.
    #[arg(long, env = "ASSAY_TARGET_MARGIN_BPS", default_value_t = 2_000)]
    pub target_margin_bps: u32,
    /// Margin over cost under which no bid goes, in hundredths of a percent.
    #[arg(long, env = "ASSAY_MINIMUM_MARGIN_BPS", default_value_t = 500)]
    pub minimum_margin_bps: u32,
    /// Seconds for which others may name a price first; once somebody did, this worker answers at once.
    #[arg(long, env = "ASSAY_FIRST_BID_DELAY_SECS", default_value_t = 0)]
    pub first_bid_delay_secs: u64,
    /// How many requests may bind this worker at the same time, bids included.
    #[arg(long, env = "ASSAY_MAX_CONCURRENT", default_value_t = 1)]
    pub max_concurrent: usize,
    /// Seconds that one proof takes; estimated for this machine when not given, and measured from the first one on.
    #[arg(long, env = "ASSAY_EXPECTED_PROOF_SECS")]
    pub expected_proof_secs: Option<u64>,
    /// How often the chain is read, in milliseconds.
    #[arg(long, env = "ASSAY_POLL_MS", default_value_t = 1_000)]
    pub poll_ms: u64,
    /// What to log: error, warn, info, debug, or a filter.
    #[arg(long, env = "ASSAY_LOG", default_value = "info")]
    pub log: String,
    /// Log JSON lines.
    #[arg(long)]
    pub json: bool,
}

impl Config {
    /// Returns the prices.
    pub fn pricing(&self) -> Pricing {
        Pricing {
            cost_per_kilorow: self.cost_per_kilorow,
            target_margin_bps: self.target_margin_bps,
            minimum_margin_bps: self.minimum_margin_bps,
            first_bid_delay: Seconds(self.first_bid_delay_secs),
        }
    }

    /// Returns the time between two looks at the chain.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms.max(50))
    }
}
