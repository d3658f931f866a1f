//! Horner steps over base field coefficients: `acc' = acc · alpha + c`.

use super::{Builder, D, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, coefficients: usize) -> Vec<Ext> {
    let start_coefficients = 3 * D;
    let start_accumulators = start_coefficients + coefficients;
    let alpha = vars.algebra(D);
    let mut accumulator = vars.algebra(2 * D);
    let mut constraints = Vec::with_capacity(D * coefficients);
    for k in 0..coefficients {
        let is_last = k + 1 == coefficients;
        let next = vars.algebra(if is_last {
            0
        } else {
            start_accumulators + D * k
        });
        let mut computed = accumulator.mul(b, &alpha);
        computed.0[0] = computed.0[0].add(&vars.wires[start_coefficients + k]);
        constraints.extend(computed.sub(&next).0);
        accumulator = next;
    }
    constraints
}
