//! How far a proof is, and what its stages took.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A stage of the way to a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Building the fixed layer and reading, or making, the Groth16 keys.
    Load,
    /// Filling and checking the model circuit's witness.
    Witness,
    /// Proving the model circuit.
    Prove,
    /// Bringing the proof to the canonical shape.
    Shape,
    /// The fixed Plonky2 layer.
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

/// Something of each stage of one proof; loading is not part of a proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stages<T> {
    /// Filling the witness.
    pub witness: T,
    /// The model proof.
    pub prove: T,
    /// Shrink steps and canonical layer.
    pub shape: T,
    /// The fixed layer.
    pub outer: T,
    /// Assignment and Groth16 proof.
    pub groth16: T,
}

/// Milliseconds of each stage.
pub type StageTimes = Stages<u64>;

/// Most bytes of memory that the process holds in each stage.
pub type StageBytes = Stages<u64>;

impl<T> Stages<T> {
    /// Returns what a function says of each value.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Stages<U> {
        Stages {
            witness: f(&self.witness),
            prove: f(&self.prove),
            shape: f(&self.shape),
            outer: f(&self.outer),
            groth16: f(&self.groth16),
        }
    }

    /// Returns the stages in their order, each with its value.
    pub fn each(&self) -> [(Stage, &T); 5] {
        [
            (Stage::Witness, &self.witness),
            (Stage::Prove, &self.prove),
            (Stage::Shape, &self.shape),
            (Stage::Outer, &self.outer),
            (Stage::Groth16, &self.groth16),
        ]
    }

    /// Returns the value of a stage; none of loading.
    pub fn get_mut(&mut self, stage: Stage) -> Option<&mut T> {
        Some(match stage {
            Stage::Load => return None,
            Stage::Witness => &mut self.witness,
            Stage::Prove => &mut self.prove,
            Stage::Shape => &mut self.shape,
            Stage::Outer => &mut self.outer,
            Stage::Groth16 => &mut self.groth16,
        })
    }
}

impl Stages<u64> {
    /// Returns the sum of all stages.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.each().iter().map(|(_, value)| **value).sum()
    }

    /// Returns the largest value of a stage.
    #[must_use]
    pub fn max(&self) -> u64 {
        self.each()
            .iter()
            .map(|(_, value)| **value)
            .max()
            .unwrap_or(0)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn total_and_max_are_of_all_stages() {
        let names = [
            Stage::Witness,
            Stage::Prove,
            Stage::Shape,
            Stage::Outer,
            Stage::Groth16,
        ];
        for name in names {
            let mut stages = StageTimes::default().map(|_| 1);
            *stages.get_mut(name).unwrap() = 10;
            assert_eq!([stages.total(), stages.max()], [14, 10], "{name}");
            let largest = stages.each().into_iter().max_by_key(|(_, value)| **value);
            assert_eq!(largest.map(|(stage, _)| stage), Some(name));
        }
    }
}
