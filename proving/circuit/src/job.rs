//! What one inference proof is made of.

use assay_model::{Output, QuantizedModel};
use assay_statement::{Digest, Header, MODEL_PUBLIC_INPUTS, Privacy, RESULT_WORDS, Statement};

use crate::commitment::{input_commitment, model_commitment, output_commitment, output_salt};
use crate::{CircuitError, Salt};

/// One inference to prove: everything the prover must know. It has no `Debug`: logs must not hold weights.
#[derive(Clone, Copy)]
pub struct InferenceJob<'a> {
    /// The model.
    pub model: &'a QuantizedModel,
    /// Salt of the model commitment; zero if weights are public.
    pub model_salt: Salt,
    /// The input lanes: int8, or int16 where the model takes such.
    pub input: &'a [i16],
    /// Salt of the input commitment; zero if the input is public.
    pub input_salt: Salt,
    /// The requester's secret, from which the salt of a private output comes; zero if the output is public.
    pub output_secret: Salt,
    /// The request that the proof is for.
    pub context: Digest,
}

impl InferenceJob<'_> {
    /// Checks that exactly the private values are salted.
    pub(crate) fn check_salts(&self, header: Header) -> Result<(), CircuitError> {
        for (part, privacy, salt) in [
            ("model", header.weights, self.model_salt),
            ("input", header.input, self.input_salt),
            ("output", header.output, self.output_secret),
        ] {
            match (privacy, salt.is_zero()) {
                (Privacy::Public, false) => return Err(CircuitError::SaltedPublicValue { part }),
                (Privacy::Private, true) => {
                    return Err(CircuitError::UnsaltedPrivateValue { part });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the public words that the evaluator and the native commitments give: what the circuit's
    /// public inputs must be.
    pub fn public_words(&self, header: Header) -> Result<[u64; MODEL_PUBLIC_INPUTS], CircuitError> {
        self.check_salts(header)?;
        let output = self.model.evaluate(self.input)?;
        let private = header.output.is_private();
        let salt = if private {
            output_salt(self.output_secret, self.context)
        } else {
            Salt::ZERO
        };
        let statement = Statement {
            header,
            circuit: Digest::ZERO,
            model: model_commitment(self.model, self.model_salt)?,
            input: input_commitment(
                self.model.architecture().input.lane,
                self.input,
                self.input_salt,
            )?,
            output: output_commitment(&output, salt)?,
            result: if private {
                [0; RESULT_WORDS]
            } else {
                result_words(&output)?
            },
            context: self.context,
        };
        Ok(statement.model_words())
    }
}

/// Returns the result words of a public output: the class, or the first packed elements.
pub fn result_words(output: &Output) -> Result<[u64; RESULT_WORDS], CircuitError> {
    let mut result = [0; RESULT_WORDS];
    match output {
        Output::Class(class) => result[0] = (*class).into(),
        Output::Lanes(_) => {
            let (lane, values) = output.lanes();
            for (word, element) in result.iter_mut().zip(lane.pack(&values)?) {
                *word = element;
            }
        }
    }
    Ok(result)
}
