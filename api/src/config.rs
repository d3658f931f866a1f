//! What the operator decides, from the command line or the environment.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

/// The Assay API: a read model of the market, blobs, events and sign-in. It can always be rebuilt from the chain.
#[derive(Debug, Clone, Parser)]
#[command(name = "assay-api", version)]
pub struct Config {
    /// Address to listen on; port 0 takes a free one, which the log names
    #[arg(long, env = "ASSAY_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,

    /// The chain's node
    #[arg(long, env = "ASSAY_RPC_URL", default_value = "http://127.0.0.1:8545")]
    pub rpc_url: String,

    /// JSON file with the addresses of the contracts, as the deploy script writes it
    #[arg(long, env = "ASSAY_DEPLOYMENT")]
    pub deployment: PathBuf,

    /// Folder for the SQLite file and the blobs; it is made if it is missing
    #[arg(long, env = "ASSAY_DATA_DIR", default_value = "assay-data")]
    pub data_dir: PathBuf,

    /// Another database, such as postgres://user:password@host/name; the default is a SQLite file in the data folder
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// The address under which people reach this service; sign-in messages must name it. The default is the address
    /// it listens on
    #[arg(long, env = "ASSAY_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// File with the secret that signs tokens: at least 32 bytes as hex. Without it, and without the variable, a new
    /// secret is made at every start, which ends all sessions
    #[arg(long, env = "ASSAY_JWT_SECRET_FILE")]
    pub jwt_secret_file: Option<PathBuf>,

    /// The same secret from the environment
    #[arg(
        long,
        env = "ASSAY_JWT_SECRET",
        hide_env_values = true,
        conflicts_with = "jwt_secret_file"
    )]
    pub jwt_secret: Option<String>,

    /// How often the chain is asked for new blocks, in milliseconds
    #[arg(long, env = "ASSAY_POLL_MS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(10..))]
    pub poll_ms: u64,

    /// Requests a second that one address may make for ever
    #[arg(long, env = "ASSAY_RATE", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_per_second: u32,

    /// Requests that one address may make at once after a pause
    #[arg(long, env = "ASSAY_BURST", default_value_t = 400, value_parser = clap::value_parser!(u32).range(1..))]
    pub rate_burst: u32,

    /// Threads that answer requests
    #[arg(long, env = "ASSAY_THREADS", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..))]
    pub threads: u16,
}

impl Config {
    /// Returns the time between two looks at the chain.
    pub fn poll_interval(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }

    /// Returns the database's address: the one given, or a SQLite file in the data folder.
    pub fn database(&self) -> String {
        let file = || {
            format!(
                "sqlite://{}?mode=rwc",
                self.data_dir.join("assay.sqlite").display()
            )
        };
        self.database_url.clone().unwrap_or_else(file)
    }
}
