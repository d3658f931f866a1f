//! The three sparse matrices of an R1CS, with every distinct coefficient stored once.

use std::collections::HashMap;

use ark_bn254::Fr;
use ark_ff::{BigInteger, PrimeField};
use sha2::{Digest, Sha256};

/// The R1CS `(A·z) ∘ (B·z) = C·z` with `z = (1, public inputs, witness)`.
///
/// A term takes eight bytes (column, coefficient number); the form of `ark-relations` takes forty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matrices<F: PrimeField = Fr> {
    pub(super) num_inputs: usize,
    pub(super) num_variables: usize,
    pub(super) coefficients: Vec<F>,
    pub(super) a: SparseMatrix,
    pub(super) b: SparseMatrix,
    pub(super) c: SparseMatrix,
}

/// Rows of (column, coefficient number) pairs; `starts` has one entry more than there are rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SparseMatrix {
    pub(super) starts: Vec<u32>,
    pub(super) columns: Vec<u32>,
    pub(super) coefficients: Vec<u32>,
}

/// Why matrices were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// A term names a variable that does not exist.
    #[error("column {column} in row {row} is outside the {num_variables} variables")]
    ColumnOutOfRange {
        /// The constraint.
        row: usize,
        /// The column it names.
        column: usize,
        /// How many variables there are, the constant one included.
        num_variables: usize,
    },
    /// More terms than a 32-bit offset can address.
    #[error("more than {limit} terms in one matrix")]
    TooManyTerms {
        /// The limit.
        limit: u32,
    },
}

impl<F: PrimeField> Matrices<F> {
    /// The number of public inputs, without the constant one.
    pub fn num_public_inputs(&self) -> usize {
        self.num_inputs - 1
    }

    /// The number of constraints.
    pub fn num_constraints(&self) -> usize {
        self.a.num_rows()
    }

    /// The number of variables: the constant one, the public inputs and the witness.
    pub fn num_variables(&self) -> usize {
        self.num_variables
    }

    /// The number of nonzero terms in the three matrices together.
    pub fn num_terms(&self) -> usize {
        [&self.a, &self.b, &self.c]
            .iter()
            .map(|m| m.columns.len())
            .sum()
    }

    /// The (coefficient, column) pairs of one row.
    pub(super) fn row<'a>(
        &'a self,
        matrix: &'a SparseMatrix,
        row: usize,
    ) -> impl Iterator<Item = (&'a F, usize)> {
        let range = matrix.starts[row] as usize..matrix.starts[row + 1] as usize;
        matrix.columns[range.clone()]
            .iter()
            .zip(&matrix.coefficients[range])
            .map(|(&column, &number)| (&self.coefficients[number as usize], column as usize))
    }

    /// The inner product of one row with an assignment.
    pub(super) fn evaluate_row(&self, matrix: &SparseMatrix, row: usize, z: &[F]) -> F {
        let mut sum = F::zero();
        for (coefficient, column) in self.row(matrix, row) {
            let value = z[column];
            // Most variables are bits and many coefficients are one: both skip a multiplication.
            if value.is_zero() {
                continue;
            } else if value.is_one() {
                sum += coefficient;
            } else if coefficient.is_one() {
                sum += value;
            } else {
                sum += value * coefficient;
            }
        }
        sum
    }

    /// The SHA-256 digest of the constraint system: equal digests mean the same constraints in the same order.
    pub fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"assay r1cs v1");
        for count in [
            self.num_inputs,
            self.num_variables,
            self.coefficients.len(),
            self.num_constraints(),
        ] {
            hash.update((count as u64).to_le_bytes());
        }
        for coefficient in &self.coefficients {
            hash.update(coefficient.into_bigint().to_bytes_le());
        }
        for matrix in [&self.a, &self.b, &self.c] {
            for words in [&matrix.starts, &matrix.columns, &matrix.coefficients] {
                hash.update(words_to_bytes(words));
            }
        }
        hash.finalize().into()
    }
}

/// Little-endian bytes of 32-bit words.
pub(super) fn words_to_bytes(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

impl SparseMatrix {
    fn new() -> Self {
        Self {
            starts: vec![0],
            columns: Vec::new(),
            coefficients: Vec::new(),
        }
    }

    /// The number of rows.
    pub(super) fn num_rows(&self) -> usize {
        self.starts.len() - 1
    }
}

/// Takes constraints one at a time and numbers their coefficients.
#[derive(Debug)]
pub struct MatricesBuilder<F: PrimeField = Fr> {
    matrices: Matrices<F>,
    numbers: HashMap<F, u32>,
}

impl<F: PrimeField> MatricesBuilder<F> {
    /// Starts with no constraints over 1 + `num_public_inputs` + `num_witness` variables.
    pub fn new(num_public_inputs: usize, num_witness: usize) -> Self {
        let num_inputs = num_public_inputs + 1;
        Self {
            matrices: Matrices {
                num_inputs,
                num_variables: num_inputs + num_witness,
                coefficients: Vec::new(),
                a: SparseMatrix::new(),
                b: SparseMatrix::new(),
                c: SparseMatrix::new(),
            },
            numbers: HashMap::new(),
        }
    }

    /// Adds the constraint `a · b = c`; each side is a list of (column, coefficient).
    pub fn push(
        &mut self,
        a: impl IntoIterator<Item = (usize, F)>,
        b: impl IntoIterator<Item = (usize, F)>,
        c: impl IntoIterator<Item = (usize, F)>,
    ) -> Result<(), MatrixError> {
        let row = self.matrices.num_constraints();
        let Matrices {
            num_variables,
            coefficients,
            a: matrix_a,
            b: matrix_b,
            c: matrix_c,
            ..
        } = &mut self.matrices;
        let mut push_side =
            |matrix: &mut SparseMatrix, side: &mut dyn Iterator<Item = (usize, F)>| {
                for (column, coefficient) in side {
                    if coefficient.is_zero() {
                        continue;
                    }
                    if column >= *num_variables {
                        return Err(MatrixError::ColumnOutOfRange {
                            row,
                            column,
                            num_variables: *num_variables,
                        });
                    }
                    let number = *self.numbers.entry(coefficient).or_insert_with(|| {
                        coefficients.push(coefficient);
                        (coefficients.len() - 1) as u32
                    });
                    matrix.columns.push(column as u32);
                    matrix.coefficients.push(number);
                }
                let end = u32::try_from(matrix.columns.len())
                    .map_err(|_| MatrixError::TooManyTerms { limit: u32::MAX })?;
                matrix.starts.push(end);
                Ok(())
            };
        push_side(matrix_a, &mut a.into_iter())?;
        push_side(matrix_b, &mut b.into_iter())?;
        push_side(matrix_c, &mut c.into_iter())
    }

    /// The finished matrices.
    pub fn finish(self) -> Matrices<F> {
        self.matrices
    }
}
