//! The in-circuit transcript: where the challenges of every Freivalds check come from.
//!
//! A product's sums are supplied by the prover and checked at random points. The points are a Poseidon hash of
//!
//! ```text
//! [tag, number of elements, model digest (4), input digest (4), elements...]
//! ```
//!
//! so they are fixed only after everything the prover chose: the model digest binds weights, biases, multipliers
//! and zero points, the input digest binds the input, and the elements bind every supplied sum, in node order.
//! Whatever else a check uses is a function of those: activations are computed from bound sums by gates whose
//! hints have one solution each. Salts and the context decide nothing that a check uses.
//!
//! A sum is bound by being an element itself, or by a gate that packs it in a form of which the sum is a
//! function whatever the prover does (see [`crate::gates::MaxPool`]). [`Transcript::squeeze`] stops the build if a
//! supplied sum is bound in neither way.

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
    /// Notes sums that the prover supplies: they must be bound before the challenges are squeezed.
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
