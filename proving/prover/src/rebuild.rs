//! The circuits of a card, rebuilt to learn their identities: what an attester does, and nothing that only a prover needs.

use assay_circuit::{MAX_LOG_ROWS, ModelCircuit};
use assay_model::Architecture;
use assay_statement::{Digest, Header};
use assay_wrap::layers::Shaper;

use crate::ProverError;

/// Rows of all circuits of one card: four of the largest size, as a model of that size has with public and private input
/// and output. So whoever rebuilds a stranger's card knows what it can cost.
pub const MAX_CARD_ROWS: usize = 4 << MAX_LOG_ROWS;

/// The circuits of one architecture, each built once, and within [`MAX_CARD_ROWS`] together.
pub struct Rebuild<'a> {
    architecture: &'a Architecture,
    known: Vec<(Header, Digest)>,
    /// Of all circuits built.
    rows: usize,
    /// Of the last one: those of one architecture are of one size, but for what their salts take.
    last: usize,
}

impl<'a> Rebuild<'a> {
    /// Begins with no circuit.
    #[must_use]
    pub fn new(architecture: &'a Architecture) -> Self {
        Self {
            architecture,
            known: Vec::new(),
            rows: 0,
            last: 0,
        }
    }

    /// Returns the identity of the circuit with this header: that of [`crate::ModelProver`], with less time and memory.
    pub fn circuit(&mut self, header: Header) -> Result<Digest, ProverError> {
        if let Some(&(_, circuit)) = self.known.iter().find(|(known, _)| *known == header) {
            return Ok(circuit);
        }
        check_rows(self.rows + self.last)?;
        let data = ModelCircuit::verifier_data(self.architecture, header)?;
        let circuit = Shaper::for_circuit(&data.common, &data.verifier_only)?.circuit_id();
        self.last = 1 << data.common.degree_bits();
        self.rows += self.last;
        check_rows(self.rows)?;
        self.known.push((header, circuit));
        Ok(circuit)
    }
}

fn check_rows(got: usize) -> Result<(), ProverError> {
    if got > MAX_CARD_ROWS {
        return Err(ProverError::TooManyRows {
            limit: MAX_CARD_ROWS,
            got,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{MAX_CARD_ROWS, check_rows};
    use crate::ProverError;

    #[test]
    fn rows_of_all_circuits_are_limited() {
        assert!(check_rows(MAX_CARD_ROWS).is_ok());
        let error = check_rows(MAX_CARD_ROWS + 1).unwrap_err();
        assert!(matches!(error, ProverError::TooManyRows { .. }), "{error}");
        let expected = "too many rows of all circuits of a card: 524289, the limit is 524288";
        assert_eq!(error.to_string(), expected);
    }
}
