//! A value raised to a power that is given by its bits.

use super::{Builder, Ext, GateVars};

/// Bits are taken from the highest: each step squares, and multiplies by the base where the bit is set.
pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, bits: usize) -> Vec<Ext> {
    let base = &vars.wires[0];
    let power_bits = &vars.wires[1..=bits];
    let output = &vars.wires[1 + bits];
    let intermediate = &vars.wires[2 + bits..][..bits];
    let base_minus_one = base.sub(&Ext::one());
    let mut constraints = Vec::with_capacity(bits + 1);
    for (step, value) in intermediate.iter().enumerate() {
        let factor = power_bits[bits - 1 - step]
            .mul(b, &base_minus_one)
            .add(&Ext::one());
        let computed = match step {
            0 => factor,
            _ => {
                // One of the two products must be reduced for their own to fit.
                let squared = intermediate[step - 1].square(b).reduce(b);
                squared.mul(b, &factor)
            }
        };
        constraints.push(computed.sub(value));
    }
    constraints.push(output.sub(&intermediate[bits - 1]));
    constraints
}
