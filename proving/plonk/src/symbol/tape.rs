//! The tape: operations in the order they were done.

use std::cell::RefCell;
use std::collections::HashMap;

use plonky2::field::types::Field;

use super::Symbol;
use crate::field::F;

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// The input with this number.
    Input(u32),
    /// `a + b`.
    Add(Symbol, Symbol),
    /// `a - b`.
    Sub(Symbol, Symbol),
    /// `a·b`.
    Mul(Symbol, Symbol),
    /// `Σ weight·a` with weights that sum to less than 2^32.
    Weighted(Box<[(Symbol, u32)]>),
}

/// Straight-line code: operation `k` is what [`Symbol::Node`]`(k)` stands for. An operation is never repeated.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    ops: Vec<Op>,
    known: HashMap<Op, u32>,
}

thread_local! {
    static CURRENT: RefCell<Tape> = RefCell::default();
}

impl Tape {
    /// Runs a recording and returns the tape with what it returned.
    pub fn record<R>(recording: impl FnOnce() -> R) -> (Self, R) {
        Self::default().resume(recording)
    }

    /// Runs a recording that goes on where this tape ends: its symbols stay valid.
    pub fn resume<R>(self, recording: impl FnOnce() -> R) -> (Self, R) {
        let outer = CURRENT.replace(self);
        let result = recording();
        (CURRENT.replace(outer), result)
    }

    /// Returns the operations.
    pub fn ops(&self) -> &[Op] {
        &self.ops
    }

    /// Returns which operations some of the symbols depend on.
    pub fn used_by(&self, results: &[Symbol]) -> Vec<bool> {
        let mut used = vec![false; self.ops.len()];
        let mark = |used: &mut Vec<bool>, symbol: Symbol| {
            if let Symbol::Node(k) = symbol {
                used[k as usize] = true;
            }
        };
        results.iter().for_each(|&s| mark(&mut used, s));
        for k in (0..self.ops.len()).rev() {
            if used[k] {
                self.ops[k].operands(|s| mark(&mut used, s));
            }
        }
        used
    }

    /// Runs the tape at one point and returns the values of the symbols.
    ///
    /// # Panics
    /// If an input is missing.
    pub fn evaluate(&self, inputs: &[F], results: &[Symbol]) -> Vec<F> {
        let mut values: Vec<F> = Vec::with_capacity(self.ops.len());
        for op in &self.ops {
            let get = |s: Symbol| value_of(s, &values);
            let value = match op {
                Op::Input(i) => inputs[*i as usize],
                Op::Add(a, b) => get(*a) + get(*b),
                Op::Sub(a, b) => get(*a) - get(*b),
                Op::Mul(a, b) => get(*a) * get(*b),
                Op::Weighted(terms) => terms
                    .iter()
                    .map(|&(a, weight)| get(a) * F::from_canonical_u32(weight))
                    .sum(),
            };
            values.push(value);
        }
        results.iter().map(|&s| value_of(s, &values)).collect()
    }

    fn push(&mut self, op: Op) -> Symbol {
        if let Some(&k) = self.known.get(&op) {
            return Symbol::Node(k);
        }
        let k = u32::try_from(self.ops.len()).expect("a tape is shorter than 2^32");
        self.ops.push(op.clone());
        self.known.insert(op, k);
        Symbol::Node(k)
    }
}

impl Op {
    /// Calls `each` with every operand.
    pub fn operands(&self, mut each: impl FnMut(Symbol)) {
        match self {
            Self::Input(_) => {}
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) => {
                each(*a);
                each(*b);
            }
            Self::Weighted(terms) => terms.iter().for_each(|&(a, _)| each(a)),
        }
    }
}

fn value_of(symbol: Symbol, values: &[F]) -> F {
    match symbol {
        Symbol::Constant(word) => F::from_canonical_u64(word),
        Symbol::Node(k) => values[k as usize],
    }
}

impl Symbol {
    /// Returns an input of the tape of this thread.
    pub fn input(index: usize) -> Self {
        let index = u32::try_from(index).expect("inputs are fewer than 2^32");
        Self::emit(Op::Input(index))
    }

    /// Appends an operation to the tape of this thread.
    pub(super) fn emit(op: Op) -> Self {
        CURRENT.with_borrow_mut(|tape| tape.push(op))
    }
}
