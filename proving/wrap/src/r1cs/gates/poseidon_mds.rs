//! One linear layer of Poseidon over the extension.

use plonky2::hash::poseidon::{Poseidon, SPONGE_WIDTH};

use super::poseidon::AffineState;
use super::{D, Ext, F, GateVars};

pub(super) fn eval(vars: &GateVars<'_>) -> Vec<Ext> {
    // The two parts of each element go through the same layer.
    let outputs = [0, 1].map(|part| {
        let inputs = (0..SPONGE_WIDTH).map(|k| vars.wires[D * k + part].clone());
        let mut state = AffineState::of(inputs.collect());
        state.apply(<F as Poseidon>::mds_layer_field::<F, 1>);
        (0..SPONGE_WIDTH)
            .map(|row| state.row(row))
            .collect::<Vec<_>>()
    });
    (0..SPONGE_WIDTH)
        .flat_map(|row| [0, 1].map(|part| (row, part)))
        .map(|(row, part)| vars.wires[D * (SPONGE_WIDTH + row) + part].sub(&outputs[part][row]))
        .collect()
}
