//! `output = m0 · m1 · c0` over the extension.

use super::{Builder, D, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, ops: usize) -> Vec<Ext> {
    let mut constraints = Vec::with_capacity(D * ops);
    for op in 0..ops {
        let [m0, m1, output] = [0, 1, 2].map(|k| vars.algebra(D * (3 * op + k)));
        let computed = m0.mul(b, &m1).scale(b, &vars.constants[0]);
        constraints.extend(output.sub(&computed).0);
    }
    constraints
}
