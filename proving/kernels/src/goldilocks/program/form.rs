//! Sums of products, gathered from additions so that they are reduced once.

use super::builder::Value;
use crate::goldilocks::field::{self, ORDER};
use crate::goldilocks::lanes::MAX_TERMS;

/// Constants below this, or negated ones, are small.
const SMALL: u64 = 1 << 31;

/// What a value is multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Coefficient {
    Constant(u64),
    Parameter(u32),
}

/// `constant + sum of coefficient * value + sum of products - sum of negated products`.
#[derive(Clone, Debug, Default)]
pub(super) struct Form {
    pub(super) constant: u64,
    pub(super) linear: Vec<(Value, Coefficient)>,
    pub(super) products: Vec<(Value, Value)>,
    pub(super) negated: Vec<(Value, Value)>,
}

/// The half of a form that is added, or the half that is subtracted, in the order of the terms' cost. Coefficients of
/// `ones` and `small` together are below `2^31`.
#[derive(Clone, Debug, Default)]
pub(super) struct Sum {
    pub(super) constant: u64,
    pub(super) ones: Vec<Value>,
    pub(super) small: Vec<(Value, u64)>,
    pub(super) wide: Vec<(Value, Coefficient)>,
    pub(super) products: Vec<(Value, Value)>,
}

impl Form {
    pub(super) fn constant(word: u64) -> Self {
        Self {
            constant: word,
            ..Self::default()
        }
    }

    pub(super) fn term(value: Value, coefficient: Coefficient) -> Self {
        Self {
            linear: vec![(value, coefficient)],
            ..Self::default()
        }
    }

    pub(super) fn product(a: Value, b: Value) -> Self {
        Self {
            products: vec![(a, b)],
            ..Self::default()
        }
    }

    pub(super) fn terms(&self) -> usize {
        self.linear.len() + self.products.len() + self.negated.len()
    }

    /// Says whether the form costs a user no more than a value would.
    pub(super) fn is_trivial(&self) -> bool {
        self.terms() == 0 || self.linear.len() == 1 && self.terms() == 1 && self.constant == 0
    }

    /// Returns the sum, or nothing if it is too long to be accumulated.
    pub(super) fn plus(mut self, mut other: Self) -> Option<Self> {
        if self.terms() + other.terms() > MAX_TERMS {
            return None;
        }
        if self.linear.len() < other.linear.len() {
            std::mem::swap(&mut self, &mut other);
        }
        self.constant = field::canonical(field::add(self.constant, other.constant));
        self.linear.extend(other.linear);
        self.products.extend(other.products);
        self.negated.extend(other.negated);
        Some(self)
    }

    /// Returns the multiple by a constant, or nothing if the form has coefficients that are not known.
    pub(super) fn times(mut self, factor: u64) -> Option<Self> {
        if factor == 1 {
            return Some(self);
        } else if factor == ORDER - 1 {
            std::mem::swap(&mut self.products, &mut self.negated);
        } else if self.products.len() + self.negated.len() > 0 {
            return None;
        }
        self.constant = field::canonical(field::mul(self.constant, factor));
        for (_, coefficient) in &mut self.linear {
            match coefficient {
                Coefficient::Constant(word) => *word = field::canonical(field::mul(*word, factor)),
                Coefficient::Parameter(_) => return None,
            }
        }
        Some(self)
    }

    /// Takes the half that is added and the half that is subtracted.
    pub(super) fn halves(&self) -> (Sum, Sum) {
        let mut linear = self.linear.clone();
        linear.sort_by_key(|(value, _)| *value);
        let (mut plus, mut minus) = (Sum::default(), Sum::default());
        let mut totals = (0, 0);
        let mut terms = linear.into_iter().peekable();
        while let Some((value, coefficient)) = terms.next() {
            let Coefficient::Constant(mut word) = coefficient else {
                plus.wide.push((value, coefficient));
                continue;
            };
            while let Some((_, Coefficient::Constant(next))) = terms.next_if(|(other, next)| {
                *other == value && matches!(next, Coefficient::Constant(_))
            }) {
                word = field::canonical(field::add(word, next));
            }
            if !plus.take_small(value, word, &mut totals.0)
                && !minus.take_small(value, field::neg(word), &mut totals.1)
            {
                plus.wide.push((value, Coefficient::Constant(word)));
            }
        }
        plus.constant = self.constant;
        plus.products.clone_from(&self.products);
        minus.products.clone_from(&self.negated);
        (plus, minus)
    }
}

impl Sum {
    /// Takes the term if its coefficient is zero or small, and the total of small coefficients stays so.
    fn take_small(&mut self, value: Value, word: u64, total: &mut u64) -> bool {
        if word >= SMALL - *total {
            return false;
        }
        *total += word;
        match word {
            0 => {}
            1 => self.ones.push(value),
            _ => self.small.push((value, word)),
        }
        true
    }

    pub(super) fn is_zero(&self) -> bool {
        self.constant == 0 && self.terms() == 0
    }

    pub(super) fn terms(&self) -> usize {
        self.ones.len() + self.small.len() + self.wide.len() + self.products.len()
    }
}
