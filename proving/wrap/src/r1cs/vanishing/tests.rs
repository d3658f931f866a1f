//! The whole check against a real proof with every gate of recursion, and each opening bent.

use std::sync::LazyLock;

use ark_bn254::Fr;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::{Field, PrimeField64};
use plonky2::gates::lookup_table::LookupTable;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::config::PoseidonGoldilocksConfig;
use plonky2::plonk::proof::{OpeningSet, ProofWithPublicInputs};

use super::*;
use crate::r1cs::Mode;
use crate::r1cs::extension::words_of;
use crate::r1cs::testing::check_part;

type C = PoseidonGoldilocksConfig;

fn config(num_routed_wires: usize, num_query_rounds: usize) -> CircuitConfig {
    let mut config = CircuitConfig {
        num_routed_wires,
        num_challenges: 3,
        security_bits: 2 * num_query_rounds,
        ..CircuitConfig::standard_recursion_config()
    };
    config.fri_config.num_query_rounds = num_query_rounds;
    config.fri_config.proof_of_work_bits = 1;
    config
}

fn inner() -> (CircuitData<F, C, 2>, ProofWithPublicInputs<F, C, 2>) {
    let mut builder = CircuitBuilder::<F, 2>::new(config(80, 2));
    let mut x = builder.add_virtual_public_input();
    let first = x;
    for _ in 0..600 {
        x = builder.mul_add(x, x, first);
    }
    builder.register_public_input(x);
    let circuit = builder.build::<C>();
    let mut witness = PartialWitness::new();
    witness.set_target(first, F::from_canonical_u64(3)).unwrap();
    let proof = circuit.prove(witness).unwrap();
    (circuit, proof)
}

/// A recursion circuit with few queries and one proof of it: it has the gates that L2 has.
struct Recorded {
    circuit: CircuitData<F, C, 2>,
    proof: ProofWithPublicInputs<F, C, 2>,
}

static RECORDED: LazyLock<Recorded> = LazyLock::new(|| {
    let (inner, inner_proof) = inner();
    let mut builder = CircuitBuilder::<F, 2>::new(config(48, 2));
    let proof = builder.add_virtual_proof_with_pis(&inner.common);
    let verifier = builder.constant_verifier_data(&inner.verifier_only);
    builder.verify_proof::<C>(&proof, &verifier, &inner.common);
    builder.register_public_inputs(&proof.public_inputs);
    let circuit = builder.build::<C>();
    let mut witness = PartialWitness::new();
    witness
        .set_proof_with_pis_target(&proof, &inner_proof)
        .unwrap();
    let proof = circuit.prove(witness).unwrap();
    circuit.verify(proof.clone()).unwrap();
    Recorded { circuit, proof }
});

/// Runs the check on these openings with the recorded proof's challenges.
fn build(openings: &OpeningSet<F, 2>, mode: Mode, bends: &[(usize, Fr)]) -> Builder {
    let Recorded { circuit, proof } = &*RECORDED;
    let hash = proof.get_public_inputs_hash();
    let digest = &circuit.verifier_only.circuit_digest;
    let drawn = proof.get_challenges(hash, digest, &circuit.common).unwrap();
    let mut b = Builder::new(mode, &[]);
    for (hint, delta) in bends {
        b.bend_hint(*hint, *delta);
    }
    b.defer_reductions();
    let openings = Openings::witness(&mut b, openings);
    let mut words = |values: &[F]| -> Vec<Gl> {
        let values = values.iter().map(F::to_canonical_u64);
        values.map(|value| Gl::witness(&mut b, value)).collect()
    };
    let [betas, gammas, alphas] =
        [&drawn.plonk_betas, &drawn.plonk_gammas, &drawn.plonk_alphas].map(|list| words(list));
    let hash = words(&hash.elements);
    let challenges = Challenges {
        betas,
        gammas,
        alphas,
        zeta: Ext::witness(&mut b, words_of(&drawn.plonk_zeta)),
        fri_alpha: Ext::zero(),
        fri_betas: vec![],
        pow_response: vec![],
        query_bits: vec![],
    };
    let hash: [Gl; 4] = hash.try_into().unwrap();
    check(&mut b, &circuit.common, &openings, &challenges, &hash);
    // The openings are committed elsewhere; here nothing else binds them.
    let seed: Vec<_> = openings.at_zeta().map(|e| e.c0.lc() + e.c1.lc()).collect();
    b.in_scope("reductions", |b| b.settle_reductions(&seed));
    b
}

/// One of the lists of openings.
type List = fn(&mut OpeningSet<F, 2>) -> &mut Vec<QuadraticExtension<F>>;

#[test]
fn openings_of_a_real_proof_are_accepted_and_each_bent_one_is_refused() {
    let openings = &RECORDED.proof.proof.openings;
    build(openings, Mode::Synthesize, &[])
        .is_satisfied()
        .unwrap();

    let refused = |bent: &OpeningSet<F, 2>| {
        assert!(build(bent, Mode::Witness, &[]).check().is_err());
    };
    let lists: [List; 7] = [
        |o| &mut o.constants,
        |o| &mut o.plonk_sigmas,
        |o| &mut o.wires,
        |o| &mut o.plonk_zs,
        |o| &mut o.plonk_zs_next,
        |o| &mut o.partial_products,
        |o| &mut o.quotient_polys,
    ];
    for list in lists {
        let count = list(&mut openings.clone()).len();
        for index in (0..count).step_by(count.div_ceil(12)) {
            let mut bent = openings.clone();
            list(&mut bent)[index] += QuadraticExtension([F::ZERO, F::ONE]);
            refused(&bent);
        }
    }
}

#[test]
fn every_variable_is_constrained_and_bent_words_are_refused() {
    let openings = &RECORDED.proof.proof.openings;
    check_part(0, 25, |mode, bends| build(openings, mode, bends));
}

/// The inverse in `L_0` is one: any other would give a prover any weight for the first row of the permutation argument.
#[test]
fn lagrange_polynomial_cannot_be_chosen() {
    let build = |bend: Option<(usize, Fr)>| {
        let mut b = Builder::new(Mode::Witness, &[]);
        if let Some((hint, delta)) = bend {
            b.bend_hint(hint, delta);
        }
        let zeta = Ext::witness(&mut b, [5, 7]);
        let zeta_n = zeta.exp_power_of_2(&mut b, 3);
        let first = b.num_witness();
        lagrange_0(&mut b, &zeta, &zeta_n, 3);
        (first, b.check())
    };
    let (inverse, honest) = build(None);
    honest.unwrap();
    // The two words of the inverse, each with the bits of its range check after it.
    for hint in [inverse, inverse + 64] {
        build(Some((hint, Fr::from(1u64)))).1.unwrap_err();
    }
}

#[test]
fn costs_stay_within_their_budget() {
    let b = build(&RECORDED.proof.proof.openings, Mode::Witness, &[]);
    let counts = b.counts();
    let total = b.num_constraints();
    let openings = counts.get("").copied().unwrap_or(0);
    assert!(total - openings < 230_000, "{total}: {counts:#?}");
}

#[test]
fn circuit_with_lookups_is_refused() {
    let mut builder = CircuitBuilder::<F, 2>::new(config(80, 2));
    let table: LookupTable = std::sync::Arc::new((0..32).map(|k| (k, k + 1)).collect());
    let table = builder.add_lookup_table_from_pairs(table);
    let x = builder.add_virtual_public_input();
    let y = builder.add_lookup_from_index(x, table);
    builder.register_public_input(y);
    let circuit = builder.build::<C>();
    let error = Vanishing::new(&circuit.common).unwrap_err();
    assert!(matches!(error, VanishingError::Lookups { .. }), "{error}");
}
