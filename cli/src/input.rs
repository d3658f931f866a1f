//! A request's input: lanes of the type that the model takes.

use assay_prover::model_format::{ModelCard, QuantizedModel};
use assay_prover::{Salt, commitment};
use assay_statement::{Digest, Lane};

/// Lanes with their type. It has no `Debug`: an input may be private.
#[derive(Clone, PartialEq, Eq)]
pub struct Input {
    lane: Lane,
    lanes: Vec<i16>,
}

impl Input {
    /// Maps a sample's numbers to a model's lanes.
    pub fn of_model(model: &QuantizedModel, sample: &[f32]) -> Self {
        Self {
            lane: model.architecture().input.lane,
            lanes: model.input_lanes(sample),
        }
    }

    /// Reads lanes from bytes: one for an int8 lane, two for an int16 lane, the lower one first.
    pub fn from_bytes(lane: Lane, bytes: &[u8]) -> anyhow::Result<Self> {
        let lanes = lane.from_bytes(bytes)?.into_iter().map(i16::try_from);
        Ok(Self {
            lane,
            lanes: lanes.collect::<Result<_, _>>()?,
        })
    }

    /// Maps a sample's numbers to lanes as the model's card says.
    pub fn of_card(card: &ModelCard, sample: &[f32]) -> Self {
        Self {
            lane: card.architecture.input.lane,
            lanes: card.input_lanes(sample),
        }
    }

    /// Returns the lanes.
    pub fn lanes(&self) -> &[i16] {
        &self.lanes
    }

    /// Returns the bytes in which the lanes travel.
    pub fn to_bytes(&self) -> anyhow::Result<Vec<u8>> {
        let lanes: Vec<i64> = self.lanes.iter().map(|&lane| lane.into()).collect();
        Ok(self.lane.to_bytes(&lanes)?)
    }

    /// Returns the commitment to the lanes.
    pub fn commitment(&self, salt: Salt) -> anyhow::Result<Digest> {
        Ok(commitment::input_commitment(self.lane, &self.lanes, salt)?)
    }
}
