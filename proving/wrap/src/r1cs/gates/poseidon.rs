//! A whole Poseidon permutation: 118 S-boxes on wires, and linear layers between them.
//!
//! Between S-boxes the state is kept as an affine map of S-box outputs with coefficients in the base field, so a chain
//! of linear layers costs nothing and does not widen intervals step by step. S-boxes whose outputs meet only the
//! small coefficients of one full layer stay 198 bits wide; those that meet 64-bit coefficients are made narrower.

use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::poseidon::{HALF_N_FULL_ROUNDS, N_PARTIAL_ROUNDS, Poseidon, SPONGE_WIDTH};

use super::{Builder, Ext, F, GateVars};

const WIRE_SWAP: usize = 2 * SPONGE_WIDTH;
const START_DELTA: usize = WIRE_SWAP + 1;
const START_FULL_0: usize = START_DELTA + 4;
const START_PARTIAL: usize = START_FULL_0 + SPONGE_WIDTH * (HALF_N_FULL_ROUNDS - 1);
const START_FULL_1: usize = START_PARTIAL + N_PARTIAL_ROUNDS;

type Column = [F; SPONGE_WIDTH];

/// A state as an affine map: `Σ columns[k] · basis[k] + constant`.
pub(super) struct AffineState {
    basis: Vec<Ext>,
    columns: Vec<Column>,
    constant: Column,
}

impl AffineState {
    /// The state whose elements are these values.
    pub(super) fn of(basis: Vec<Ext>) -> Self {
        let unit = |k: usize| {
            let mut column = [F::ZERO; SPONGE_WIDTH];
            column[k] = F::ONE;
            column
        };
        Self {
            columns: (0..basis.len()).map(unit).collect(),
            basis,
            constant: [F::ZERO; SPONGE_WIDTH],
        }
    }

    /// Applies a linear layer.
    pub(super) fn apply(&mut self, layer: impl Fn(&Column) -> Column) {
        for column in self.columns.iter_mut().chain([&mut self.constant]) {
            *column = layer(column);
        }
    }

    /// Replaces one element by a new value plus a constant.
    fn replace(&mut self, row: usize, value: Ext, constant: F) {
        for column in &mut self.columns {
            column[row] = F::ZERO;
        }
        self.constant[row] = constant;
        let mut column = [F::ZERO; SPONGE_WIDTH];
        column[row] = F::ONE;
        self.columns.push(column);
        self.basis.push(value);
    }

    /// One element.
    pub(super) fn row(&self, row: usize) -> Ext {
        let constant = Ext::constant([self.constant[row].to_canonical_u64(), 0]);
        let mut terms = vec![constant];
        for (value, column) in self.basis.iter().zip(&self.columns) {
            if column[row] != F::ZERO {
                terms.push(value.mul_base_const(column[row].to_canonical_u64()));
            }
        }
        Ext::sum(&terms)
    }
}

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>) -> Vec<Ext> {
    let wires = vars.wires;
    let mut constraints = Vec::new();
    let inputs = swapped_inputs(b, vars, &mut constraints);

    // First full rounds; the inputs of the first S-boxes are no wires.
    let mut state = AffineState::of(inputs);
    for round in 0..HALF_N_FULL_ROUNDS {
        <F as Poseidon>::constant_layer_field::<F, 1>(&mut state.constant, round);
        let is_last = round + 1 == HALF_N_FULL_ROUNDS;
        let mut outputs = Vec::with_capacity(SPONGE_WIDTH);
        for row in 0..SPONGE_WIDTH {
            let input = if round == 0 {
                state.row(row)
            } else {
                let wire = &wires[START_FULL_0 + SPONGE_WIDTH * (round - 1) + row];
                constraints.push(state.row(row).sub(wire));
                wire.clone()
            };
            outputs.push(seventh_power(b, &input, is_last));
        }
        state = AffineState::of(outputs);
        state.apply(<F as Poseidon>::mds_layer_field::<F, 1>);
    }

    // Partial rounds: the whole stretch is one affine map of 12 + 22 S-box outputs.
    <F as Poseidon>::partial_first_constant_layer::<F, 1>(&mut state.constant);
    state.apply(<F as Poseidon>::mds_partial_layer_init::<F, 1>);
    for round in 0..N_PARTIAL_ROUNDS {
        let wire = &wires[START_PARTIAL + round];
        constraints.push(state.row(0).sub(wire));
        let is_last = round + 1 == N_PARTIAL_ROUNDS;
        let constant = if is_last {
            F::ZERO
        } else {
            F::from_canonical_u64(<F as Poseidon>::FAST_PARTIAL_ROUND_CONSTANTS[round])
        };
        state.replace(0, seventh_power(b, wire, true), constant);
        state.apply(|column| <F as Poseidon>::mds_partial_layer_fast_field::<F, 1>(column, round));
    }

    // Second full rounds.
    for round in 0..HALF_N_FULL_ROUNDS {
        let number = HALF_N_FULL_ROUNDS + N_PARTIAL_ROUNDS + round;
        <F as Poseidon>::constant_layer_field::<F, 1>(&mut state.constant, number);
        let mut outputs = Vec::with_capacity(SPONGE_WIDTH);
        for row in 0..SPONGE_WIDTH {
            let wire = &wires[START_FULL_1 + SPONGE_WIDTH * round + row];
            constraints.push(state.row(row).sub(wire));
            outputs.push(seventh_power(b, wire, false));
        }
        state = AffineState::of(outputs);
        state.apply(<F as Poseidon>::mds_layer_field::<F, 1>);
    }
    constraints.extend((0..SPONGE_WIDTH).map(|row| state.row(row).sub(&wires[SPONGE_WIDTH + row])));
    constraints
}

/// The inputs, with the first four and the next four exchanged if the swap wire is one.
fn swapped_inputs(b: &mut Builder, vars: &GateVars<'_>, constraints: &mut Vec<Ext>) -> Vec<Ext> {
    let wires = vars.wires;
    let swap = &wires[WIRE_SWAP];
    constraints.push(swap.mul(b, &swap.sub(&Ext::one())));
    let mut inputs = wires[..SPONGE_WIDTH].to_vec();
    for k in 0..4 {
        let delta = &wires[START_DELTA + k];
        let difference = wires[k + 4].sub(&wires[k]);
        constraints.push(swap.mul(b, &difference).sub(delta));
        inputs[k] = wires[k].add(delta);
        inputs[k + 4] = wires[k + 4].sub(delta);
    }
    inputs
}

/// The S-box. A narrow result has 131 bits and costs one reduction more than a wide one of 198 bits.
fn seventh_power(b: &mut Builder, x: &Ext, narrow: bool) -> Ext {
    let cube = x.square(b).mul(b, x).reduce(b);
    let sixth = cube.square(b);
    let sixth = if narrow { sixth.reduce(b) } else { sixth };
    sixth.mul(b, x)
}
