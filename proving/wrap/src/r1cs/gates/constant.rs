//! Wires equal to constants.

use super::{Ext, GateVars};

pub(super) fn eval(vars: &GateVars<'_>, constants: usize) -> Vec<Ext> {
    (0..constants)
        .map(|k| vars.constants[k].sub(&vars.wires[k]))
        .collect()
}
