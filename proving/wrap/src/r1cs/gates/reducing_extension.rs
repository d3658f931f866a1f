//! Horner steps over extension coefficients: `acc' = acc · alpha + c`.

use super::{Builder, D, Ext, GateVars};

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, coefficients: usize) -> Vec<Ext> {
    let start_coefficients = 3 * D;
    let start_accumulators = start_coefficients + D * coefficients;
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
        let coefficient = vars.algebra(start_coefficients + D * k);
        let computed = accumulator.mul(b, &alpha).add(&coefficient);
        constraints.extend(computed.sub(&next).0);
        accumulator = next;
    }
    constraints
}
