//! What a circuit costs: rows by node and purpose.

use serde::{Deserialize, Serialize};

/// What rows are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Range-checking and packing values for a commitment.
    Pack,
    /// Hashing for a commitment or a salt.
    Hashing,
    /// Opening committed weights and multiplying by them.
    Weights,
    /// Supplied products: the transcript that binds them and both sides of their checks, but for the weights.
    Products,
    /// Requantizing, pooling and comparing.
    Activations,
    /// Tables and what is looked up in them.
    Tables,
    /// Public inputs, constants, single operations.
    Other,
}

/// Rows of one purpose in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowCount {
    /// Index of the node; none for what belongs to the whole circuit.
    pub node: Option<usize>,
    /// What the rows are for.
    pub purpose: Purpose,
    /// How many there are. A row that two share is counted where it was opened.
    pub rows: usize,
}

/// Rows of a circuit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CircuitCost {
    /// Rows by node and purpose, in order of the circuit, none of them padding.
    pub rows: Vec<RowCount>,
    /// The circuit has 2^`log_rows` rows, padding included: this decides the time of a proof.
    pub log_rows: usize,
}

impl CircuitCost {
    /// Returns the rows that are not padding.
    #[must_use]
    pub fn used(&self) -> usize {
        self.rows.iter().map(|count| count.rows).sum()
    }

    /// Returns the rows of a purpose.
    #[must_use]
    pub fn of(&self, purpose: Purpose) -> usize {
        self.rows
            .iter()
            .filter(|count| count.purpose == purpose)
            .map(|count| count.rows)
            .sum()
    }
}
