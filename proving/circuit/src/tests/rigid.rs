//! Everything that is not hashed follows from what is: no prover moves several wires together.
//!
//! Bending wires one by one misses what only moves together. So all wires are unknowns but those that the commitments
//! and the transcript hash, and the constraints, made linear around an honest witness, must have one solution.
//!
//! That says nothing of solutions far from the honest one: a limb that is another, a comparison that goes the other
//! way. The tests of each gate look for those.

use std::collections::{BTreeMap, HashMap, HashSet};

use assay_model::Architecture;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::plonk::config::Hasher;

use super::bend::{arithmetic_operation, kind};
use super::models::*;
use super::networks::architectures;
use crate::check::{Grid, Rows};
use crate::{F, ModelCircuit};

const POSEIDON: &str = "PoseidonGate";
/// Inputs of a Poseidon row, the wire that would swap them last.
const HASHED: [usize; 13] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 24];
/// Elements that a permutation absorbs, words that all have in front: tag, length and salt.
const RATE: usize = 8;
const HEAD: usize = 6;
/// Public words, and where the request's begin.
const WORDS: usize = 20;
const CONTEXT: usize = 16;

/// An unknown: the class of a routed wire, or a wire that only its row sees.
type Unknown = (bool, usize);
/// Coefficients of a linear equation.
type Equation = BTreeMap<Unknown, F>;

struct System<'a> {
    rows: Rows<'a>,
    routed: usize,
    columns: usize,
    known: HashSet<Unknown>,
    /// Poseidon rows of which the inputs need not be known yet.
    hashes: Vec<usize>,
    equations: Vec<Equation>,
}

impl<'a> System<'a> {
    /// `unbound` are left unknown although they are hashed.
    fn new(circuit: &'a ModelCircuit, case: &Case, unbound: &[Target]) -> Self {
        let witness = circuit.witness(&case.job()).unwrap();
        let public = witness.public_words.map(F::from_canonical_u64);
        let public = PoseidonHash::hash_no_pad(&public);
        let (common, rows) = (&circuit.data.common, Rows::of(&circuit.data));
        let mut system = Self {
            rows,
            routed: common.config.num_routed_wires,
            columns: common.config.num_wires,
            known: HashSet::new(),
            hashes: Vec::new(),
            equations: Vec::new(),
        };
        let degree = common.degree();
        let hashes = (0..degree).filter(|&row| system.kind(row) == POSEIDON);
        let mut hashes = hashes.collect::<Vec<_>>();
        // The output commitment and the hash of the public words, which must follow.
        let (lane, lanes) = circuit.architecture().output().lanes();
        let last = (HEAD + lane.elements(lanes)).div_ceil(RATE) + WORDS.div_ceil(RATE);
        system.hashes = hashes.split_off(hashes.len() - last);
        for row in hashes {
            (0..system.columns).for_each(|column| system.know(row, column));
        }
        for &target in &circuit.data.prover_only.public_inputs[CONTEXT..] {
            let class = system.rows.class_of(target);
            system.known.insert((true, class));
        }
        for &target in unbound {
            let class = system.rows.class_of(target);
            system.known.remove(&(true, class));
        }
        for row in 0..degree {
            system.linearize(&witness.wires, &public, row);
        }
        system
    }

    fn kind(&self, row: usize) -> String {
        kind(&self.rows.gate(row).0.id()).to_owned()
    }

    fn unknown(&self, row: usize, column: usize) -> Unknown {
        if column < self.routed {
            (true, self.rows.class(row, column))
        } else {
            (false, row * self.columns + column)
        }
    }

    fn know(&mut self, row: usize, column: usize) {
        let unknown = self.unknown(row, column);
        self.known.insert(unknown);
    }

    /// Adds the equations of a row.
    fn linearize(&mut self, grid: &Grid, public: &HashOut<F>, row: usize) {
        if self.kind(row) == POSEIDON {
            return;
        }
        let gate = &self.rows.gate(row).0;
        let mut cells = BTreeMap::<Unknown, Vec<usize>>::new();
        for column in 0..gate.num_wires() {
            let unknown = self.unknown(row, column);
            if !self.known.contains(&unknown) {
                cells.entry(unknown).or_default().push(column);
            }
        }
        let mut equations = vec![Equation::new(); gate.num_constraints()];
        let weights = derivative(gate.degree().max(1));
        for (unknown, columns) in cells {
            let mut slopes = vec![F::ZERO; equations.len()];
            // At 0 all constraints are 0.
            for (step, &weight) in weights.iter().enumerate().skip(1) {
                let mut wires = grid.row(row).to_vec();
                for &column in &columns {
                    wires[column] += F::from_canonical_usize(step);
                }
                let values = self.rows.constraints(row, &wires, public);
                for (slope, value) in slopes.iter_mut().zip(values) {
                    *slope += weight * value;
                }
            }
            for (equation, slope) in equations.iter_mut().zip(slopes) {
                if !slope.is_zero() {
                    equation.insert(unknown, slope);
                }
            }
        }
        self.equations.extend(
            equations
                .into_iter()
                .filter(|equation| !equation.is_empty()),
        );
    }

    /// Solves equations of one unknown, and hashes whose inputs are known, until there is none.
    fn propagate(&mut self) {
        loop {
            let before = self.known.len();
            let known = &mut self.known;
            self.equations.retain_mut(|equation| {
                equation.retain(|unknown, _| !known.contains(unknown));
                if let (1, Some((&unknown, _))) = (equation.len(), equation.first_key_value()) {
                    known.insert(unknown);
                }
                equation.len() > 1
            });
            for row in self.hashes.clone() {
                let inputs = HASHED.map(|column| self.unknown(row, column));
                if inputs.iter().all(|input| self.known.contains(input)) {
                    (0..self.columns).for_each(|column| self.know(row, column));
                }
            }
            if self.known.len() == before {
                return;
            }
        }
    }

    /// Eliminates what is left and adds what has one solution to what is known.
    fn eliminate(&mut self) {
        let mut pivots = BTreeMap::<Unknown, Equation>::new();
        for mut equation in std::mem::take(&mut self.equations) {
            while let Some((&lead, &slope)) = equation.first_key_value() {
                let Some(pivot) = pivots.get(&lead) else {
                    let inverse = slope.inverse();
                    equation.values_mut().for_each(|value| *value *= inverse);
                    pivots.insert(lead, equation);
                    break;
                };
                for (&unknown, &value) in pivot {
                    let left = equation.entry(unknown).or_insert(F::ZERO);
                    *left -= slope * value;
                    if left.is_zero() {
                        equation.remove(&unknown);
                    }
                }
            }
        }
        // From the last unknown on: an equation whose other unknowns are known says its own.
        for (&lead, equation) in pivots.iter().rev() {
            if equation
                .keys()
                .skip(1)
                .all(|unknown| self.known.contains(unknown))
            {
                self.known.insert(lead);
            }
        }
        self.equations = pivots.into_values().collect();
    }

    /// Returns the wires that do not follow, by gate.
    fn free(&self, degree: usize) -> BTreeMap<String, Vec<usize>> {
        let mut sizes = HashMap::<usize, usize>::new();
        for (row, column) in self.rows.routed_wires() {
            *sizes.entry(self.rows.class(row, column)).or_default() += 1;
        }
        let mut free = BTreeMap::<String, Vec<usize>>::new();
        for row in 0..degree {
            let kind = self.kind(row);
            for column in 0..self.rows.gate(row).0.num_wires() {
                // Room in a row of Plonky2's own that no operation took: nothing reads it.
                let idle = || {
                    arithmetic_operation(&kind, column).is_some_and(|mut wires| {
                        wires.all(|wire| sizes[&self.rows.class(row, wire)] == 1)
                    })
                };
                if !self.known.contains(&self.unknown(row, column)) && !idle() {
                    free.entry(kind.clone()).or_default().push(column);
                }
            }
        }
        free
    }
}

/// Returns the weights of a polynomial's values at 0, 1, .. in its derivative at 0.
fn derivative(degree: usize) -> Vec<F> {
    let point = F::from_canonical_usize;
    // The derivative at 0 of Π (x - i) / (j - i) over all i other than j.
    let others = |j: usize| (0..=degree).filter(move |&i| i != j);
    let weight = |j: usize| {
        let scale = others(j).map(|i| point(j) - point(i)).product::<F>();
        let slope = others(j).map(|left| {
            let rest = others(j).filter(|&i| i != left);
            rest.map(|i| -point(i)).product::<F>()
        });
        slope.sum::<F>() / scale
    };
    (0..=degree).map(weight).collect()
}

/// Returns the wires that do not follow from what is hashed besides `unbound`.
fn free_wires(circuit: &ModelCircuit, unbound: &[Target]) -> BTreeMap<String, Vec<usize>> {
    let case = Case::new(circuit.architecture(), ALL_PUBLIC, 7);
    let mut system = System::new(circuit, &case, unbound);
    system.propagate();
    system.eliminate();
    system.propagate();
    system.free(circuit.data.common.degree())
}

fn build(architecture: &Architecture) -> ModelCircuit {
    ModelCircuit::build(architecture, ALL_PUBLIC).unwrap()
}

#[test]
fn derivative_weights_take_derivatives() {
    // 5 + 7x - 2x^2 + x^4
    let value = |x: i64| crate::signed(5 + 7 * x - 2 * x * x + x.pow(4));
    for degree in 4..8 {
        let weights = derivative(degree).into_iter().zip(0..);
        let slope = weights.map(|(weight, x)| weight * value(x)).sum::<F>();
        assert_eq!(slope, F::from_canonical_u64(7));
    }
}

#[test]
fn wires_follow_from_what_is_hashed() {
    for (name, architecture) in architectures() {
        let free = free_wires(&build(&architecture), &[]);
        assert!(
            free.is_empty(),
            "{name}: wires that nothing decides: {free:?}"
        );
    }
}

/// Counts have no range: with two of the transcript's elements more than a check has equations some are free.
#[test]
fn counts_do_not_follow_unless_they_are_hashed() {
    let circuit = build(&residual());
    let supplied = circuit.supplied();
    let counts = &supplied[supplied.len() - 4..];
    assert_eq!(free_wires(&circuit, &counts[..2]), BTreeMap::new());
    let free = free_wires(&circuit, counts);
    assert!(free.contains_key("LogUp"), "{free:?}");
}
