//! Sums of products, gathered from additions so that they are reduced once.

use super::builder::{Node, Value};
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
    /// Writes out a node in terms of values that are computed anyhow: sums that nobody else needs are taken apart,
    /// down to what is multiplied. `uses` says how often each node is used.
    pub(super) fn of(nodes: &[Node], uses: &[u32], root: Value) -> Self {
        let mut form = Self::default();
        let mut rest = vec![(root, 1)];
        while let Some((value, factor)) = rest.pop() {
            let is_alone = value == root || uses[value.0 as usize] == 1;
            // What is left makes at least a term each.
            let has_room = form.terms() + rest.len() + 2 <= MAX_TERMS;
            match nodes[value.0 as usize] {
                Node::Constant(word) => {
                    form.constant = field::canonical(field::mul_add(word, factor, form.constant))
                }
                Node::Add(a, b) if is_alone && has_room => rest.extend([(a, factor), (b, factor)]),
                Node::Sub(a, b) if is_alone && has_room => {
                    rest.extend([(a, factor), (b, field::neg(factor))])
                }
                Node::Mul(a, b) => match (nodes[a.0 as usize], nodes[b.0 as usize]) {
                    (Node::Constant(word), _) => {
                        form.multiple(b, word, factor, is_alone, &mut rest)
                    }
                    (_, Node::Constant(word)) => {
                        form.multiple(a, word, factor, is_alone, &mut rest)
                    }
                    (Node::Parameter(index), _) if factor == 1 => {
                        form.linear.push((b, Coefficient::Parameter(index)));
                    }
                    (_, Node::Parameter(index)) if factor == 1 => {
                        form.linear.push((a, Coefficient::Parameter(index)));
                    }
                    _ if is_alone && factor == 1 => form.products.push((a, b)),
                    _ if is_alone && factor == ORDER - 1 => form.negated.push((a, b)),
                    _ => form.linear.push((value, Coefficient::Constant(factor))),
                },
                _ => form.linear.push((value, Coefficient::Constant(factor))),
            }
        }
        form
    }

    /// Goes on with the value, or takes it as a term if the multiple is not the only user of what it is of.
    fn multiple(
        &mut self,
        value: Value,
        word: u64,
        factor: u64,
        is_alone: bool,
        rest: &mut Vec<(Value, u64)>,
    ) {
        let factor = field::canonical(field::mul(word, factor));
        if is_alone {
            rest.push((value, factor));
        } else {
            self.linear.push((value, Coefficient::Constant(factor)));
        }
    }

    /// Returns the values that the form is written in.
    pub(super) fn operands(&self) -> impl Iterator<Item = Value> {
        let pairs = self.products.iter().chain(&self.negated);
        let linear = self.linear.iter().map(|(value, _)| *value);
        linear.chain(pairs.flat_map(|(a, b)| [*a, *b]))
    }

    fn terms(&self) -> usize {
        self.linear.len() + self.products.len() + self.negated.len()
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
