//! Filters: polynomials in a selector that vanish on the rows of every other gate.

use super::super::builder::Builder;
use super::super::extension::Ext;
use super::F;
use plonky2::field::types::{Field, PrimeField64};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The selector value of rows whose gate belongs to another selector; Plonky2's `UNUSED_SELECTOR`.
const UNUSED_SELECTOR: u64 = u32::MAX as u64;

/// Which gates share which selector polynomial.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Selectors {
    #[serde(rename = "selector_indices")]
    selector_of_gate: Vec<usize>,
    groups: Vec<Range<usize>>,
}

impl Selectors {
    /// Reads Plonky2's `SelectorsInfo`, whose name and fields are private and which is serializable.
    pub(super) fn new(info: &impl Serialize) -> Result<Self, serde_json::Error> {
        serde_json::from_value(serde_json::to_value(info)?)
    }

    /// The number of selector polynomials: they come first among the constants.
    pub(super) fn count(&self) -> usize {
        self.groups.len()
    }

    /// The filter of every gate, reduced.
    ///
    /// A filter is a product of `i − s` over the other gates of its group. As polynomials in `s` with constant
    /// coefficients, all filters of a group share the powers of `s`.
    pub(super) fn filters(&self, b: &mut Builder, constants: &[Ext]) -> Vec<Ext> {
        let powers: Vec<Vec<Ext>> = (self.groups.iter().zip(constants))
            .map(|(group, selector)| {
                selector.powers(b, group.len() + usize::from(self.count() > 1))
            })
            .collect();
        (self.selector_of_gate.iter().enumerate())
            .map(|(gate, &selector)| {
                let coefficients = self.filter(gate, &self.groups[selector]);
                let terms: Vec<Ext> = (coefficients.iter().zip(&powers[selector]))
                    .map(|(coefficient, power)| {
                        power.mul_base_const(coefficient.to_canonical_u64())
                    })
                    .collect();
                Ext::sum(&terms).reduce(b)
            })
            .collect()
    }

    /// The coefficients of a gate's filter, lowest first.
    fn filter(&self, gate: usize, group: &Range<usize>) -> Vec<F> {
        let others = group.clone().filter(|other| *other != gate);
        let unused = (self.count() > 1).then_some(UNUSED_SELECTOR);
        let roots = others.map(|other| other as u64).chain(unused);
        let mut coefficients = vec![F::ONE];
        for root in roots {
            let root = F::from_canonical_u64(root);
            coefficients.push(F::ZERO);
            for m in (0..coefficients.len()).rev() {
                let below = if m == 0 { F::ZERO } else { coefficients[m - 1] };
                coefficients[m] = root * coefficients[m] - below;
            }
        }
        coefficients
    }
}
