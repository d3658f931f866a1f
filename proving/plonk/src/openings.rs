//! Values of the committed polynomials at the opening points.

use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};
use rayon::prelude::*;

use crate::field::{Extension, F};
use crate::oracle::Opened;
use crate::tree::TreeHasher;

/// Powers of a point, by component.
pub(crate) struct Powers {
    components: [Vec<u64>; 2],
}

impl Powers {
    pub(crate) fn new(point: Extension, count: usize) -> Self {
        let mut components = [Vec::with_capacity(count), Vec::with_capacity(count)];
        for power in point.powers().take(count) {
            let [a, b] = power.0;
            components[0].push(a.0);
            components[1].push(b.0);
        }
        Self { components }
    }

    /// Returns the value of the polynomial with these coefficients at the point.
    fn evaluate(&self, coefficients: &[u64]) -> Extension {
        let dot = |powers: &[u64]| {
            let terms = coefficients.iter().zip(powers);
            terms.fold(F::ZERO, |sum, (&a, &b)| {
                sum.multiply_accumulate(F::from_noncanonical_u64(a), F::from_noncanonical_u64(b))
            })
        };
        let [a, b] = &self.components;
        QuadraticExtension([dot(a).to_canonical(), dot(b).to_canonical()])
    }

    /// Returns the values of some polynomials of an oracle.
    pub(crate) fn open<H: TreeHasher>(
        &self,
        oracle: &dyn Opened<H>,
        polynomials: std::ops::Range<usize>,
    ) -> Vec<Extension> {
        polynomials
            .into_par_iter()
            .map(|k| self.evaluate(&oracle.coefficients(k)))
            .collect()
    }
}
