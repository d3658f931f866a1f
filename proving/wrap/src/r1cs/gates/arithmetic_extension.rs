//! `output = m0 · m1 · c0 + addend · c1` over the extension.

use super::{Builder, D, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, ops: usize) -> Vec<Ext> {
    let mut constraints = Vec::with_capacity(D * ops);
    for op in 0..ops {
        let [m0, m1, addend, output] = [0, 1, 2, 3].map(|k| vars.algebra(D * (4 * op + k)));
        let product = m0.mul(b, &m1).scale(b, &vars.constants[0]);
        let computed = product.add(&addend.scale(b, &vars.constants[1]));
        constraints.extend(output.sub(&computed).0);
    }
    constraints
}
