//! The in-circuit transcript: where the challenges of every check at a random point come from.
//!
//! A product's sums and what a table gives are supplied by the prover and checked at random points. The points are a
//! Poseidon hash of
//!
//! ```text
//! [tag, number of elements, model digest (4), input digest (4), elements...]
//! ```
//!
//! so they are fixed only after everything that the checks need: the model digest binds all committed data, the input
//! digest the input, and the elements what the prover supplies, in node order: sums, found values, counts, largest
//! lanes. Salts, the context and the quotients of softmaxes decide nothing that a check uses.
//!
//! # Soundness
//!
//! Everything else is the result of a gate whose hints have one solution, *if* its inputs have the ranges that it
//! assumes, which a wrong sum or value need not have: what follows a wrong one can be chosen after the challenge. So
//! take the first node, in their order, that does not give what the evaluator gives. What it reads is right, hence a
//! function of model and input; so is its other factor, or its keys, of these and of supplied largest lanes. Its own
//! sums, values and counts are in the transcript. What its check says is thus fixed before the point is, and it passes
//! with the probability that [`crate::product`] and [`crate::lookup`] give, whatever later nodes do. If all its checks
//! are of true equations, its gates' inputs have their ranges, and it gives what the evaluator gives. The probabilities
//! of all checks sum to less than 2^-104 for each transcript that a prover tries.
//!
//! A sum or value is bound by being an element itself, or by a gate that packs it in a form of which it is a function
//! whatever the prover does (see [`crate::gates::MaxPool`] and [`crate::gates::Pack`]). [`Transcript::squeeze`] stops
//! the build if one that was noted as supplied is bound in neither way.

use std::collections::HashSet;

use assay_statement::tags;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;

use crate::cost::Purpose;
use crate::field::D;
use crate::layout::Layout;

/// A value of the challenge field.
pub type Ext = ExtensionTarget<D>;

/// The two independent points of all checks of a circuit.
#[derive(Debug, Clone, Copy)]
pub struct Challenges {
    /// The base of powers over rows or positions.
    pub positions: Ext,
    /// The base of powers over outputs.
    pub outputs: Ext,
}

/// What the challenges are a hash of.
#[derive(Default)]
pub struct Transcript {
    elements: Vec<Target>,
    unbound: HashSet<Target>,
}

impl Transcript {
    /// Notes what the prover supplies: it must be bound before the challenges are squeezed.
    pub fn supply(&mut self, sums: &[Target]) {
        self.unbound.extend(sums);
    }

    /// Absorbs supplied sums as they are.
    pub fn absorb(&mut self, sums: &[Target]) {
        self.absorb_as(sums, sums);
    }

    /// Absorbs elements of which `sums` are a function, by constraints that do not depend on a challenge.
    pub fn absorb_as(&mut self, elements: &[Target], sums: &[Target]) {
        self.elements.extend(elements);
        for sum in sums {
            self.unbound.remove(sum);
        }
    }

    /// Returns what is absorbed so far.
    #[cfg(test)]
    pub fn elements(&self) -> &[Target] {
        &self.elements
    }

    /// Hashes everything absorbed.
    ///
    /// # Panics
    /// If a supplied sum is not bound.
    pub fn squeeze(
        self,
        layout: &mut Layout,
        model: HashOutTarget,
        input: HashOutTarget,
    ) -> Challenges {
        assert!(
            self.unbound.is_empty(),
            "the transcript does not bind every sum that the prover supplies"
        );
        let length = self.elements.len() as u64;
        let mut preimage = vec![layout.constant(tags::CHALLENGE), layout.constant(length)];
        preimage.extend(model.elements);
        preimage.extend(input.elements);
        preimage.extend(self.elements);
        let [a0, a1, b0, b1] = layout.hash(Purpose::Products, preimage).elements;
        Challenges {
            positions: ExtensionTarget([a0, a1]),
            outputs: ExtensionTarget([b0, b1]),
        }
    }
}
