//! The constraint system as three sparse matrices: `(A z) o (B z) = C z` for `z = [1, inputs.., witness..]`.

use ark_bn254::Fr;
use ark_ff::{BigInt, PrimeField, Zero};
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use std::io::{self, Read, Write};

/// First bytes of the file format, with its version.
const MAGIC: &[u8; 8] = b"assayrc1";
/// The largest domain of a Groth16 proof over BN254: more rows than this are not a constraint system.
const MAX_ROWS: u64 = 1 << 28;
/// Entries of one matrix: 256 a row at the size we aim for; a file that claims more is damaged.
const MAX_ENTRIES: u64 = 1 << 28;

/// Sparse rows, coefficients by number in the table that the three matrices share.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SparseMatrix {
    row_ends: Vec<u32>,
    columns: Vec<u32>,
    coefficients: Vec<u32>,
}

impl SparseMatrix {
    /// Returns the number of entries.
    pub fn entries(&self) -> usize {
        self.columns.len()
    }

    fn range(&self, row: usize) -> std::ops::Range<usize> {
        let start = if row == 0 {
            0
        } else {
            self.row_ends[row - 1] as usize
        };
        start..self.row_ends[row] as usize
    }
}

/// A rank-1 constraint system. The column order is: one, public inputs, witness.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrices {
    /// The left factors.
    pub a: SparseMatrix,
    /// The right factors.
    pub b: SparseMatrix,
    /// The products.
    pub c: SparseMatrix,
    /// The columns before the witness: one and the public inputs.
    pub num_inputs: usize,
    /// The witness columns.
    pub num_witness: usize,
    table: Vec<Fr>,
}

impl Matrices {
    /// Returns the number of rows.
    pub fn num_constraints(&self) -> usize {
        self.a.row_ends.len()
    }

    /// Returns the entries of a row of one of this system's matrices as (coefficient, column).
    pub fn row<'a>(
        &'a self,
        matrix: &'a SparseMatrix,
        row: usize,
    ) -> impl Iterator<Item = (Fr, usize)> + 'a {
        matrix.range(row).map(|k| {
            (
                self.table[matrix.coefficients[k] as usize],
                matrix.columns[k] as usize,
            )
        })
    }

    fn dot(&self, matrix: &SparseMatrix, row: usize, assignment: &[Fr]) -> Fr {
        self.row(matrix, row)
            .map(|(c, column)| c * assignment[column])
            .sum()
    }

    /// Returns whether one row holds.
    pub fn row_holds(&self, row: usize, assignment: &[Fr]) -> bool {
        self.dot(&self.a, row, assignment) * self.dot(&self.b, row, assignment)
            == self.dot(&self.c, row, assignment)
    }

    /// Returns the first row that a full assignment violates. An assignment of the wrong length violates row 0.
    pub fn first_unsatisfied(&self, assignment: &[Fr]) -> Option<usize> {
        if assignment.len() != self.num_inputs + self.num_witness {
            return Some(0);
        }
        (0..self.num_constraints()).find(|&row| !self.row_holds(row, assignment))
    }

    /// Returns SHA-256 over the file format: the identity of the constraint system.
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        self.write_to(&mut hasher)
            .expect("a hasher takes any bytes");
        hasher.finalize().into()
    }

    /// Writes the file format: little-endian, counts before contents.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        out.write_all(MAGIC)?;
        for count in [
            self.num_inputs,
            self.num_witness,
            self.num_constraints(),
            self.table.len(),
        ] {
            out.write_all(&(count as u64).to_le_bytes())?;
        }
        for coefficient in &self.table {
            for limb in coefficient.into_bigint().0 {
                out.write_all(&limb.to_le_bytes())?;
            }
        }
        for matrix in [&self.a, &self.b, &self.c] {
            out.write_all(&(matrix.entries() as u64).to_le_bytes())?;
            for list in [&matrix.row_ends, &matrix.columns, &matrix.coefficients] {
                for number in list {
                    out.write_all(&number.to_le_bytes())?;
                }
            }
        }
        out.flush()
    }

    /// Reads the file format and checks every index, so that a damaged file cannot panic later.
    pub fn read_from(input: &mut impl Read) -> io::Result<Self> {
        let mut input = io::BufReader::new(input);
        let mut magic = [0; 8];
        input.read_exact(&mut magic)?;
        if &magic != MAGIC {
            return Err(damaged("unknown format"));
        }
        let num_inputs = read_count(&mut input, MAX_ROWS)?;
        let num_witness = read_count(&mut input, MAX_ROWS)?;
        let rows = read_count(&mut input, MAX_ROWS)?;
        let table_len = read_count(&mut input, MAX_ENTRIES)?;
        let mut table = Vec::new();
        for _ in 0..table_len {
            let mut limbs = [0; 4];
            for limb in &mut limbs {
                *limb = read_u64(&mut input)?;
            }
            table.push(
                Fr::from_bigint(BigInt(limbs))
                    .ok_or_else(|| damaged("coefficient not below the prime"))?,
            );
        }
        let mut read = || read_matrix(&mut input, rows, num_inputs + num_witness, table_len);
        let (a, b, c) = (read()?, read()?, read()?);
        Ok(Self {
            a,
            b,
            c,
            num_inputs,
            num_witness,
            table,
        })
    }
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("constraint system file: {what}"),
    )
}

fn read_u64(input: &mut impl Read) -> io::Result<u64> {
    let mut bytes = [0; 8];
    input.read_exact(&mut bytes)?;
    Ok(u64::from_le_bytes(bytes))
}

fn read_count(input: &mut impl Read, limit: u64) -> io::Result<usize> {
    let count = read_u64(input)?;
    if count > limit {
        return Err(damaged("count over the limit"));
    }
    Ok(count as usize)
}

fn read_numbers(input: &mut impl Read, count: usize, below: usize) -> io::Result<Vec<u32>> {
    let mut out = Vec::new();
    // In pieces: what is allocated is never more than the file has.
    let mut piece = vec![0; (4 * count).min(1 << 20)];
    while out.len() < count {
        let (bytes, _) = piece.split_at_mut((4 * (count - out.len())).min(1 << 20));
        input.read_exact(bytes)?;
        let numbers = bytes
            .as_chunks()
            .0
            .iter()
            .map(|bytes| u32::from_le_bytes(*bytes));
        if numbers.clone().any(|number| number as usize >= below) {
            return Err(damaged("index out of range"));
        }
        out.extend(numbers);
    }
    Ok(out)
}

fn read_matrix(
    input: &mut impl Read,
    rows: usize,
    columns: usize,
    table: usize,
) -> io::Result<SparseMatrix> {
    let entries = read_count(input, MAX_ENTRIES)?;
    let row_ends = read_numbers(input, rows, entries + 1)?;
    if !row_ends.is_sorted() || row_ends.last().map_or(0, |end| *end as usize) != entries {
        return Err(damaged("rows do not cover the entries"));
    }
    let columns = read_numbers(input, entries, columns)?;
    let coefficients = read_numbers(input, entries, table)?;
    Ok(SparseMatrix {
        row_ends,
        columns,
        coefficients,
    })
}

/// Collects rows while a circuit is synthesized; equal coefficients are kept once.
#[derive(Clone, Default)]
pub(super) struct MatrixWriter {
    matrices: Matrices,
    numbers: HashMap<[u64; 4], u32>,
}

impl MatrixWriter {
    pub(super) fn push_row(&mut self, a: &super::Lc, b: &super::Lc, c: &super::Lc) {
        let Self { matrices, numbers } = self;
        for (matrix, lc) in [
            (&mut matrices.a, a),
            (&mut matrices.b, b),
            (&mut matrices.c, c),
        ] {
            let (constant, terms) = lc.terms();
            let one = (!constant.is_zero()).then_some((0, *constant));
            for (column, coefficient) in one.into_iter().chain(terms.iter().copied()) {
                let number = *numbers.entry(coefficient.0.0).or_insert_with(|| {
                    matrices.table.push(coefficient);
                    matrices.table.len() as u32 - 1
                });
                matrix.columns.push(column);
                matrix.coefficients.push(number);
            }
            matrix.row_ends.push(matrix.columns.len() as u32);
        }
    }

    pub(super) fn finish(self, num_inputs: usize, num_witness: usize) -> Matrices {
        Matrices {
            num_inputs,
            num_witness,
            ..self.matrices
        }
    }

    pub(super) fn row_holds(&self, row: usize, assignment: &[Fr]) -> bool {
        self.matrices.row_holds(row, assignment)
    }
}
