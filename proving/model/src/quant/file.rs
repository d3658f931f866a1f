//! The `.assay` file: a quantized model in a stable, bounded form.
//!
//! ```text
//! 0   8   magic "ASSAYMDL"
//! 8   4   version, little-endian (2)
//! 12  32  sha-256 of all that follows
//! 44  4   length of the header, little-endian
//! 48  ..  header: JSON of {architecture, scales, features}; the last only where int16 lanes have mappings
//! ..  ..  committed data in the order of `Architecture::sections`: int8 as bytes, int16 and int32 little-endian
//! ```
//!
//! A file has no slack: its length follows from its header.

use assay_statement::Lane;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::architecture::Architecture;
use super::feature::Feature;
use super::limits::{MAX_ARCHITECTURE_BYTES, MAX_WEIGHTS};
use super::model::QuantizedModel;
use super::scale::Scales;
use super::sections::SectionSpec;
use crate::ModelError;
use crate::error::brief;

/// The version that this crate writes and reads.
pub const FILE_VERSION: u32 = 2;

/// Bytes of a header: an architecture and room for the rest.
pub const MAX_HEADER_BYTES: usize = MAX_ARCHITECTURE_BYTES + (4 << 10);

/// Bytes of a file: every weight the limits allow, and room for the rest.
pub const MAX_FILE_BYTES: usize = MAX_WEIGHTS + (8 << 20);

const MAGIC: &[u8; 8] = b"ASSAYMDL";
const DIGEST_AT: usize = 12;
const BODY_AT: usize = 44;
const HEADER_AT: usize = 48;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileHeader {
    architecture: Architecture,
    scales: Scales,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<Feature>,
}

impl QuantizedModel {
    /// Returns the model's `.assay` file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = FileHeader {
            architecture: self.architecture().clone(),
            scales: *self.scales(),
            features: self.features().to_vec(),
        };
        let header =
            serde_json::to_vec(&header).expect("a header of numbers and names has a JSON form");
        let length = u32::try_from(header.len()).expect("nodes are limited, and so is the header");
        let mut body = length.to_le_bytes().to_vec();
        body.extend(header);
        for section in self.committed_data() {
            for value in section.values {
                let bytes = value.to_le_bytes();
                body.extend(&bytes[..lane_bytes(section.spec.lane)]);
            }
        }
        let mut file = MAGIC.to_vec();
        file.extend(FILE_VERSION.to_le_bytes());
        file.extend(Sha256::digest(&body));
        file.extend(body);
        file
    }

    /// Reads an `.assay` file; refuses what is damaged, too long, of another version or not a valid model.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
        if bytes.len() > MAX_FILE_BYTES {
            return Err(ModelError::OverLimit {
                what: "file bytes",
                limit: MAX_FILE_BYTES,
                got: bytes.len(),
            });
        }
        if bytes.len() < HEADER_AT || &bytes[..8] != MAGIC {
            return Err(bad_file("it does not start as one"));
        }
        let version = read_u32(bytes, 8);
        if version != FILE_VERSION {
            return Err(bad_file(&format!(
                "file version {version}, expected {FILE_VERSION}"
            )));
        }
        if bytes[DIGEST_AT..BODY_AT] != Sha256::digest(&bytes[BODY_AT..])[..] {
            return Err(bad_file("its digest does not match its content"));
        }
        let length = read_u32(bytes, BODY_AT) as usize;
        if length > MAX_HEADER_BYTES {
            return Err(ModelError::OverLimit {
                what: "header bytes",
                limit: MAX_HEADER_BYTES,
                got: length,
            });
        }
        let (header, mut data) = bytes[HEADER_AT..]
            .split_at_checked(length)
            .ok_or_else(|| bad_file("it ends within its header"))?;
        let header: FileHeader = serde_json::from_slice(header)
            .map_err(|error| bad_file(&format!("header: {error}")))?;
        header.architecture.validate()?;
        let sections = header.architecture.sections();
        let expected: usize = sections
            .iter()
            .map(|section| section.len * lane_bytes(section.lane))
            .sum();
        if data.len() != expected {
            return Err(bad_file(&format!(
                "{} bytes of data, its header asks for {expected}",
                data.len()
            )));
        }
        Self::from_committed(header.architecture, header.scales, |section| {
            read_section(section, &mut data)
        })?
        .with_features(header.features)
    }
}

fn lane_bytes(lane: Lane) -> usize {
    lane.bits() as usize / 8
}

/// Takes one section off the front of `data`, which is long enough for all of them.
fn read_section(section: &SectionSpec, data: &mut &[u8]) -> Vec<i64> {
    let width = lane_bytes(section.lane);
    let (values, rest) = data.split_at(section.len * width);
    *data = rest;
    values
        .chunks_exact(width)
        .map(|chunk| {
            let sign: u8 = if chunk[width - 1] & 0x80 == 0 {
                0
            } else {
                0xff
            };
            let mut bytes = [sign; 8];
            bytes[..width].copy_from_slice(chunk);
            i64::from_le_bytes(bytes)
        })
        .collect()
}

fn read_u32(bytes: &[u8], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

fn bad_file(reason: &str) -> ModelError {
    ModelError::BadFile {
        reason: brief(reason.to_owned()),
    }
}
