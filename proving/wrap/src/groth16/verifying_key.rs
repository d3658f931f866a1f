//! The verifying key and its two file forms.

use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ff::{BigInteger, PrimeField};
use ark_groth16::{PreparedVerifyingKey, prepare_verifying_key};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::points::{self, PointError, WORD_BYTES};

/// The most public inputs a key read from outside may have; the circuit has eight.
const MAX_PUBLIC_INPUTS: usize = 64;

/// First bytes of the binary form.
const MAGIC: [u8; 8] = *b"ASSAYVK1";

/// Words before the input points: alpha (2), beta, gamma and delta (4 each).
const FIXED_WORDS: usize = 14;

/// A Groth16 verifying key with the parts of the pairing that do not depend on the proof.
#[derive(Clone, Debug)]
pub struct VerifyingKey {
    prepared: PreparedVerifyingKey<Bn254>,
}

/// Why bytes or JSON are not a verifying key.
#[derive(Debug, thiserror::Error)]
pub enum VerifyingKeyError {
    /// The binary form does not start as it should, or has a wrong length.
    #[error("not a verifying key file: {reason}")]
    Format {
        /// What is wrong.
        reason: &'static str,
    },
    /// The JSON form is malformed.
    #[error("not a verifying key in JSON: field {field} is missing or malformed")]
    Json {
        /// The field.
        field: &'static str,
    },
    /// A point of the key is not acceptable.
    #[error("malformed verifying key: {0}")]
    Point(#[from] PointError),
    /// The key is one that nobody should trust.
    #[error("unsafe verifying key: {reason}")]
    Unsafe {
        /// What is wrong.
        reason: &'static str,
    },
}

impl VerifyingKey {
    /// Prepares a key and checks what a careless setup leaves behind.
    pub fn new(key: &ark_groth16::VerifyingKey<Bn254>) -> Result<Self, VerifyingKeyError> {
        let refuse = |reason| Err(VerifyingKeyError::Unsafe { reason });
        if key.gamma_abc_g1.is_empty() {
            return refuse("it has no input points");
        }
        let second = [key.beta_g2, key.gamma_g2, key.delta_g2];
        if key.alpha_g1.is_zero() || second.iter().any(G2Affine::is_zero) {
            return refuse("a point is the point at infinity");
        }
        // A phase 2 without a contribution leaves delta at gamma or the generator: forgeable.
        if key.delta_g2 == key.gamma_g2 {
            return refuse("gamma equals delta");
        }
        if key.delta_g2 == G2Affine::generator() {
            return refuse("delta is the generator");
        }
        Ok(Self {
            prepared: prepare_verifying_key(key),
        })
    }

    /// The number of public inputs.
    pub fn num_public_inputs(&self) -> usize {
        self.key().gamma_abc_g1.len() - 1
    }

    /// The SHA-256 digest of the binary form: the key's name in files and in the Solidity verifier.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_bytes()).into()
    }

    /// The binary form: magic, then big-endian words of alpha, beta, gamma, delta and the input points.
    pub fn to_bytes(&self) -> Vec<u8> {
        let key = self.key();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(points::g1_to_words(&key.alpha_g1).as_flattened());
        for point in [&key.beta_g2, &key.gamma_g2, &key.delta_g2] {
            bytes.extend_from_slice(points::g2_to_words(point).as_flattened());
        }
        for point in &key.gamma_abc_g1 {
            bytes.extend_from_slice(points::g1_to_words(point).as_flattened());
        }
        bytes
    }

    /// Reads and checks the binary form.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, VerifyingKeyError> {
        let format = |reason| VerifyingKeyError::Format { reason };
        let body = bytes
            .strip_prefix(&MAGIC)
            .ok_or(format("the magic bytes are missing"))?;
        let (words, rest) = body.as_chunks::<WORD_BYTES>();
        let num_input_words = words.len().saturating_sub(FIXED_WORDS);
        let fits = (4..=2 * (MAX_PUBLIC_INPUTS + 1)).contains(&num_input_words);
        if !rest.is_empty() || !fits || num_input_words % 2 != 0 {
            return Err(format("the length is wrong"));
        }
        let g1 = |name, at: usize| points::g1_from_words(name, &[words[at], words[at + 1]]);
        let g2 = |name, at: usize| {
            let words = [words[at], words[at + 1], words[at + 2], words[at + 3]];
            points::g2_from_words(name, &words)
        };
        Self::new(&ark_groth16::VerifyingKey {
            alpha_g1: g1("alpha", 0)?,
            beta_g2: g2("beta", 2)?,
            gamma_g2: g2("gamma", 6)?,
            delta_g2: g2("delta", 10)?,
            gamma_abc_g1: (FIXED_WORDS..words.len())
                .step_by(2)
                .map(|at| g1("of an input", at))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The form of snarkjs's `verification_key.json`.
    pub fn to_json(&self) -> Value {
        let key = self.key();
        json!({
            "protocol": "groth16",
            "curve": "bn128",
            "nPublic": self.num_public_inputs(),
            "vk_alpha_1": g1_json(&key.alpha_g1),
            "vk_beta_2": g2_json(&key.beta_g2),
            "vk_gamma_2": g2_json(&key.gamma_g2),
            "vk_delta_2": g2_json(&key.delta_g2),
            "IC": key.gamma_abc_g1.iter().map(g1_json).collect::<Vec<_>>(),
        })
    }

    /// Reads and checks the form of snarkjs's `verification_key.json`.
    pub fn from_json(value: &Value) -> Result<Self, VerifyingKeyError> {
        let is = |field: &'static str, expected: &str| {
            let matches = value.get(field).and_then(Value::as_str) == Some(expected);
            matches
                .then_some(())
                .ok_or(VerifyingKeyError::Json { field })
        };
        is("protocol", "groth16")?;
        is("curve", "bn128")?;
        let g2 = |field: &'static str| {
            let words = value.get(field).and_then(g2_words);
            let words = words.ok_or(VerifyingKeyError::Json { field })?;
            Ok::<_, VerifyingKeyError>(points::g2_from_words(field, &words)?)
        };
        let g1 = |field: &'static str, value: Option<&Value>| {
            let words = value.and_then(g1_words);
            let words = words.ok_or(VerifyingKeyError::Json { field })?;
            Ok::<_, VerifyingKeyError>(points::g1_from_words(field, &words)?)
        };
        let field = "IC";
        let inputs = value
            .get(field)
            .and_then(Value::as_array)
            .filter(|inputs| (2..=MAX_PUBLIC_INPUTS + 1).contains(&inputs.len()))
            .ok_or(VerifyingKeyError::Json { field })?;
        let count = value.get("nPublic").and_then(Value::as_u64);
        if count != Some(inputs.len() as u64 - 1) {
            return Err(VerifyingKeyError::Json { field: "nPublic" });
        }
        Self::new(&ark_groth16::VerifyingKey {
            alpha_g1: g1("vk_alpha_1", value.get("vk_alpha_1"))?,
            beta_g2: g2("vk_beta_2")?,
            gamma_g2: g2("vk_gamma_2")?,
            delta_g2: g2("vk_delta_2")?,
            gamma_abc_g1: inputs
                .iter()
                .map(|input| g1(field, Some(input)))
                .collect::<Result<_, _>>()?,
        })
    }

    /// The key as `ark-groth16` prepares it.
    pub(super) fn prepared(&self) -> &PreparedVerifyingKey<Bn254> {
        &self.prepared
    }

    /// The key's points.
    pub(super) fn key(&self) -> &ark_groth16::VerifyingKey<Bn254> {
        &self.prepared.vk
    }
}

impl PartialEq for VerifyingKey {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

/// A coordinate in decimal.
pub(super) fn decimal(value: &Fq) -> String {
    value.into_bigint().to_string()
}

fn g1_json(point: &G1Affine) -> Value {
    let (x, y) = point.xy().unwrap_or_default();
    json!([decimal(&x), decimal(&y), "1"])
}

fn g2_json(point: &G2Affine) -> Value {
    let (x, y): (Fq2, Fq2) = point.xy().unwrap_or_default();
    json!([
        [decimal(&x.c0), decimal(&x.c1)],
        [decimal(&y.c0), decimal(&y.c1)],
        ["1", "0"]
    ])
}

/// A decimal number below 2^256 as a word; whether it is below the field order is checked with the point.
fn decimal_word(value: &Value) -> Option<[u8; WORD_BYTES]> {
    let text = value.as_str()?;
    // 2^256 has 78 decimal digits.
    if text.len() > 78 {
        return None;
    }
    let number: ark_ff::BigInt<4> = text.parse().ok()?;
    // The one form of the number: no sign, no leading zero.
    if number.to_string() != text {
        return None;
    }
    number.to_bytes_be().try_into().ok()
}

fn g1_words(value: &Value) -> Option<[[u8; WORD_BYTES]; 2]> {
    let [x, y, one] = value.as_array()?.as_slice() else {
        return None;
    };
    (one == "1").then_some([decimal_word(x)?, decimal_word(y)?])
}

fn g2_words(value: &Value) -> Option<[[u8; WORD_BYTES]; 4]> {
    let pair = |value: &Value| {
        let [c0, c1] = value.as_array()?.as_slice() else {
            return None;
        };
        Some([decimal_word(c1)?, decimal_word(c0)?])
    };
    let [x, y, one] = value.as_array()?.as_slice() else {
        return None;
    };
    let ([x_c1, x_c0], [y_c1, y_c0]) = (pair(x)?, pair(y)?);
    (*one == json!(["1", "0"])).then_some([x_c1, x_c0, y_c1, y_c0])
}
