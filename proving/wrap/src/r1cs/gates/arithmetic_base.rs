//! `output = m0 · m1 · c0 + addend · c1`.

use super::{Builder, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, ops: usize) -> Vec<Ext> {
    (0..ops)
        .map(|op| {
            let [m0, m1, addend, output] = [0, 1, 2, 3].map(|k| &vars.wires[4 * op + k]);
            let product = m0.mul(b, m1).mul(b, &vars.constants[0]);
            let computed = product.add(&addend.mul(b, &vars.constants[1]));
            output.sub(&computed)
        })
        .collect()
}
