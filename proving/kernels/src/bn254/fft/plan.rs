//! One transform: its tables and its two passes.

use ark_bn254::Fr;
use ark_ff::{AdditiveGroup, Field};

use super::eight;
use crate::Path;

/// `X_k = scale·b^k·Σ_i a^i·x_i·root^(i·k)`.
pub(super) struct Plan {
    n: usize,
    root: Fr,
    a: Fr,
    b: Fr,
    scale: Fr,
}

/// Numbers of one transform of `rows·columns` points, `i = columns·i_row + i_column` and `k = k_row + rows·k_column`.
pub(super) struct Tables {
    pub(super) rows: usize,
    pub(super) columns: usize,
    /// Powers of the root of order `rows`, half of them.
    pub(super) row_roots: Vec<Fr>,
    /// Powers of the root of order `columns`, half of them.
    pub(super) column_roots: Vec<Fr>,
    /// `a^(columns·i_row)`; none if `a` is one.
    pub(super) input_factors: Vec<Fr>,
    /// `b^(rows·k_column)`; none if `b` is one.
    pub(super) output_factors: Vec<Fr>,
    /// Between the passes entry (`k_row`, `i_column`) is multiplied by `first·ratio^k_row` of its column:
    /// `scale·a^i_column·(root^i_column·b)^k_row`.
    pub(super) first: Vec<Fr>,
    pub(super) ratio: Vec<Fr>,
}

impl Plan {
    pub(super) fn new(n: usize, root: Fr, a: Fr, b: Fr, scale: Fr) -> Self {
        Self {
            n,
            root,
            a,
            b,
            scale,
        }
    }

    /// Transforms in place.
    pub(super) fn run(&self, path: Path, values: &mut [Fr]) {
        // Both factors of the size must be multiples of the eight lanes.
        if self.n < 64 {
            return self.run_small(values);
        }
        let tables = self.tables();
        match path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: the processor has the path, as was just asked.
            Path::Avx512 if path.is_available() => unsafe {
                eight::ifma::transform(&tables, values)
            },
            _ => eight::portable::transform(&tables, values),
        }
    }

    /// By the definition.
    fn run_small(&self, values: &mut [Fr]) {
        let inputs: Vec<Fr> = powers(self.a, self.n)
            .iter()
            .zip(&*values)
            .map(|(power, value)| *power * value)
            .collect();
        let mut point = Fr::ONE;
        let mut factor = self.scale;
        for value in values {
            // Horner's rule.
            let mut sum = Fr::ZERO;
            for input in inputs.iter().rev() {
                sum = sum * point + input;
            }
            *value = sum * factor;
            point *= self.root;
            factor *= self.b;
        }
    }

    fn tables(&self) -> Tables {
        let log_rows = self.n.ilog2() / 2;
        let rows = 1 << log_rows;
        let columns = self.n / rows;
        let factors = |base: Fr, step: usize, count| {
            if base == Fr::ONE {
                Vec::new()
            } else {
                powers(base.pow([step as u64]), count)
            }
        };
        let scaled = |powers: Vec<Fr>, by: Fr| -> Vec<Fr> {
            powers.into_iter().map(|power| power * by).collect()
        };
        Tables {
            rows,
            columns,
            row_roots: powers(self.root.pow([columns as u64]), rows / 2),
            column_roots: powers(self.root.pow([rows as u64]), columns / 2),
            input_factors: factors(self.a, columns, rows),
            output_factors: factors(self.b, rows, columns),
            first: scaled(powers(self.a, columns), self.scale),
            ratio: scaled(powers(self.root, columns), self.b),
        }
    }
}

fn powers(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(*power * base))
        .take(count)
        .collect()
}
