//! Recorded code, run at many points.

use assay_kernels::Path;

use crate::field::F;
use crate::symbol::{Symbol, Tape};
use plonky2::field::types::Field;

/// A tape and the symbols that are its results.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    tape: Tape,
    results: Vec<Symbol>,
}

impl Code {
    pub(crate) fn new(tape: Tape, results: Vec<Symbol>) -> Self {
        Self { tape, results }
    }

    /// Runs the code at `points` points; input `k` at point `i` is `inputs[k][i]`. Returns the results, one after the
    /// other.
    pub(crate) fn run(&self, _path: Path, inputs: &[&[u64]], points: usize) -> Vec<u64> {
        let mut out = vec![0; self.results.len() * points];
        for i in 0..points {
            let point: Vec<F> = inputs.iter().map(|column| F::from_noncanonical_u64(column[i])).collect();
            for (k, value) in self.tape.evaluate(&point, &self.results).into_iter().enumerate() {
                out[k * points + i] = value.0;
            }
        }
        out
    }
}
