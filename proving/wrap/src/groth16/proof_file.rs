//! The proof file: a statement and its seal, enough to verify with the verifying key alone.

use assay_statement::{GROTH16_INPUTS, STATEMENT_WORDS, Statement, StatementError, U256Words};
use serde::{Deserialize, Serialize};

use super::keys::hex;
use super::seal::Seal;
use super::verify::{VerifyError, verify};
use super::verifying_key::VerifyingKey;

/// What the `format` field says.
const FORMAT: &str = "assay-proof";

/// The version this code writes and reads.
const VERSION: u32 = 1;

/// The longest proof file that is read: a file has about 4 KB.
const MAX_FILE_BYTES: usize = 64 * 1024;

/// A wrapped proof as JSON.
///
/// Words are decimal strings and inputs hexadecimal ones, because JSON numbers lose bits above 2^53. The inputs
/// repeat the words in the form that other Groth16 verifiers take; they must agree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofFile {
    format: String,
    version: u32,
    words: Vec<String>,
    inputs: Vec<String>,
    seal: String,
    verifying_key: String,
}

/// Why a proof file was refused.
#[derive(Debug, thiserror::Error)]
pub enum ProofFileError {
    /// The file is too long to be one.
    #[error("a proof file has at most {limit} bytes, got {got}")]
    TooLong {
        /// The limit.
        limit: usize,
        /// The length.
        got: usize,
    },
    /// The JSON does not parse.
    #[error("not a proof file: {0}")]
    Json(#[from] serde_json::Error),
    /// The file is of another format or version.
    #[error("expected {FORMAT} version {VERSION}, got {format} version {version}")]
    Version {
        /// The format named in the file.
        format: String,
        /// The version named in the file.
        version: u32,
    },
    /// A field does not have the right form.
    #[error("field {field} is malformed: expected {expected}")]
    Field {
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// The words are not a statement.
    #[error("the words are not a statement: {0}")]
    Statement(#[from] StatementError),
    /// The inputs are not those of the statement.
    #[error("the inputs do not belong to the words")]
    InputsDiffer,
    /// The proof was made for another verifying key.
    #[error("the proof is for verifying key {got}, this one is {expected}")]
    OtherKey {
        /// The digest of the key at hand.
        expected: String,
        /// The digest in the file.
        got: String,
    },
    /// The proof does not verify.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

impl ProofFile {
    /// Puts a proved statement and its seal together.
    pub fn new(statement: &Statement, seal: &Seal, vk: &VerifyingKey) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            words: statement.to_words().iter().map(u64::to_string).collect(),
            inputs: statement
                .to_inputs()
                .iter()
                .map(|input| format!("0x{}", hex(&input.to_be_bytes())))
                .collect(),
            seal: format!("0x{}", hex(&seal.to_bytes())),
            verifying_key: hex(&vk.digest()),
        }
    }

    /// Reads JSON.
    pub fn from_json(json: &[u8]) -> Result<Self, ProofFileError> {
        if json.len() > MAX_FILE_BYTES {
            return Err(ProofFileError::TooLong {
                limit: MAX_FILE_BYTES,
                got: json.len(),
            });
        }
        let file: Self = serde_json::from_slice(json)?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(ProofFileError::Version {
                format: file.format,
                version: file.version,
            });
        }
        Ok(file)
    }

    /// Writes indented JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("strings and numbers always serialize")
    }

    /// The statement that the file claims.
    pub fn statement(&self) -> Result<Statement, ProofFileError> {
        let malformed = || ProofFileError::Field {
            field: "words",
            expected: "24 decimal numbers below 2^64",
        };
        let words: Option<Vec<u64>> = self.words.iter().map(|word| parse_decimal(word)).collect();
        let words: [u64; STATEMENT_WORDS] = words
            .and_then(|words| words.try_into().ok())
            .ok_or_else(malformed)?;
        Ok(Statement::from_words(&words)?)
    }

    /// The bytes of the seal, of whatever length they are.
    pub fn seal_bytes(&self) -> Result<Vec<u8>, ProofFileError> {
        parse_hex(&self.seal).ok_or(ProofFileError::Field {
            field: "seal",
            expected: "0x and an even number of hexadecimal digits",
        })
    }

    /// Checks the proof against a verifying key and returns the statement that it proves.
    pub fn verify(&self, vk: &VerifyingKey) -> Result<Statement, ProofFileError> {
        let expected = hex(&vk.digest());
        if self.verifying_key != expected {
            return Err(ProofFileError::OtherKey {
                expected,
                got: self.verifying_key.clone(),
            });
        }
        let statement = self.statement()?;
        let inputs = statement.to_inputs();
        if self.inputs()? != inputs {
            return Err(ProofFileError::InputsDiffer);
        }
        verify(vk, &inputs, &self.seal_bytes()?)?;
        Ok(statement)
    }

    fn inputs(&self) -> Result<[U256Words; GROTH16_INPUTS], ProofFileError> {
        let parse = |input: &String| {
            let bytes: [u8; 32] = parse_hex(input)?.try_into().ok()?;
            Some(U256Words::from_be_bytes(&bytes))
        };
        let inputs: Option<Vec<_>> = self.inputs.iter().map(parse).collect();
        inputs
            .and_then(|inputs| inputs.try_into().ok())
            .ok_or(ProofFileError::Field {
                field: "inputs",
                expected: "8 numbers of 0x and 64 hexadecimal digits",
            })
    }
}

/// A number without sign or leading zeros, so that every number has one form.
fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

fn parse_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x")?.as_bytes();
    let (pairs, []) = digits.as_chunks::<2>() else {
        return None;
    };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    pairs
        .iter()
        .map(|&[high, low]| Some((digit(high)? * 16 + digit(low)?) as u8))
        .collect()
}
