//! The model card: the public description of a model, enough to rebuild its circuits.

use assay_statement::{Digest, Header};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::accuracy::{AccuracyReport, LossReport};
use crate::error::brief;
use crate::quant::architecture::{Architecture, OutputSpec};
use crate::quant::feature::Feature;
use crate::quant::model::{check_features, input_lanes};
use crate::quant::scale::{Quantization, Scales};
use crate::{ModelError, QuantizedModel};

/// The version that this crate writes and reads.
pub const CARD_VERSION: u32 = 3;

/// Bytes of a card: pages of JSON, with room for long names and many nodes.
pub const MAX_CARD_BYTES: usize = 2 << 20;

/// Bytes of each text on a card.
pub const MAX_TEXT_BYTES: usize = 4 << 10;

/// Circuits on a card: every kind in every privacy mode is 24.
pub const MAX_CIRCUITS: usize = 32;

/// A model's public description. It says the number of the weights and nothing else about them, but for what
/// SECURITY.md lists under "What a card shows".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelCard {
    /// [`CARD_VERSION`].
    pub version: u32,
    /// What people call the model.
    pub name: String,
    /// What it does and how it was trained.
    pub description: String,
    /// The license of the model, as an SPDX expression or a sentence.
    pub license: String,
    /// The shape that circuits are built from.
    pub architecture: Architecture,
    /// The dimensions of the input: those of `architecture`.
    pub input_shape: Vec<usize>,
    /// The dimensions of the output, none for a class.
    pub output_shape: Vec<usize>,
    /// What the output lanes are.
    pub output: OutputSpec,
    /// How real inputs and outputs map to lanes. A class has no lanes: what the largest scores were is nobody's business.
    pub scales: Scales,
    /// How real numbers map to each lane of the input, where lanes have mappings of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub features: Vec<Feature>,
    /// Weights and biases, counted.
    pub parameters: usize,
    /// The files that it was quantized from; never of a model with private weights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sources: Option<Sources>,
    /// What provider and file say about accuracy. A claim: audits prove it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<MeasuredAccuracy>,
    /// What they say about the numbers of a model that does not classify. A claim as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<MeasuredLoss>,
    /// The model's circuits, as the prover names them.
    #[serde(default)]
    pub circuits: Vec<CardCircuit>,
}

/// The sha-256 of a file, as 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FileDigest(pub [u8; 32]);

/// The files that a model with public weights was quantized from.
///
/// Whoever has a file's digest can confirm a guess of the file, so a card of private weights has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// The float model's file.
    pub float_model: FileDigest,
    /// The calibration data's file.
    pub calibration: FileDigest,
}

/// Accuracy on a data set with held-out samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredAccuracy {
    /// The data set's file.
    pub data: FileDigest,
    /// The counts.
    pub report: AccuracyReport,
}

/// The distance of integer and float numbers on a data set with held-out samples.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeasuredLoss {
    /// The data set's file.
    pub data: FileDigest,
    /// The distances.
    pub report: LossReport,
}

/// A circuit of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardCircuit {
    /// What its statements claim and hide.
    pub header: Header,
    /// Its identity.
    pub circuit: Digest,
}

/// The texts of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardTexts {
    /// What people call the model.
    pub name: String,
    /// What it does and how it was trained.
    pub description: String,
    /// The license of the model.
    pub license: String,
}

impl ModelCard {
    /// Returns the card of a model, without accuracy and circuits; `sources` of a model with public weights only.
    pub fn new(
        texts: CardTexts,
        model: &QuantizedModel,
        sources: Option<Sources>,
    ) -> Result<Self, ModelError> {
        let CardTexts {
            name,
            description,
            license,
        } = texts;
        let architecture = model.architecture().clone();
        let mut scales = *model.scales();
        if let OutputSpec::Class { .. } = architecture.output() {
            scales.output = Quantization::IDENTITY;
        }
        let card = Self {
            version: CARD_VERSION,
            name,
            description,
            license,
            output: architecture.output(),
            parameters: architecture.parameters(),
            input_shape: architecture.input.shape.clone(),
            output_shape: architecture.output_shape().to_vec(),
            architecture,
            scales,
            features: model.features().to_vec(),
            sources,
            accuracy: None,
            loss: None,
            circuits: Vec::new(),
        };
        card.validate()?;
        Ok(card)
    }

    /// Returns the input lanes of a sample, which has as many numbers as the model has inputs.
    #[must_use]
    pub fn input_lanes(&self, sample: &[f32]) -> Vec<i16> {
        let input = (self.scales.input, self.architecture.input.lane);
        input_lanes(input, &self.features, sample)
    }

    /// Returns the shape that circuits are built from.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns the identity of the circuit with this header, if the card names it.
    #[must_use]
    pub fn circuit(&self, header: Header) -> Option<Digest> {
        self.circuits
            .iter()
            .find(|entry| entry.header == header)
            .map(|entry| entry.circuit)
    }

    /// Names a circuit, in place of an earlier one with the same header. One with private weights takes the sources away.
    pub fn set_circuit(&mut self, header: Header, circuit: Digest) {
        if header.weights.is_private() {
            self.sources = None;
        }
        self.circuits.retain(|entry| entry.header != header);
        self.circuits.push(CardCircuit { header, circuit });
        self.circuits.sort_by_key(|entry| entry.header);
    }

    /// Returns the card's JSON: the bytes whose hash the registry records.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        let mut json =
            serde_json::to_vec_pretty(self).expect("a card of numbers and texts has a JSON form");
        json.push(b'\n');
        json
    }

    /// Reads a card; refuses what is too long, of another version or contradicts itself.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > MAX_CARD_BYTES {
            return Err(ModelError::OverLimit {
                what: "card bytes",
                limit: MAX_CARD_BYTES,
                got: bytes.len(),
            });
        }
        // The version first: cards of another one have other fields.
        let Versioned { version } =
            serde_json::from_slice(bytes).map_err(|error| bad(&error.to_string()))?;
        check_version(version)?;
        let card: Self = serde_json::from_slice(bytes).map_err(|error| bad(&error.to_string()))?;
        card.validate()?;
        Ok(card)
    }

    /// Checks the card against the limits and against itself.
    pub fn validate(&self) -> Result<(), ModelError> {
        check_version(self.version)?;
        for (what, limit, got) in [
            ("bytes of the name", MAX_TEXT_BYTES, self.name.len()),
            (
                "bytes of the description",
                MAX_TEXT_BYTES,
                self.description.len(),
            ),
            ("bytes of the license", MAX_TEXT_BYTES, self.license.len()),
            ("circuits", MAX_CIRCUITS, self.circuits.len()),
        ] {
            if got > limit {
                return Err(ModelError::OverLimit { what, limit, got });
            }
        }
        for (index, entry) in self.circuits.iter().enumerate() {
            if self.circuits[..index]
                .iter()
                .any(|earlier| earlier.header == entry.header)
            {
                return Err(bad("it names two circuits for one kind and privacy"));
            }
        }
        let hides_weights = |entry: &CardCircuit| entry.header.weights.is_private();
        if self.sources.is_some() && self.circuits.iter().any(hides_weights) {
            return Err(bad("it names the files of a model with private weights"));
        }
        self.architecture.validate()?;
        self.scales.validate()?;
        check_features(&self.architecture, &self.features)?;
        if self.input_shape != self.architecture.input.shape {
            return Err(bad(&format!(
                "input shape {:?}, the architecture takes {:?}",
                self.input_shape, self.architecture.input.shape
            )));
        }
        if self.output_shape != self.architecture.output_shape() {
            return Err(bad(&format!(
                "output shape {:?}, the architecture gives {:?}",
                self.output_shape,
                self.architecture.output_shape()
            )));
        }
        if self.output != self.architecture.output() {
            return Err(bad("the output is not what the architecture gives"));
        }
        let claimed = match self.output {
            OutputSpec::Class { .. } if self.scales.output != Quantization::IDENTITY => {
                Some("a scale of results, but gives a class")
            }
            OutputSpec::Class { .. } => self.loss.as_ref().map(|_| "loss, but gives a class"),
            OutputSpec::Lanes { .. } => {
                (self.accuracy.as_ref()).map(|_| "accuracy, but gives numbers")
            }
        };
        if let Some(claim) = claimed {
            return Err(bad(&format!("it has {claim}")));
        }
        if self.parameters != self.architecture.parameters() {
            return Err(bad(&format!(
                "{} parameters, the architecture has {}",
                self.parameters,
                self.architecture.parameters()
            )));
        }
        Ok(())
    }
}

impl FileDigest {
    /// Returns the digest of a file's bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl TryFrom<String> for FileDigest {
    type Error = ModelError;

    fn try_from(text: String) -> Result<Self, ModelError> {
        let mut digest = [0; 32];
        hex::decode_to_slice(&text, &mut digest)
            .map_err(|_| bad("a file digest must be 64 hexadecimal digits"))?;
        Ok(Self(digest))
    }
}

impl From<FileDigest> for String {
    fn from(digest: FileDigest) -> Self {
        hex::encode(digest.0)
    }
}

/// What cards of every version have.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

fn check_version(version: u32) -> Result<(), ModelError> {
    if version == CARD_VERSION {
        return Ok(());
    }
    Err(bad(&format!(
        "card version {version}, expected {CARD_VERSION}"
    )))
}

fn bad(reason: &str) -> ModelError {
    ModelError::BadCard {
        reason: brief(reason.to_owned()),
    }
}
