//! The claim itself and its encodings.

use std::array::from_fn;

use serde::{Deserialize, Serialize};

use crate::{
    Digest, GROTH16_INPUTS, Header, MODEL_PUBLIC_INPUTS, MODULUS, RESULT_WORDS, STATEMENT_WORDS,
    StatementError, U256Words, WORDS_PER_INPUT,
};

/// Position of the circuit's identity, the one part that a model circuit does not expose.
const CIRCUIT_WORDS: std::ops::Range<usize> = 1..5;

/// What a proof claims: this circuit accepted this model, input, output and result for this request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Statement {
    /// Version, kind and privacy.
    pub header: Header,
    /// Identity of the circuit, computed in the wrap from the verifier data it used.
    pub circuit: Digest,
    /// Commitment to the model's data.
    pub model: Digest,
    /// Commitment to the input, or root of the data set.
    pub input: Digest,
    /// Commitment to the output.
    pub output: Digest,
    /// Words that a contract reads directly; all zero when the output is private.
    pub result: [u64; RESULT_WORDS],
    /// The request that the proof belongs to.
    pub context: Digest,
}

impl Statement {
    /// Returns the words in order: header, circuit, model, input, output, result, context.
    ///
    /// # Panics
    /// If a result word is not below the modulus: results come from packed lanes or counts.
    #[must_use]
    pub fn to_words(&self) -> [u64; STATEMENT_WORDS] {
        assert!(
            self.result.iter().all(|&word| word < MODULUS),
            "result words are field elements"
        );
        let mut words = [0; STATEMENT_WORDS];
        words[0] = self.header.to_word();
        words[1..5].copy_from_slice(&self.circuit.limbs());
        words[5..9].copy_from_slice(&self.model.limbs());
        words[9..13].copy_from_slice(&self.input.limbs());
        words[13..17].copy_from_slice(&self.output.limbs());
        words[17..20].copy_from_slice(&self.result);
        words[20..24].copy_from_slice(&self.context.limbs());
        words
    }

    /// Reads the words; refuses non-canonical ones, unknown headers and results of private outputs.
    pub fn from_words(words: &[u64; STATEMENT_WORDS]) -> Result<Self, StatementError> {
        if let Some(word) = words.iter().position(|&word| word >= MODULUS) {
            return Err(StatementError::NonCanonicalWord {
                word,
                got: words[word],
            });
        }
        let digest = |start: usize| Digest::new(from_fn(|limb| words[start + limb]));
        let header = Header::from_word(words[0])?;
        let result = from_fn(|word| words[17 + word]);
        if header.output.is_private()
            && let Some(word) = result.iter().position(|&word| word != 0)
        {
            return Err(StatementError::ResultOfPrivateOutput {
                word,
                got: result[word],
            });
        }
        Ok(Self {
            header,
            circuit: digest(1)?,
            model: digest(5)?,
            input: digest(9)?,
            output: digest(13)?,
            result,
            context: digest(20)?,
        })
    }

    /// Returns the public inputs of a model circuit: the words without `circuit`.
    #[must_use]
    pub fn model_words(&self) -> [u64; MODEL_PUBLIC_INPUTS] {
        let words = self.to_words();
        from_fn(|i| {
            if i < CIRCUIT_WORDS.start {
                words[i]
            } else {
                words[i + CIRCUIT_WORDS.len()]
            }
        })
    }

    /// Completes the public inputs of a model circuit with the circuit's identity.
    pub fn from_model_words(
        circuit: Digest,
        public: &[u64; MODEL_PUBLIC_INPUTS],
    ) -> Result<Self, StatementError> {
        let limbs = circuit.limbs();
        Self::from_words(&from_fn(|i| match i {
            i if i < CIRCUIT_WORDS.start => public[i],
            i if i < CIRCUIT_WORDS.end => limbs[i - CIRCUIT_WORDS.start],
            i => public[i - CIRCUIT_WORDS.len()],
        }))
    }

    /// Returns the Groth16 inputs: input k is w[3k] + w[3k+1]·2^64 + w[3k+2]·2^128.
    #[must_use]
    pub fn to_inputs(&self) -> [U256Words; GROTH16_INPUTS] {
        let words = self.to_words();
        from_fn(|k| {
            let [low, middle, high] = from_fn(|i| words[WORDS_PER_INPUT * k + i]);
            U256Words([low, middle, high, 0])
        })
    }

    /// Reads the Groth16 inputs; refuses whatever [`Statement::to_inputs`] cannot have made.
    pub fn from_inputs(inputs: &[U256Words; GROTH16_INPUTS]) -> Result<Self, StatementError> {
        if let Some(input) = inputs.iter().position(|input| input.0[3] != 0) {
            return Err(StatementError::InputTooWide { input });
        }
        Self::from_words(&from_fn(|i| {
            inputs[i / WORDS_PER_INPUT].0[i % WORDS_PER_INPUT]
        }))
    }
}

/// The fields of a statement as they arrive, before the checks of [`Statement::from_words`].
#[derive(Deserialize)]
struct Unchecked {
    header: Header,
    circuit: Digest,
    model: Digest,
    input: Digest,
    output: Digest,
    result: [u64; RESULT_WORDS],
    context: Digest,
}

impl TryFrom<Unchecked> for Statement {
    type Error = StatementError;

    fn try_from(fields: Unchecked) -> Result<Self, Self::Error> {
        let Unchecked {
            header,
            circuit,
            model,
            input,
            output,
            result,
            context,
        } = fields;
        if let Some(word) = result.iter().position(|&word| word >= MODULUS) {
            return Err(StatementError::NonCanonicalWord {
                word: 17 + word,
                got: result[word],
            });
        }
        let statement = Self {
            header,
            circuit,
            model,
            input,
            output,
            result,
            context,
        };
        Self::from_words(&statement.to_words())
    }
}
