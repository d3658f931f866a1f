//! How far a proof is, and what its stages took.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A stage of the way to a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Building the fixed layers and reading, or making, the Groth16 keys.
    Load,
    /// Filling and checking the model circuit's witness.
    Witness,
    /// Proving the model circuit.
    Prove,
    /// Bringing the proof to the canonical shape.
    Shape,
    /// The two fixed Plonky2 layers.
    Outer,
    /// The Groth16 proof.
    Groth16,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Load => "load",
            Self::Witness => "witness",
            Self::Prove => "prove",
            Self::Shape => "shape",
            Self::Outer => "outer",
            Self::Groth16 => "groth16",
        })
    }
}

/// Who is told about progress. Calls come from the proving thread and should return at once.
pub trait Progress {
    /// A stage is done up to `fraction`, from 0 when it starts to 1 when it ends.
    fn stage(&self, stage: Stage, fraction: f32);

    /// Something that a person should read, the warning of the development set-up for one.
    fn note(&self, _message: &str) {}
}

/// Nobody is told.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: Stage, _: f32) {}
}

/// Milliseconds of each stage of one proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTimes {
    /// Filling the witness.
    pub witness: u64,
    /// The model proof.
    pub prove: u64,
    /// Shrink steps and canonical layer.
    pub shape: u64,
    /// The fixed layers.
    pub outer: u64,
    /// Assignment and Groth16 proof.
    pub groth16: u64,
}

impl StageTimes {
    /// Returns the sum of all stages in milliseconds.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.witness + self.prove + self.shape + self.outer + self.groth16
    }
}

/// Runs a stage between its two progress calls and returns what it took in milliseconds.
pub(crate) fn timed<T, E>(
    progress: &dyn Progress,
    stage: Stage,
    run: impl FnOnce() -> Result<T, E>,
) -> Result<(T, u64), E> {
    progress.stage(stage, 0.0);
    let start = Instant::now();
    let result = run()?;
    progress.stage(stage, 1.0);
    Ok((result, milliseconds(start.elapsed())))
}

pub(crate) fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
