//! What an architecture asks of whoever evaluates it or lays out its circuit, over all nodes.
//!
//! Limits of single nodes do not add up to one: a file of a few kilobytes has a thousand nodes. These totals are checked
//! after each node, so that a refusal takes no longer than what is within them.

use super::architecture::{Architecture, NodeSpec, check_limit};
use super::limits::{
    MAX_ALL_ACTIVATIONS, MAX_ALL_READS, MAX_ALL_TAPS, MAX_COMMITTED_ELEMENTS, MAX_MULTIPLY_ADDS,
    MAX_WEIGHTS,
};
use crate::ModelError;

/// Totals so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Work {
    weights: usize,
    committed_elements: usize,
    activations: usize,
    reads: usize,
    taps: usize,
    multiply_adds: usize,
}

impl Work {
    /// Returns the totals of an architecture without nodes: its input.
    pub(super) fn of_input(architecture: &Architecture) -> Self {
        Self {
            activations: architecture.inputs(),
            ..Self::default()
        }
    }

    /// Adds a node whose own type and parameters are checked; refuses totals over their limits.
    pub(super) fn add(
        &mut self,
        architecture: &Architecture,
        node: &NodeSpec,
        index: usize,
    ) -> Result<(), ModelError> {
        let (inputs, op) = (architecture.inputs_of(node), &node.op);
        let elements = node.tensor.elements();
        let sections = architecture.sections_of(index);
        let committed = sections.iter().map(|section| section.elements());
        let add = |total: &mut usize, more: usize| *total = total.saturating_add(more);
        add(&mut self.weights, op.weights());
        add(
            &mut self.committed_elements,
            committed.fold(0, usize::saturating_add),
        );
        add(&mut self.activations, elements);
        add(&mut self.reads, op.reads(&inputs));
        add(&mut self.taps, op.taps(&inputs));
        let products = op.products().unwrap_or(0);
        add(&mut self.multiply_adds, products.saturating_mul(elements));
        for (what, limit, got) in [
            ("weights", MAX_WEIGHTS, self.weights),
            (
                "committed elements",
                MAX_COMMITTED_ELEMENTS,
                self.committed_elements,
            ),
            (
                "elements of all values",
                MAX_ALL_ACTIVATIONS,
                self.activations,
            ),
            ("elements that nodes read", MAX_ALL_READS, self.reads),
            ("taps of all windows", MAX_ALL_TAPS, self.taps),
            ("multiply-adds", MAX_MULTIPLY_ADDS, self.multiply_adds),
        ] {
            check_limit(what, limit, got)?;
        }
        Ok(())
    }
}
