//! The envelope: what a request keeps private, for the provers that it admits.

use age::x25519::{Identity, Recipient};
use assay_market::{Address, ModelId, Word};
use assay_statement::Digest;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;
use thiserror::Error;

use crate::age_file::{self, AgeError};

/// The largest envelope, encrypted or not: half a million lanes. What provers fetch before they bid must be small.
pub const MAX_ENVELOPE_BYTES: u64 = 1 << 20;

/// What the `format` field says.
const FORMAT: &str = "assay-envelope";

/// The version that this crate writes and reads.
const VERSION: u32 = 1;

/// The request that an envelope is for. A prover opens it for no other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purpose {
    /// Id of the chain.
    pub chain_id: u64,
    /// The market contract.
    pub market: Address,
    /// Who asks.
    pub requester: Address,
    /// Which model.
    pub model: ModelId,
    /// Whether the input is private.
    pub input_private: bool,
    /// Whether the output is private.
    pub output_private: bool,
}

/// What a request keeps private. It has no `Debug`: logs must not hold inputs and salts.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The request.
    pub purpose: Purpose,
    /// The input's lanes, as bytes.
    pub input: Vec<u8>,
    /// The salt of their commitment; zero if the input is public.
    pub input_salt: Digest,
    /// From which the salt of a private output comes; zero if the output is public.
    pub output_secret: Digest,
    /// The age recipient that a private output is encrypted to; none if the output is public.
    pub output_recipient: Option<String>,
}

/// Why an envelope was refused.
#[derive(Debug, Error)]
pub enum EnvelopeError {
    /// It cannot be decrypted.
    #[error(transparent)]
    Age(#[from] AgeError),
    /// It is too large.
    #[error("an envelope has at most {limit} bytes, got {got}")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// The size.
        got: usize,
    },
    /// What is inside is not an envelope.
    #[error("not an envelope of version {VERSION}")]
    Malformed,
    /// Salts do not fit what is private.
    #[error("the envelope's {field} does not fit what the request keeps private")]
    Unfit {
        /// The field.
        field: &'static str,
    },
    /// It is for another request.
    #[error("the envelope is for another request: its {field} is another one")]
    OtherRequest {
        /// What differs.
        field: &'static str,
    },
}

/// The JSON inside.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inside {
    format: String,
    version: u32,
    purpose: Purpose,
    input: String,
    input_salt: Digest,
    output_secret: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    output_recipient: Option<String>,
}

impl Envelope {
    /// Encrypts the envelope to the provers that may prove the request.
    pub fn seal(&self, recipients: &[Recipient]) -> Result<Vec<u8>, EnvelopeError> {
        self.check()?;
        let inside = Inside {
            format: FORMAT.to_owned(),
            version: VERSION,
            purpose: self.purpose,
            input: hex::encode(&self.input),
            input_salt: self.input_salt,
            output_secret: self.output_secret,
            output_recipient: self.output_recipient.clone(),
        };
        let json = serde_json::to_vec(&inside).expect("texts and numbers have a JSON form");
        let sealed = age_file::encrypt(recipients, &json)?;
        require_size(&sealed)?;
        Ok(sealed)
    }

    /// Decrypts an envelope; refuses one that is for another request.
    pub fn open(
        bytes: &[u8],
        identity: &Identity,
        purpose: &Purpose,
    ) -> Result<Self, EnvelopeError> {
        require_size(bytes)?;
        let json = age_file::decrypt(identity, bytes, MAX_ENVELOPE_BYTES)?;
        // The parse error is dropped on purpose: it could quote a salt.
        let inside: Inside = serde_json::from_slice(&json).map_err(|_| EnvelopeError::Malformed)?;
        if inside.format != FORMAT || inside.version != VERSION {
            return Err(EnvelopeError::Malformed);
        }
        let input = hex::decode(&inside.input).map_err(|_| EnvelopeError::Malformed)?;
        let envelope = Self {
            purpose: inside.purpose,
            input,
            input_salt: inside.input_salt,
            output_secret: inside.output_secret,
            output_recipient: inside.output_recipient,
        };
        envelope.purpose.require(purpose)?;
        envelope.check()?;
        Ok(envelope)
    }

    /// Encrypts an output's bytes to the requester, if the output is private.
    pub fn seal_output(recipient: &str, output: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let recipient = age_file::recipient(recipient)?;
        Ok(age_file::encrypt(&[recipient], output)?)
    }

    /// Decrypts an output.
    pub fn open_output(bytes: &[u8], identity: &Identity) -> Result<Vec<u8>, EnvelopeError> {
        require_size(bytes)?;
        Ok(age_file::decrypt(identity, bytes, MAX_ENVELOPE_BYTES)?)
    }

    /// Checks that exactly what is private has a salt, and that a private output has somebody to go to.
    fn check(&self) -> Result<(), EnvelopeError> {
        let Purpose {
            input_private,
            output_private,
            ..
        } = self.purpose;
        let recipient = match &self.output_recipient {
            Some(recipient) => age_file::recipient(recipient).is_ok() && output_private,
            None => !output_private,
        };
        for (field, fits) in [
            (
                "input salt",
                (self.input_salt != Digest::ZERO) == input_private,
            ),
            (
                "output secret",
                (self.output_secret != Digest::ZERO) == output_private,
            ),
            ("output recipient", recipient),
        ] {
            if !fits {
                return Err(EnvelopeError::Unfit { field });
            }
        }
        Ok(())
    }
}

impl Purpose {
    fn require(&self, expected: &Self) -> Result<(), EnvelopeError> {
        for (field, same) in [
            ("chain", self.chain_id == expected.chain_id),
            ("market", self.market == expected.market),
            ("requester", self.requester == expected.requester),
            ("model", self.model == expected.model),
            (
                "input's privacy",
                self.input_private == expected.input_private,
            ),
            (
                "output's privacy",
                self.output_private == expected.output_private,
            ),
        ] {
            if !same {
                return Err(EnvelopeError::OtherRequest { field });
            }
        }
        Ok(())
    }
}

/// Returns the name of a blob: the sha-256 of its bytes.
#[must_use]
pub fn blob_digest(bytes: &[u8]) -> Word {
    Word(sha2::Sha256::digest(bytes).into())
}

fn require_size(bytes: &[u8]) -> Result<(), EnvelopeError> {
    if bytes.len() as u64 > MAX_ENVELOPE_BYTES {
        return Err(EnvelopeError::TooLarge {
            limit: MAX_ENVELOPE_BYTES,
            got: bytes.len(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PURPOSE: Purpose = Purpose {
        chain_id: 31_337,
        market: Address([1; 20]),
        requester: Address([2; 20]),
        model: ModelId([3; 32]),
        input_private: true,
        output_private: true,
    };

    fn envelope(purpose: Purpose, requester: &Identity) -> Envelope {
        let salt = |private, limb| {
            if private {
                Digest::new([limb, 2, 3, 4]).unwrap()
            } else {
                Digest::ZERO
            }
        };
        Envelope {
            purpose,
            input: vec![128, 255, 0, 1, 127],
            input_salt: salt(purpose.input_private, 1),
            output_secret: salt(purpose.output_private, 9),
            output_recipient: purpose
                .output_private
                .then(|| requester.to_public().to_string()),
        }
    }

    #[test]
    fn admitted_prover_opens_what_the_requester_sealed_in_every_mode() {
        let [requester, prover, other] = [(); 3].map(|()| Identity::generate());
        for (input_private, output_private) in [(true, true), (true, false), (false, true)] {
            let purpose = Purpose {
                input_private,
                output_private,
                ..PURPOSE
            };
            let sent = envelope(purpose, &requester);
            let bytes = sent.seal(&[other.to_public(), prover.to_public()]).unwrap();
            let got = Envelope::open(&bytes, &prover, &purpose).unwrap();
            assert!(got == sent, "it is not what was sealed");
            let refused = Envelope::open(&bytes, &requester, &purpose).err().unwrap();
            assert!(
                matches!(refused, EnvelopeError::Age(AgeError::NotForUs)),
                "{refused}"
            );
        }
    }

    #[test]
    fn envelope_of_another_request_is_refused() {
        let [requester, prover] = [(); 2].map(|()| Identity::generate());
        let bytes = envelope(PURPOSE, &requester)
            .seal(&[prover.to_public()])
            .unwrap();
        for (field, other) in [
            (
                "chain",
                Purpose {
                    chain_id: 1,
                    ..PURPOSE
                },
            ),
            (
                "market",
                Purpose {
                    market: Address([9; 20]),
                    ..PURPOSE
                },
            ),
            (
                "requester",
                Purpose {
                    requester: Address([9; 20]),
                    ..PURPOSE
                },
            ),
            (
                "model",
                Purpose {
                    model: ModelId([9; 32]),
                    ..PURPOSE
                },
            ),
            (
                "input's privacy",
                Purpose {
                    input_private: false,
                    ..PURPOSE
                },
            ),
            (
                "output's privacy",
                Purpose {
                    output_private: false,
                    ..PURPOSE
                },
            ),
        ] {
            match Envelope::open(&bytes, &prover, &other) {
                Err(EnvelopeError::OtherRequest { field: got }) => assert_eq!(got, field),
                other => panic!("{field}: {:?}", other.err()),
            }
        }
    }

    #[test]
    fn salts_that_do_not_fit_and_bytes_that_are_none_are_refused() {
        let [requester, prover] = [(); 2].map(|()| Identity::generate());
        let to = [prover.to_public()];
        let good = envelope(PURPOSE, &requester);
        let refused = |bent: Envelope, expected: &str| match bent.seal(&to) {
            Err(EnvelopeError::Unfit { field }) => assert_eq!(field, expected),
            other => panic!("{expected}: {:?}", other.err()),
        };
        let mut bent = good.clone();
        bent.input_salt = Digest::ZERO;
        refused(bent, "input salt");
        let mut bent = good.clone();
        bent.output_secret = Digest::ZERO;
        refused(bent, "output secret");
        for recipient in [None, Some("age1nobody".to_owned())] {
            let mut bent = good.clone();
            bent.output_recipient = recipient;
            refused(bent, "output recipient");
        }

        let open = |bytes: &[u8]| Envelope::open(bytes, &prover, &PURPOSE).err().unwrap();
        for inside in [&b"{}"[..], b"", b"[1]"] {
            let bytes = age_file::encrypt(&to, inside).unwrap();
            assert!(matches!(open(&bytes), EnvelopeError::Malformed));
        }
        let large = vec![0; MAX_ENVELOPE_BYTES as usize + 1];
        assert!(matches!(open(&large), EnvelopeError::TooLarge { .. }));
        let lanes = vec![0; MAX_ENVELOPE_BYTES as usize / 2];
        let huge = Envelope {
            input: lanes,
            ..good
        };
        assert!(matches!(
            huge.seal(&to),
            Err(EnvelopeError::TooLarge { .. })
        ));
    }
}
