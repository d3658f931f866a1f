//! Every gate against Plonky2's own evaluation, on random wires and constants in the extension.

use std::sync::Arc;

use ark_bn254::Fr;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64, Sample};
use plonky2::gates::base_sum::BaseSumGate;
use plonky2::gates::exponentiation::ExponentiationGate;
use plonky2::gates::gate::Gate as Plonky2Gate;
use plonky2::gates::lookup::LookupGate;
use plonky2::hash::hash_types::HashOut;
use plonky2::plonk::circuit_data::CircuitConfig;
use plonky2::plonk::vars::EvaluationVars;

use super::*;
use crate::r1cs::Mode;
use crate::r1cs::extension::words_of;
use crate::r1cs::testing::check_part;

type Element = QuadraticExtension<F>;

/// Values for a gate, half of them random and half of them edges.
struct Sampled {
    constants: Vec<Element>,
    wires: Vec<Element>,
    hash: HashOut<F>,
}

impl Sampled {
    fn new() -> Self {
        Self::with_edges_at(0)
    }

    /// Every fifth wire is an edge, from this one on.
    fn with_edges_at(first: usize) -> Self {
        let edge = |k: usize| [F::ZERO, F::ONE, F::NEG_ONE, F::TWO][k % 4];
        let element = |k: usize| {
            if k % 5 == first {
                QuadraticExtension([edge(k / 5), edge(k / 20)])
            } else {
                Element::rand()
            }
        };
        Self {
            constants: (0..4).map(|_| Element::rand()).collect(),
            wires: (0..135).map(element).collect(),
            hash: HashOut::rand(),
        }
    }

    /// The twin's values of the constraints and the builder that computed them.
    fn eval(&self, gate: &Gate, mode: Mode, bends: &[(usize, Fr)]) -> (Builder, Vec<Ext>) {
        let mut b = Builder::new(mode, &[]);
        for (hint, delta) in bends {
            b.bend_hint(*hint, *delta);
        }
        let mut all = |values: &[Element]| -> Vec<Ext> {
            let values = values.iter().map(words_of);
            values.map(|words| Ext::witness(&mut b, words)).collect()
        };
        let (constants, wires) = (all(&self.constants), all(&self.wires));
        let hash = self.hash.elements;
        let hash = hash.map(|word| Gl::witness(&mut b, word.to_canonical_u64()));
        let vars = GateVars {
            constants: &constants,
            wires: &wires,
            public_inputs_hash: &hash,
        };
        let constraints = gate.eval(&mut b, &vars);
        (b, constraints)
    }
}

fn check(gate: impl Plonky2Gate<F, D>) {
    let gate = GateRef::new(gate);
    // A wire that is zero hides whether it is looked at.
    for first in 0..2 {
        check_on(&gate, &Sampled::with_edges_at(first));
    }
}

fn check_on(gate: &GateRef<F, D>, sampled: &Sampled) {
    let twin = Gate::of(gate).unwrap();
    let expected = gate.0.eval_unfiltered(EvaluationVars {
        local_constants: &sampled.constants,
        local_wires: &sampled.wires,
        public_inputs_hash: &sampled.hash,
    });
    let (b, constraints) = sampled.eval(&twin, Mode::Synthesize, &[]);
    b.is_satisfied().unwrap();
    let got: Vec<[u64; 2]> = constraints.iter().map(Ext::residue).collect();
    let expected: Vec<[u64; 2]> = expected.iter().map(words_of).collect();
    assert_eq!(got, expected, "{}", twin.name());

    // The structure may not depend on the values.
    let other = Sampled::new().eval(&twin, Mode::Synthesize, &[]).0;
    assert!(
        b.into_matrices() == other.into_matrices(),
        "{}",
        twin.name()
    );
}

/// Hints of the evaluation alone.
fn own_hints(gate: &Gate) -> usize {
    let sampled = Sampled::new();
    let all = |g: &Gate| sampled.eval(g, Mode::Witness, &[]).0.num_witness();
    all(gate) - all(&Gate::Noop)
}

/// Bends every `stride`-th word of the evaluation, and every variable alone.
fn bend(gate: impl Plonky2Gate<F, D>, stride: usize) {
    let gate = Gate::of(&GateRef::new(gate)).unwrap();
    let sampled = Sampled::new();
    let wires = sampled
        .eval(&Gate::Noop, Mode::Witness, &[])
        .0
        .num_witness();
    check_part(wires, stride, |mode, bends| {
        sampled.eval(&gate, mode, bends).0
    });
}

fn config() -> CircuitConfig {
    CircuitConfig {
        num_routed_wires: 48,
        ..CircuitConfig::standard_recursion_config()
    }
}

/// A coset gate of bounded degree, as recursion makes it.
fn coset(subgroup_bits: usize, max_degree: usize) -> CosetInterpolationGate<F, D> {
    // The constructor with a degree is private; the public one has the largest degree.
    let mut gate = CosetInterpolationGate::new(subgroup_bits);
    gate.degree = max_degree;
    gate
}

#[test]
fn arithmetic_gates_agree() {
    check(ArithmeticGate::new_from_config(&config()));
    check(ArithmeticExtensionGate::new_from_config(&config()));
    check(MulExtensionGate::new_from_config(&config()));
}

#[test]
fn sums_constants_and_inputs_agree() {
    check(BaseSumGate::<2>::new(47));
    check(BaseSumGate::<2>::new(63));
    check(BaseSumGate::<4>::new(20));
    check(ConstantGate::new(2));
    check(PublicInputGate);
    check(NoopGate);
}

#[test]
fn reducing_gates_agree() {
    check(ReducingGate::new(42));
    check(ReducingGate::new(1));
    check(ReducingExtensionGate::new(21));
    check(ReducingExtensionGate::new(1));
}

#[test]
fn exponentiation_agrees() {
    check(ExponentiationGate::new_from_config(&config()));
    check(ExponentiationGate::new(1));
}

#[test]
fn random_access_agrees() {
    for bits in 1..=4 {
        check(RandomAccessGate::new_from_config(&config(), bits));
    }
}

#[test]
fn coset_interpolation_agrees() {
    for (subgroup_bits, degree) in [(4, 6), (4, 8), (3, 5), (3, 8), (2, 4), (4, 3)] {
        check(coset(subgroup_bits, degree));
    }
}

#[test]
fn poseidon_gates_agree() {
    check(PoseidonGate::new());
    check(PoseidonMdsGate::new());
}

#[test]
fn bent_hints_are_refused() {
    bend(ArithmeticGate::new_from_config(&config()), 1);
    bend(ArithmeticExtensionGate::new_from_config(&config()), 1);
    bend(MulExtensionGate::new_from_config(&config()), 1);
    bend(BaseSumGate::<2>::new(47), 1);
    bend(BaseSumGate::<4>::new(20), 1);
    bend(ExponentiationGate::new(46), 1);
    bend(ReducingGate::new(42), 1);
    bend(ReducingExtensionGate::new(21), 1);
    bend(RandomAccessGate::new_from_config(&config(), 4), 1);
    bend(coset(4, 6), 1);
    bend(PoseidonGate::new(), 3);
}

/// These only add and scale: there is nothing to bend.
#[test]
fn linear_gates_have_no_hints() {
    let gates = [
        Gate::Constant { constants: 2 },
        Gate::Noop,
        Gate::PoseidonMds,
        Gate::PublicInput,
    ];
    for gate in gates {
        assert_eq!(own_hints(&gate), 0, "{}", gate.name());
    }
}

#[test]
fn unknown_gate_is_named() {
    let table = Arc::new(vec![(0, 1), (1, 0)]);
    let gate = GateRef::new(LookupGate::new_from_table(&config(), table));
    let error = Gate::of(&gate).unwrap_err();
    assert!(error.id.contains("LookupGate"), "{error}");
}

#[test]
fn costs_stay_within_their_budget() {
    let sampled = Sampled::new();
    let noop = sampled
        .eval(&Gate::Noop, Mode::Witness, &[])
        .0
        .num_constraints();
    let cost = |gate: &GateRef<F, D>| {
        let twin = Gate::of(gate).unwrap();
        let (b, _) = sampled.eval(&twin, Mode::Witness, &[]);
        b.num_constraints() - noop
    };
    let poseidon = cost(&GateRef::new(PoseidonGate::<F, D>::new()));
    assert!(poseidon < 60_000, "got {poseidon}");
    let coset = cost(&GateRef::new(coset(4, 6)));
    assert!(coset < 6_500, "got {coset}");
    let access = RandomAccessGate::<F, D>::new_from_config(&config(), 4);
    let access = cost(&GateRef::new(access));
    assert!(access < 1_500, "got {access}");
}
