//! How time and memory of a stage follow from the size of a circuit, and how that is fitted from measurements.

use serde::{Deserialize, Serialize};

use crate::{StageBytes, StageTimes, Stages};

/// What time and memory depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Rows of the model circuit, a power of two.
    pub rows: u64,
    /// Shrink steps before the canonical layer.
    pub shrink_steps: u64,
}

/// `fixed + per_row·rows + per_row_log·rows·log2(rows)^2 + per_step·shrink_steps`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// What does not depend on the model.
    pub fixed: f64,
    /// What each row adds.
    pub per_row: f64,
    /// What each row adds times the squared logarithm of their number: transforms take one more layer for twice the rows, and
    /// each layer of more rows misses more caches. A fit: one logarithm alone is off by a third on witnesses.
    pub per_row_log: f64,
    /// What each shrink step adds.
    pub per_step: f64,
}

/// The rates of all stages on one machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rates {
    /// Milliseconds.
    pub milliseconds: Stages<Rate>,
    /// Most bytes held by a process that has loaded keys and circuits.
    pub bytes: Stages<Rate>,
}

/// What the stages of one proof took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measurement {
    /// Of which circuit.
    pub size: Size,
    /// Milliseconds.
    pub milliseconds: StageTimes,
    /// Most bytes held.
    pub bytes: StageBytes,
}

/// Terms of a rate: fixed, by row, by row and logarithm, by step.
const TERMS: usize = 4;

/// Which of them a rate may have.
type Terms = [bool; TERMS];

/// What a stage's time depends on. Filling and proving are about rows; a shrink step is about as long for every
/// circuit, since a verifier's size hardly depends on what is verified; the rest is the same for every model.
const TIME_TERMS: Stages<Terms> = Stages {
    witness: [true, true, true, false],
    prove: [true, true, true, false],
    shape: [true, false, false, true],
    outer: [true, false, false, false],
    groth16: [true, false, false, false],
};

/// The circuits of a model are held through all stages.
const MEMORY_TERMS: Terms = [true, true, false, true];

impl Rate {
    /// Nothing.
    pub const ZERO: Self = Self {
        fixed: 0.0,
        per_row: 0.0,
        per_row_log: 0.0,
        per_step: 0.0,
    };

    /// Returns the value for a size.
    #[must_use]
    pub fn of(&self, size: Size) -> f64 {
        self.terms()
            .iter()
            .zip(factors(size))
            .map(|(term, factor)| term * factor)
            .sum()
    }

    const fn terms(&self) -> [f64; TERMS] {
        [self.fixed, self.per_row, self.per_row_log, self.per_step]
    }

    /// Returns the rate with the smallest sum of squared relative errors, none of its terms negative.
    fn fit(terms: Terms, points: &[(Size, f64)]) -> Self {
        // With four terms every choice of those that are not zero can be tried.
        let choices =
            (0..1 << TERMS).map(|choice: u8| std::array::from_fn(|term| choice >> term & 1 == 1));
        let allowed =
            choices.filter(|used: &Terms| used.iter().zip(terms).all(|(&used, may)| may || !used));
        let rates = allowed.filter_map(|used| Self::least_squares(used, points));
        let best = rates
            .filter(|rate| rate.terms().iter().all(|&term| term >= 0.0))
            .min_by(|a, b| a.error(points).total_cmp(&b.error(points)));
        best.unwrap_or_default()
    }

    fn error(&self, points: &[(Size, f64)]) -> f64 {
        let relative = points
            .iter()
            .map(|&(size, value)| self.of(size) / value.max(1.0) - 1.0);
        relative.map(|error| error * error).sum()
    }

    /// Solves the normal equations of the relative errors for the used terms; none if the points do not tell the terms
    /// apart.
    fn least_squares(used: Terms, points: &[(Size, f64)]) -> Option<Self> {
        let mut matrix = [[0.0; TERMS + 1]; TERMS];
        for &(size, value) in points {
            let value = value.max(1.0);
            let factors = factors(size).map(|factor| factor / value);
            for (row, &left) in matrix.iter_mut().zip(&factors) {
                for (cell, right) in row.iter_mut().zip(factors.iter().chain([&1.0])) {
                    *cell += left * right;
                }
            }
        }
        for (term, used) in used.into_iter().enumerate() {
            if !used {
                // A term that is not used is zero.
                matrix.iter_mut().for_each(|row| row[term] = 0.0);
                matrix[term] = [0.0; TERMS + 1];
                matrix[term][term] = 1.0;
            }
        }
        let [fixed, per_row, per_row_log, per_step] = solve(matrix)?;
        Some(Self {
            fixed,
            per_row,
            per_row_log,
            per_step,
        })
    }
}

impl Rates {
    /// Returns the rates that fit measurements best: of one machine, of circuits of several sizes and shrink steps.
    #[must_use]
    pub fn fit(measurements: &[Measurement]) -> Self {
        let fit = |terms, value: &dyn Fn(&Measurement) -> u64| {
            let points = measurements
                .iter()
                .map(|measured| (measured.size, value(measured) as f64));
            Rate::fit(terms, &points.collect::<Vec<_>>())
        };
        Self {
            milliseconds: Stages {
                witness: fit(TIME_TERMS.witness, &|m| m.milliseconds.witness),
                prove: fit(TIME_TERMS.prove, &|m| m.milliseconds.prove),
                shape: fit(TIME_TERMS.shape, &|m| m.milliseconds.shape),
                outer: fit(TIME_TERMS.outer, &|m| m.milliseconds.outer),
                groth16: fit(TIME_TERMS.groth16, &|m| m.milliseconds.groth16),
            },
            bytes: Stages {
                witness: fit(MEMORY_TERMS, &|m| m.bytes.witness),
                prove: fit(MEMORY_TERMS, &|m| m.bytes.prove),
                shape: fit(MEMORY_TERMS, &|m| m.bytes.shape),
                outer: fit(MEMORY_TERMS, &|m| m.bytes.outer),
                groth16: fit(MEMORY_TERMS, &|m| m.bytes.groth16),
            },
        }
    }
}

/// Returns what the terms of a rate are multiplied by.
fn factors(size: Size) -> [f64; TERMS] {
    let rows = size.rows as f64;
    let log = rows.max(1.0).log2();
    [1.0, rows, rows * log * log, size.shrink_steps as f64]
}

/// Solves normal equations by elimination, without pivoting since their matrix is positive; none if they have no single
/// solution.
fn solve(mut matrix: [[f64; TERMS + 1]; TERMS]) -> Option<[f64; TERMS]> {
    let scales: [f64; TERMS] = std::array::from_fn(|term| matrix[term][term]);
    for pivot in 0..TERMS {
        let top = matrix[pivot];
        // What elimination leaves of dependent equations is rounding.
        if top[pivot] <= scales[pivot] * 1e-9 {
            return None;
        }
        for row in (0..TERMS).filter(|&row| row != pivot) {
            let share = matrix[row][pivot] / top[pivot];
            for (cell, above) in matrix[row].iter_mut().zip(top) {
                *cell -= share * above;
            }
        }
    }
    Some(std::array::from_fn(|term| {
        matrix[term][TERMS] / matrix[term][term]
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(log_rows: u32, shrink_steps: u64) -> Size {
        Size {
            rows: 1 << log_rows,
            shrink_steps,
        }
    }

    fn check(terms: Terms, points: &[(Size, f64)], expected: [f64; TERMS]) {
        let rate = Rate::fit(terms, points);
        let near = rate
            .terms()
            .iter()
            .zip(expected)
            .all(|(got, expected)| (got - expected).abs() <= 1e-6 * expected.max(1.0));
        assert!(near, "expected {expected:?}, got {rate:?}");
    }

    #[test]
    fn fit_finds_the_rates_that_measurements_follow() {
        let follow = |[fixed, per_row, per_row_log, per_step]: [f64; TERMS]| {
            let rate = Rate {
                fixed,
                per_row,
                per_row_log,
                per_step,
            };
            let sizes = [size(12, 0), size(13, 0), size(13, 1), size(15, 1)];
            sizes.map(|size| (size, rate.of(size)))
        };
        let all = [true; TERMS];
        check(
            MEMORY_TERMS,
            &follow([1.5e9, 25_000.0, 0.0, 2.0e8]),
            [1.5e9, 25_000.0, 0.0, 2.0e8],
        );
        check(all, &follow([0.0, 0.33, 0.0, 0.0]), [0.0, 0.33, 0.0, 0.0]);
        check(all, &follow([7.0, 0.0, 2e-5, 0.0]), [7.0, 0.0, 2e-5, 0.0]);
        check(
            TIME_TERMS.shape,
            &follow([1500.0, 0.0, 0.0, 4200.0]),
            [1500.0, 0.0, 0.0, 4200.0],
        );
    }

    #[test]
    fn fit_of_few_measurements_has_few_terms_and_none_negative() {
        check(
            TIME_TERMS.outer,
            &[(size(12, 0), 90.0)],
            [90.0, 0.0, 0.0, 0.0],
        );
        check([true; TERMS], &[], [0.0; TERMS]);
        // Falling with rows: no row costs less than nothing.
        let points = [(size(12, 0), 100.0), (size(14, 0), 100.0 - 1e-9)];
        check(TIME_TERMS.prove, &points, [100.0, 0.0, 0.0, 0.0]);
        for (terms, values) in [
            (TIME_TERMS.prove, [100.0, 50.0]),
            (TIME_TERMS.outer, [100.0, 400.0]),
        ] {
            let points = [(size(12, 0), values[0]), (size(14, 0), values[1])];
            let [fixed, others @ ..] = Rate::fit(terms, &points).terms();
            assert!(fixed > 0.0 && others == [0.0; TERMS - 1], "{others:?}");
        }
    }

    #[test]
    fn rates_are_fitted_stage_by_stage() {
        let measured = |log_rows, shrink_steps, prove, shape| Measurement {
            size: size(log_rows, shrink_steps),
            milliseconds: Stages {
                witness: 20,
                prove,
                shape,
                outer: 13_000,
                groth16: 14_000,
            },
            bytes: Stages {
                witness: 1_000_000,
                prove: 2_000_000,
                shape: 3_000_000,
                outer: 4_000_000,
                groth16: 5_000_000,
            },
        };
        let rates = Rates::fit(&[
            measured(12, 0, 1_000, 1_500),
            measured(13, 1, 2_000, 5_500),
            measured(14, 1, 4_000, 5_500),
        ]);
        let predicted = rates.milliseconds.map(|rate| rate.of(size(16, 2)).round());
        assert_eq!(predicted.prove, 16_000.0);
        assert_eq!(predicted.shape, 9_500.0);
        assert_eq!(predicted.outer, 13_000.0);
        assert_eq!(predicted.groth16, 14_000.0);
        let held = rates.bytes.map(|rate| rate.of(size(16, 2)).round() / 1e6);
        assert_eq!(
            held.each().map(|(_, &bytes)| bytes),
            [1.0, 2.0, 3.0, 4.0, 5.0]
        );
    }
}
