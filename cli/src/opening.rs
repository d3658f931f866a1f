//! Opening a commitment: do these values, with this salt, give it?
//!
//! Anyone can check an opening: it needs neither the proof's verifying key nor a chain.

use anyhow::{Context, bail};
use assay_prover::model_format::QuantizedModel;
use assay_prover::{Salt, commitment};
use assay_statement::{Digest, Lane, Statement, tags};
use clap::ValueEnum;

/// A commitment of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Side {
    /// The commitment to the input
    Input,
    /// The commitment to the output
    Output,
    /// The commitment to the model's weights, biases, multipliers and zero points
    Model,
}

/// What is said to be committed.
pub enum Values {
    /// Lanes as numbers.
    Lanes(Vec<i64>),
    /// Lanes as bytes, the form in which inputs and outputs travel.
    Bytes(Vec<u8>),
    /// A model.
    Model(Box<QuantizedModel>),
}

/// What a commitment is said to be salted with. It has no `Debug`: salts are not for logs.
#[derive(Clone, Copy)]
pub enum Key {
    /// Nothing: it is public.
    None,
    /// The salt itself.
    Salt(Salt),
    /// The requester's secret, from which the salt of a private output comes.
    Secret(Salt),
}

/// A commitment, and what is known about how it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commitment {
    /// Which one.
    pub side: Side,
    /// The commitment.
    pub digest: Digest,
    /// Whether it is private, if a header says so.
    pub private: Option<bool>,
    /// The context of the statement, if it is known.
    pub context: Option<Digest>,
}

impl Side {
    /// Returns the word that flags and answers have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Output => "output",
            Self::Model => "model",
        }
    }
}

impl Commitment {
    /// Returns the commitment that a statement has on a side.
    pub fn of(statement: &Statement, side: Side) -> Self {
        let header = statement.header;
        let (digest, privacy) = match side {
            Side::Input => (statement.input, header.input),
            Side::Output => (statement.output, header.output),
            Side::Model => (statement.model, header.weights),
        };
        Self {
            side,
            digest,
            private: Some(privacy.is_private()),
            context: Some(statement.context),
        }
    }

    /// Returns the salt that a key stands for; refuses a key that does not fit the commitment.
    pub fn salt(&self, key: Key) -> anyhow::Result<Salt> {
        let side = self.side.name();
        match (self.private, key) {
            (Some(true), Key::None) => {
                bail!("the {side} is private: its salt or secret is needed to open it")
            }
            (Some(false), Key::Salt(_) | Key::Secret(_)) => {
                bail!("the {side} is public: its salt is zero, none is to be given")
            }
            (_, Key::None) => Ok(Salt::ZERO),
            (_, Key::Salt(salt)) => Ok(salt),
            (_, Key::Secret(secret)) => {
                if self.side != Side::Output {
                    bail!("only an output is salted by a requester's secret, the {side} is not");
                }
                let context = self
                    .context
                    .context("the salt of an output needs the statement's context too")?;
                Ok(commitment::output_salt(secret, context))
            }
        }
    }

    /// Returns whether the values open the commitment, and as lanes of which type.
    pub fn open(&self, values: &Values, salt: Salt) -> anyhow::Result<Opening> {
        let tag = match (self.side, values) {
            (Side::Model, Values::Model(model)) => {
                let opens = commitment::model_commitment(model, salt)? == self.digest;
                return Ok(if opens { Opening::Model } else { Opening::Not });
            }
            (Side::Input, Values::Lanes(_) | Values::Bytes(_)) => tags::input,
            (Side::Output, Values::Lanes(_) | Values::Bytes(_)) => tags::output,
            (Side::Model, _) => bail!("a model's commitment is opened by its .assay file"),
            (side, Values::Model(_)) => {
                bail!("an {} is opened by its lanes, not by a model", side.name())
            }
        };
        Ok(self.open_lanes(tag, values, salt))
    }

    /// A lane's type is part of the commitment, so at most one of them opens it.
    fn open_lanes(&self, tag: fn(Lane) -> u64, values: &Values, salt: Salt) -> Opening {
        let opened = [Lane::Int8, Lane::Int16, Lane::Int32]
            .into_iter()
            .find_map(|lane| {
                let lanes = match values {
                    Values::Lanes(lanes) => lanes.clone(),
                    Values::Bytes(bytes) => lane.from_bytes(bytes).ok()?,
                    Values::Model(_) => return None,
                };
                let packed = lane.pack(&lanes).ok()?;
                let digest = commitment::commit(tag(lane), lanes.len(), salt, &packed);
                (digest == self.digest).then_some(Opening::Lanes { lane, lanes })
            });
        opened.unwrap_or(Opening::Not)
    }
}

/// What came of an attempt to open a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The lanes open it.
    Lanes {
        /// Their type.
        lane: Lane,
        /// The lanes.
        lanes: Vec<i64>,
    },
    /// The model opens it.
    Model,
    /// It is a commitment to something else.
    Not,
}

#[cfg(test)]
mod tests {
    use super::*;

    const LANES: [i64; 9] = [-128, 127, 0, 3, -3, 1, 64, -64, 99];

    fn salt(seed: u8) -> Salt {
        Salt::from_entropy(std::array::from_fn(|i| seed.wrapping_add(i as u8)))
    }

    fn committed(side: Side, lane: Lane, salt: Salt) -> Commitment {
        let tag = match side {
            Side::Input => tags::input(lane),
            _ => tags::output(lane),
        };
        let packed = lane.pack(&LANES).unwrap();
        Commitment {
            side,
            digest: commitment::commit(tag, LANES.len(), salt, &packed),
            private: None,
            context: None,
        }
    }

    fn opens(commitment: &Commitment, lanes: &[i64], salt: Salt) -> bool {
        let opening = commitment.open(&Values::Lanes(lanes.to_vec()), salt);
        opening.unwrap() != Opening::Not
    }

    #[test]
    fn lanes_of_every_type_open_their_commitment_as_numbers_and_as_bytes() {
        for salt in [Salt::ZERO, salt(7)] {
            for side in [Side::Input, Side::Output] {
                for lane in [Lane::Int8, Lane::Int16, Lane::Int32] {
                    let commitment = committed(side, lane, salt);
                    let expected = Opening::Lanes {
                        lane,
                        lanes: LANES.to_vec(),
                    };
                    let bytes = Values::Bytes(lane.to_bytes(&LANES).unwrap());
                    for values in [Values::Lanes(LANES.to_vec()), bytes] {
                        assert_eq!(commitment.open(&values, salt).unwrap(), expected);
                    }
                }
            }
        }
    }

    #[test]
    fn every_other_lane_byte_bit_and_salt_is_refused() {
        let salt = salt(7);
        let commitment = committed(Side::Output, Lane::Int8, salt);
        assert!(opens(&commitment, &LANES, salt));
        for index in 0..LANES.len() {
            for bit in 0..8 {
                let mut bytes = Lane::Int8.to_bytes(&LANES).unwrap();
                bytes[index] ^= 1 << bit;
                let opening = commitment.open(&Values::Bytes(bytes), salt).unwrap();
                assert_eq!(opening, Opening::Not, "byte {index}, bit {bit}");
            }
            let (mut less, mut swapped) = (LANES.to_vec(), LANES.to_vec());
            less.remove(index);
            swapped.swap(index, (index + 1) % LANES.len());
            assert!(!opens(&commitment, &less, salt));
            assert!(!opens(&commitment, &swapped, salt));
        }
        assert!(!opens(&commitment, &[&LANES[..], &[-128]].concat(), salt));
        assert!(!opens(&commitment, &[128; 9], salt), "out of range");
        assert!(!opens(&commitment, &LANES, Salt::ZERO));
        for limb in 0..4 {
            for bit in 0..63 {
                let mut limbs = salt.limbs();
                limbs[limb] ^= 1 << bit;
                let bent = Salt::new(limbs).unwrap();
                assert!(!opens(&commitment, &LANES, bent), "limb {limb}, bit {bit}");
            }
        }
        // Of the other side it is no commitment, and a bent commitment is another one.
        let input = Commitment {
            side: Side::Input,
            ..commitment
        };
        assert!(!opens(&input, &LANES, salt));
        for limb in 0..4 {
            let mut limbs = commitment.digest.limbs();
            limbs[limb] ^= 1;
            let digest = Digest::new(limbs).unwrap();
            let bent = Commitment {
                digest,
                ..commitment
            };
            assert!(!opens(&bent, &LANES, salt), "limb {limb}");
        }
    }

    #[test]
    fn secret_opens_an_output_in_its_context_only() {
        let (secret, context) = (salt(1), Digest::new([1, 2, 3, 4]).unwrap());
        let derived = commitment::output_salt(secret, context);
        let mut commitment = committed(Side::Output, Lane::Int8, derived);
        let opens_in = |commitment: &Commitment, context, secret| {
            let commitment = Commitment {
                context: Some(context),
                ..*commitment
            };
            let salt = commitment.salt(Key::Secret(secret)).unwrap();
            opens(&commitment, &LANES, salt)
        };
        assert!(opens_in(&commitment, context, secret));
        assert!(!opens_in(&commitment, context, salt(2)));
        let other = Digest::new([1, 2, 3, 5]).unwrap();
        assert!(!opens_in(&commitment, other, secret));
        // The secret itself is not the salt.
        assert!(!opens(&commitment, &LANES, secret));
        commitment.context = None;
        let error = commitment.salt(Key::Secret(secret)).err().unwrap();
        assert!(error.to_string().contains("context"), "{error}");
    }

    #[test]
    fn keys_that_do_not_fit_the_header_are_refused() {
        let refused = |side, private, key, expected: &str| {
            let commitment = Commitment {
                private,
                ..committed(side, Lane::Int8, Salt::ZERO)
            };
            let error = commitment.salt(key).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        };
        refused(
            Side::Input,
            Some(true),
            Key::None,
            "the input is private: its salt",
        );
        refused(
            Side::Model,
            Some(false),
            Key::Salt(salt(1)),
            "the model is public",
        );
        refused(
            Side::Output,
            Some(false),
            Key::Secret(salt(1)),
            "the output is public",
        );
        refused(
            Side::Input,
            Some(true),
            Key::Secret(salt(1)),
            "only an output",
        );
        let lanes = Values::Lanes(vec![1]);
        let model = committed(Side::Model, Lane::Int8, Salt::ZERO);
        let error = model.open(&lanes, Salt::ZERO).unwrap_err();
        assert!(error.to_string().contains(".assay"), "{error}");
    }
}
