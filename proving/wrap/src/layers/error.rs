//! What can go wrong while a proof is brought to shape.

use super::Layer;

/// Why a circuit or proof cannot be wrapped.
#[derive(Debug, thiserror::Error)]
pub enum LayerError {
    /// The circuit does not expose the words of a statement.
    #[error("circuit exposes {got} public inputs, expected {expected}")]
    PublicInputs {
        /// What a model circuit exposes.
        expected: usize,
        /// What this one exposes.
        got: usize,
    },
    /// The circuit has other parameters than every model circuit, so that its proofs may be worth less.
    #[error(
        "circuit differs from every model circuit in its {field}: expected {expected}, got {got}"
    )]
    Parameters {
        /// The first field of the configuration or of its FRI parameters that differs.
        field: String,
        /// Its value in every model circuit, as JSON.
        expected: String,
        /// Its value here, as JSON.
        got: String,
    },
    /// The circuit has more rows than the security arithmetic is made for.
    #[error("circuit has 2^{got} rows, the limit is 2^{limit}")]
    TooManyRows {
        /// The limit, as a power of two.
        limit: usize,
        /// Its rows, as a power of two.
        got: usize,
    },
    /// Even after several steps the circuit is too large for the canonical layer.
    #[error("circuit does not shrink to the canonical size within {steps} steps")]
    TooLarge {
        /// Steps tried.
        steps: usize,
    },
    /// The canonical layer came out in another shape than the pinned one.
    #[error(
        "canonical layer differs from the pinned shape in {field}: expected {expected}, got {got}"
    )]
    Shape {
        /// The first field of the common data that differs.
        field: String,
        /// Its pinned value, as JSON.
        expected: String,
        /// Its value here, as JSON.
        got: String,
    },
    /// A proof that a layer was given does not verify.
    #[error("proof given to {layer} does not verify: {reason}")]
    Rejected {
        /// The layer that refused.
        layer: Layer,
        /// What the verifier said.
        reason: String,
    },
    /// A layer could not prove.
    #[error("{layer} cannot prove: {reason}")]
    Prove {
        /// The layer that failed.
        layer: Layer,
        /// What the prover said.
        reason: String,
    },
}

impl LayerError {
    pub(super) fn prove(layer: Layer, error: &impl std::fmt::Display) -> Self {
        Self::Prove {
            layer,
            reason: format!("{error:#}"),
        }
    }

    pub(super) fn rejected(layer: Layer, error: &impl std::fmt::Display) -> Self {
        Self::Rejected {
            layer,
            reason: format!("{error:#}"),
        }
    }
}
