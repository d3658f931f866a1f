//! The openings of all polynomials as one value: sums with powers of alpha.

use super::super::builder::Builder;
use super::super::extension::Ext;
use super::super::goldilocks::Gl;
use super::super::proof::Openings;

/// Powers of alpha come in two levels, `alpha^(16 a + b)`: 32 reduced powers instead of hundreds.
const GROUP: usize = 16;

/// The proof's openings combined by powers of alpha, for use in each query.
pub(super) struct Combined {
    /// `alpha^b` for `b < GROUP`.
    pub(super) inner: Vec<Ext>,
    /// `alpha^(next + GROUP * a)`, where `next` polynomials are opened at `g * zeta`.
    outer: Vec<Ext>,
    /// `alpha^next * sum alpha^i o_i` over the openings at zeta.
    pub(super) at_zeta: Ext,
    /// The same sum over the openings at `g * zeta`.
    pub(super) at_next: Ext,
}

impl Combined {
    pub(super) fn new(b: &mut Builder, openings: &Openings, alpha: &Ext) -> Self {
        let next = openings.zs_next.len();
        let values: Vec<&Ext> = openings.at_zeta().collect();
        let inner = alpha.powers(b, GROUP);
        let shift = alpha.exp(b, next as u64);
        let step = inner[GROUP - 1].mul(b, alpha).reduce(b);
        let mut outer = vec![shift];
        while outer.len() * GROUP < values.len() {
            let power = outer[outer.len() - 1].mul(b, &step).reduce(b);
            outer.push(power);
        }
        let groups: Vec<Ext> = values
            .chunks(GROUP)
            .zip(&outer)
            .map(|(group, power)| {
                let sum = Ext::inner_product(b, group.iter().copied().zip(&inner));
                sum.mul(b, power)
            })
            .collect();
        let at_zeta = Ext::sum_reducing(b, &groups).reduce(b);
        let at_next = Ext::inner_product(b, openings.zs_next.iter().zip(&inner)).reduce(b);
        Self {
            inner,
            outer,
            at_zeta,
            at_next,
        }
    }

    /// Returns `alpha^next * sum alpha^i x_i` over base field values.
    pub(super) fn reduce_leaf(&self, b: &mut Builder, values: &[&Gl]) -> Ext {
        let groups: Vec<Ext> = values
            .chunks(GROUP)
            .zip(&self.outer)
            .map(|(group, outer)| {
                let terms: Vec<Ext> = group
                    .iter()
                    .zip(&self.inner)
                    .map(|(value, power)| power.mul_base(b, value))
                    .collect();
                Ext::sum(&terms).mul(b, outer)
            })
            .collect();
        Ext::sum_reducing(b, &groups)
    }
}
