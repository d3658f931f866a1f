//! One code path for both jobs: recording constraints, and computing the witness that satisfies them.

use super::lc::Lc;
use super::matrices::{Matrices, MatrixWriter};
use super::reductions::{Deferred, settle};
use super::uint::U256;
use ark_bn254::Fr;
use ark_ff::{Field, One, Zero};
use std::collections::BTreeMap;

/// What a builder keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Rows and values.
    Synthesize,
    /// Values only: a few times faster.
    Witness,
}

/// A constraint that the values violate, named by its scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("constraint {row} in scope `{scope}` is not satisfied")]
pub struct Unsatisfied {
    /// The row's number.
    pub row: usize,
    /// Where it was recorded, for example `fri/query/fold`.
    pub scope: String,
}

/// Records a circuit, its values, or both.
///
/// The structure may depend on constants and on bounds, never on values.
pub struct Builder {
    mode: Mode,
    /// `[1, inputs.., witness..]`
    values: Vec<Fr>,
    num_inputs: usize,
    rows: MatrixWriter,
    num_constraints: usize,
    scopes: Scopes,
    first_failure: Option<Unsatisfied>,
    bends: Vec<(usize, Fr)>,
    deferred: Option<Deferred>,
    /// The bits that a single variable was range-checked to, by its column. Empty while a witness is generated: values
    /// have no columns.
    checked: BTreeMap<u32, u32>,
    /// Columns of single variables that were range-checked, the words that a prover supplies, each with the row that
    /// checks it.
    #[cfg(test)]
    words: Vec<(u32, usize)>,
}

impl Builder {
    /// Returns a builder with these public inputs.
    pub fn new(mode: Mode, inputs: &[Fr]) -> Self {
        let mut values = vec![Fr::one()];
        values.extend_from_slice(inputs);
        Self {
            mode,
            num_inputs: values.len(),
            values,
            rows: MatrixWriter::default(),
            num_constraints: 0,
            scopes: Scopes::default(),
            first_failure: None,
            bends: Vec::new(),
            deferred: None,
            checked: BTreeMap::new(),
            #[cfg(test)]
            words: Vec::new(),
        }
    }

    /// Adds `delta` to the hint with this number (from 0, in order of allocation) and derives the rest from it.
    /// For tests: a circuit must refuse every bent hint, and several that a prover bends together.
    pub fn bend_hint(&mut self, hint: usize, delta: Fr) {
        self.bends.push((hint, delta));
    }

    /// Returns a public input as a combination, from 0.
    pub fn input(&self, index: usize) -> Lc {
        assert!(
            index + 1 < self.num_inputs,
            "there are {} public inputs, got index {index}",
            self.num_inputs - 1
        );
        self.lc_of(index + 1)
    }

    /// Allocates a value that the prover supplies. Nothing constrains it yet.
    ///
    /// While reductions are deferred, such a value must be a function of others by the constraints that follow, or
    /// be bound ([`super::Gl::bind`]), or be committed elsewhere: else it could be chosen after the batch is drawn.
    pub fn witness(&mut self, value: Fr) -> Lc {
        let index = self.values.len();
        let hint = index - self.num_inputs;
        let bends = self.bends.iter().filter(|(bent, _)| *bent == hint);
        let value = bends.fold(value, |value, (_, delta)| value + delta);
        self.values.push(value);
        self.scopes.hint(hint);
        self.lc_of(index)
    }

    fn lc_of(&self, index: usize) -> Lc {
        match self.mode {
            Mode::Synthesize => Lc::variable(
                u32::try_from(index).expect("columns fit 32 bits"),
                self.values[index],
            ),
            Mode::Witness => Lc::untracked(self.values[index]),
        }
    }

    /// Adds the constraint `a * b = c`.
    pub fn enforce(&mut self, a: &Lc, b: &Lc, c: &Lc) {
        if self.first_failure.is_none() && a.value() * b.value() != c.value() {
            self.first_failure = Some(Unsatisfied {
                row: self.num_constraints,
                scope: self.scopes.current(),
            });
        }
        if self.mode == Mode::Synthesize {
            self.rows.push_row(a, b, c);
        }
        self.scopes.count(self.num_constraints);
        self.num_constraints += 1;
    }

    /// Adds the constraint `a = b`.
    pub fn enforce_equal(&mut self, a: &Lc, b: &Lc) {
        self.enforce(&(a - b), &Lc::one(), &Lc::zero());
    }

    /// Returns the product of two combinations, as a new variable. One constraint.
    pub fn mul(&mut self, a: &Lc, b: &Lc) -> Lc {
        let product = self.witness(a.value() * b.value());
        self.enforce(a, b, &product);
        product
    }

    /// Returns a new variable equal to a combination, for combinations that many rows use. One constraint.
    pub fn materialize(&mut self, lc: &Lc) -> Lc {
        let variable = self.witness(lc.value());
        self.enforce(lc, &Lc::one(), &variable);
        variable
    }

    /// Allocates a bit. One constraint.
    pub fn boolean(&mut self, value: bool) -> Lc {
        let bit = self.witness(if value { Fr::one() } else { Fr::zero() });
        self.enforce(&bit, &bit, &bit);
        bit
    }

    /// Returns `if bit { one } else { zero }` for a constrained bit. One constraint.
    pub fn select(&mut self, bit: &Lc, one: &Lc, zero: &Lc) -> Lc {
        &self.mul(bit, &(one - zero)) + zero
    }

    /// Returns the lowest `count` bits, low first, and enforces that there are no more. `count + 1` constraints.
    ///
    /// Panics from 254 bits: the decomposition would not be unique.
    pub fn bits(&mut self, lc: &Lc, count: u32) -> Vec<Lc> {
        assert!(count < 254, "bits are unique below 254, got {count}");
        let bits = self.bit_hints(lc, count);
        self.enforce_equal(&Lc::from_bits(&bits), lc);
        bits
    }

    /// Allocates the lowest `count` bits of a combination's canonical integer; nothing ties them to it.
    pub(super) fn bit_hints(&mut self, lc: &Lc, count: u32) -> Vec<Lc> {
        let integer = U256::from_fr(&lc.value());
        (0..count as usize)
            .map(|k| self.boolean(integer.bit(k)))
            .collect()
    }

    /// Enforces that a combination is an integer of at most `count` bits. `count` constraints.
    ///
    /// The top bit has no variable of its own: what the lower bits leave over must be 0 or `2^(count-1)`.
    pub fn range_check(&mut self, lc: &Lc, count: u32) {
        assert!(count < 254, "bits are unique below 254, got {count}");
        if count == 0 {
            self.enforce(lc, &Lc::one(), &Lc::zero());
            return;
        }
        let low = self.bit_hints(lc, count - 1);
        if let Some(column) = lc.single_variable() {
            let checked = self.checked.entry(column).or_insert(count);
            *checked = count.min(*checked);
            #[cfg(test)]
            self.words.push((column, self.num_constraints));
        }
        let rest = lc - &Lc::from_bits(&low);
        let top = Fr::from(2u64).pow([u64::from(count) - 1]);
        self.enforce(&rest, &rest.plus(-top), &Lc::zero());
    }

    /// Asserts that a variable was range-checked to at most `claimed` bits. Only while synthesizing, where variables have
    /// columns: the rows are the same for every proof.
    pub(super) fn assert_checked(&self, lc: &Lc, claimed: u32) {
        if self.mode == Mode::Witness {
            return;
        }
        let column = lc.single_variable();
        let checked = column.and_then(|column| self.checked.get(&column));
        assert!(
            checked.is_some_and(|checked| *checked <= claimed),
            "a word claimed to have {claimed} bits is checked to {checked:?}"
        );
    }

    /// Collects reductions from here on instead of proving each alone (see `reductions`).
    pub fn defer_reductions(&mut self) {
        self.deferred.get_or_insert_default();
    }

    /// Proves the collected reductions. `seed` binds what is committed elsewhere: the transcript's state.
    pub fn settle_reductions(&mut self, seed: &[Lc]) {
        if let Some(deferred) = self.deferred.take() {
            settle(self, &deferred, seed);
        }
    }

    pub(super) fn deferred(&mut self) -> Option<&mut Deferred> {
        self.deferred.as_mut()
    }

    /// Runs a part of the circuit under a name; constraints are counted by the path of names.
    pub fn in_scope<T>(&mut self, name: &str, part: impl FnOnce(&mut Self) -> T) -> T {
        let parent = self.scopes.enter(name);
        let out = part(self);
        self.scopes.current = parent;
        out
    }

    /// Returns the number of constraints so far.
    pub fn num_constraints(&self) -> usize {
        self.num_constraints
    }

    /// Returns the number of hints so far.
    pub fn num_witness(&self) -> usize {
        self.values.len() - self.num_inputs
    }

    /// Returns the constraints directly under each scope's path.
    pub fn counts(&self) -> BTreeMap<String, usize> {
        self.scopes
            .paths
            .iter()
            .cloned()
            .zip(self.scopes.counts.iter().copied())
            .filter(|(_, n)| *n > 0)
            .collect()
    }

    /// Returns the constraint system recorded so far.
    #[cfg(test)]
    pub(super) fn rows(&self) -> Matrices {
        assert_eq!(self.mode, Mode::Synthesize, "witnesses have no rows");
        let rows = self.rows.clone();
        rows.finish(self.num_inputs, self.num_witness())
    }

    /// Returns the columns of the range-checked variables, each with the row that checks it. Only while synthesizing:
    /// values have no columns.
    #[cfg(test)]
    pub(super) fn words(&self) -> &[(u32, usize)] {
        &self.words
    }

    /// Returns where each stretch of rows under one scope begins.
    #[cfg(test)]
    pub(super) fn row_scopes(&self) -> Vec<(usize, &str)> {
        self.scopes
            .stretches
            .iter()
            .map(|(row, scope)| (*row, self.scopes.paths[*scope].as_str()))
            .collect()
    }

    /// Returns the first and the last hint of each scope.
    #[cfg(test)]
    pub(super) fn scope_hints(&self) -> Vec<(&str, [usize; 2])> {
        let hints = self.scopes.paths.iter().zip(&self.scopes.hints);
        hints
            .filter_map(|(path, hints)| Some((path.as_str(), (*hints)?)))
            .collect()
    }

    /// Returns the first violated constraint, if any.
    pub fn check(&self) -> Result<(), Unsatisfied> {
        self.first_failure.clone().map_or(Ok(()), Err)
    }

    /// Returns whether the values satisfy every constraint. While synthesizing, the recorded rows are
    /// evaluated as well, so a combination whose value and terms disagree is found.
    pub fn is_satisfied(&self) -> Result<(), Unsatisfied> {
        self.check()?;
        if self.mode == Mode::Witness {
            return Ok(());
        }
        match (0..self.num_constraints).find(|&row| !self.rows.row_holds(row, &self.values)) {
            Some(row) => Err(Unsatisfied {
                row,
                scope: "terms differ from value".into(),
            }),
            None => Ok(()),
        }
    }

    /// Returns the full assignment `[1, inputs.., witness..]`.
    pub fn assignment(&self) -> &[Fr] {
        &self.values
    }

    /// Returns the full assignment without copying it.
    pub fn into_assignment(self) -> Vec<Fr> {
        assert!(
            self.deferred.is_none(),
            "deferred reductions are settled before the assignment is complete"
        );
        self.values
    }

    /// Returns the constraint system. Panics in witness mode, which records none.
    pub fn into_matrices(self) -> Matrices {
        assert_eq!(
            self.mode,
            Mode::Synthesize,
            "matrices exist only while synthesizing"
        );
        assert!(
            self.deferred.is_none(),
            "deferred reductions are settled before the system is complete"
        );
        let num_witness = self.num_witness();
        self.rows.finish(self.num_inputs, num_witness)
    }
}

/// Constraint counts by path of names.
struct Scopes {
    paths: Vec<String>,
    counts: Vec<usize>,
    /// The first and the last hint of each scope.
    hints: Vec<Option<[usize; 2]>>,
    /// The row that each stretch under one scope begins with.
    stretches: Vec<(usize, usize)>,
    current: usize,
}

impl Default for Scopes {
    fn default() -> Self {
        Self {
            paths: vec![String::new()],
            counts: vec![0],
            hints: vec![None],
            stretches: Vec::new(),
            current: 0,
        }
    }
}

impl Scopes {
    fn enter(&mut self, name: &str) -> usize {
        let parent = self.current;
        let path = match self.paths[parent].as_str() {
            "" => name.to_owned(),
            prefix => format!("{prefix}/{name}"),
        };
        self.current = self
            .paths
            .iter()
            .position(|p| *p == path)
            .unwrap_or_else(|| {
                self.paths.push(path);
                self.counts.push(0);
                self.hints.push(None);
                self.paths.len() - 1
            });
        parent
    }

    fn hint(&mut self, hint: usize) {
        let first = self.hints[self.current].map_or(hint, |[first, _]| first);
        self.hints[self.current] = Some([first, hint]);
    }

    fn count(&mut self, row: usize) {
        if self
            .stretches
            .last()
            .is_none_or(|(_, scope)| *scope != self.current)
        {
            self.stretches.push((row, self.current));
        }
        self.counts[self.current] += 1;
    }

    fn current(&self) -> String {
        self.paths[self.current].clone()
    }
}
