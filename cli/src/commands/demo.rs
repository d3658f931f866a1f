//! `assay demo`: the whole product once, on this machine.

use std::path::PathBuf;

use clap::Args;

use crate::args::Global;
use crate::demo;
use crate::output::Output;

/// Flags of `assay demo`.
#[derive(Debug, Args)]
pub struct Demo {
    /// Folder for the report and for everything that the demo makes
    #[arg(long, default_value = "target/demo")]
    out: PathBuf,
}

/// Runs the command.
pub async fn run(global: &Global, output: Output, flags: &Demo) -> anyhow::Result<()> {
    demo::run(global, output, &flags.out).await
}
