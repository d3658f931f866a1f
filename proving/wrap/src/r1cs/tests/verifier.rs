//! The whole verifier on a recorded proof: accepted as it is, refused however it is bent.

use super::fixture::{fixture, honest, synthesis};
use crate::layers::hash::{Bn254Hasher, MerkleHash, WORDS_PER_ELEMENT};
use crate::layers::{F, OuterProof};
use crate::r1cs::proof::{Challenges, Openings, ShapeError, elements_witness, words_witness};
use crate::r1cs::testing::{DRAWING, loose_words, refused, scopes_of_rows};
use crate::r1cs::verifier::{AssignError, VerifierCircuit, statement_words};
use crate::r1cs::{Builder, Lc, Mode};
use ark_bn254::Fr;
use ark_ff::{Field as _, One, Zero};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::fri::proof::FriQueryRound;
use rayon::prelude::*;

/// What a Groth16 setup for 2^20 rows has room for, beside one row for each public input and the one.
const MAX_CONSTRAINTS: usize = (1 << 20) - 9;
/// Change these knowingly: another number is another constraint system, other keys and another verifier contract.
const CONSTRAINTS: usize = 978_283;
const WITNESS: usize = 980_024;
const BUDGET: [(&str, usize); 10] = [
    ("statement", 3_080),
    ("public inputs hash", 53_640),
    ("openings", 38_144),
    ("transcript", 40_706),
    ("vanishing", 105_141),
    ("fri/query/leaf range", 353_472),
    ("fri/query/leaf hash", 92_799),
    ("fri/query/path", 176_001),
    ("fri/query", 680_295),
    ("reductions", 49_994),
];

#[test]
fn recorded_proof_satisfies_the_constraints() {
    let matrices = &synthesis().matrices;
    assert_eq!(matrices.first_unsatisfied(honest()), None);
    assert_eq!(matrices.num_inputs, 9);
    assert_eq!(honest().len(), matrices.num_inputs + matrices.num_witness);
}

#[test]
fn both_modes_agree_and_structure_is_independent_of_the_proof() {
    let f = fixture();
    let synthesized = f.circuit.build(Mode::Synthesize, &f.proof);
    synthesized.is_satisfied().unwrap();
    assert_eq!(synthesized.assignment(), honest());
    // `synthesis` comes from a proof that is all zeros.
    assert!(synthesized.into_matrices() == synthesis().matrices);
}

#[test]
fn size_is_pinned() {
    let total = synthesis().matrices.num_constraints();
    let count = |path: &str| -> usize {
        let below = format!("{path}/");
        let counts = &synthesis().counts;
        counts
            .iter()
            .filter(|(p, _)| *p == path || p.starts_with(&below))
            .map(|(_, n)| n)
            .sum()
    };
    for (path, expected) in BUDGET {
        assert_eq!(
            count(path),
            expected,
            "constraints of {path}; all: {:#?}",
            synthesis().counts
        );
    }
    assert_eq!(
        (total, synthesis().matrices.num_witness),
        (CONSTRAINTS, WITNESS)
    );
    const { assert!(CONSTRAINTS <= MAX_CONSTRAINTS) };
    let entries = |m: &crate::r1cs::matrices::SparseMatrix| m.entries();
    let all = entries(&synthesis().matrices.a)
        + entries(&synthesis().matrices.b)
        + entries(&synthesis().matrices.c);
    assert!(all < 20 * total, "rows are sparse, got {all} entries");
}

/// What a transcript gives, as canonical numbers.
#[derive(Debug, PartialEq, Eq)]
struct Drawn {
    base: Vec<u64>,
    extension: Vec<[u64; 2]>,
    pow_response: u64,
    query_indices: Vec<usize>,
}

fn number(bits: &[Lc]) -> u64 {
    let set = |(k, bit): (usize, &Lc)| if bit.value().is_one() { 1u64 << k } else { 0 };
    bits.iter().enumerate().map(set).sum()
}

fn ours(proof: &OuterProof) -> Drawn {
    let f = fixture();
    let inputs: Vec<Fr> = crate::layers::hash::pack_words(&proof.public_inputs).collect();
    let mut b = Builder::new(Mode::Witness, &inputs);
    let sent = f.circuit.read(&mut b, proof);
    let (challenges, _) = f.circuit.challenges(&mut b, &sent);
    b.check().unwrap();
    let Challenges {
        betas,
        gammas,
        alphas,
        zeta,
        fri_alpha,
        fri_betas,
        pow_response,
        query_bits,
    } = challenges;
    Drawn {
        base: [betas, gammas, alphas]
            .concat()
            .iter()
            .map(|gl| gl.residue())
            .collect(),
        extension: [zeta, fri_alpha]
            .iter()
            .chain(&fri_betas)
            .map(|e| e.residue())
            .collect(),
        pow_response: number(&pow_response),
        query_indices: query_bits
            .iter()
            .map(|bits| number(bits) as usize % (1 << 16))
            .collect(),
    }
}

fn plonky2s(proof: &OuterProof) -> Drawn {
    let data = &fixture().data;
    let hash = proof.get_public_inputs_hash();
    let drawn = proof
        .get_challenges(hash, &data.verifier_only.circuit_digest, &data.common)
        .unwrap();
    let fri = drawn.fri_challenges;
    let words = crate::r1cs::extension::words_of;
    Drawn {
        base: [drawn.plonk_betas, drawn.plonk_gammas, drawn.plonk_alphas]
            .concat()
            .iter()
            .map(|v| v.to_canonical_u64())
            .collect(),
        extension: [drawn.plonk_zeta, fri.fri_alpha]
            .iter()
            .chain(&fri.fri_betas)
            .map(words)
            .collect(),
        pow_response: fri.fri_pow_response.to_canonical_u64(),
        query_indices: fri.fri_query_indices,
    }
}

#[test]
fn transcript_is_that_of_plonky2() {
    let mut proofs = vec![fixture().proof.clone()];
    for (_, bend) in BENDS {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        proofs.push(proof);
    }
    proofs.push(fixture().proof.clone());
    let words = proofs[0].public_inputs.len();
    proofs.last_mut().unwrap().public_inputs = vec![F::NEG_ONE; words];
    for (k, proof) in proofs.iter().enumerate() {
        assert_eq!(ours(proof), plonky2s(proof), "proof {k}");
    }
}

type Bend = fn(&mut OuterProof);

fn shorten<T>(list: &mut Vec<T>) {
    list.truncate(list.len() - 1);
}

fn add_one(hash: &mut MerkleHash) {
    *hash = match *hash {
        MerkleHash::One(a) => MerkleHash::One(a + Fr::one()),
        MerkleHash::Two(a, b) => MerkleHash::Two(a, b + Fr::one()),
    };
}

/// One way to bend each field of a proof.
const BENDS: [(&str, Bend); 22] = [
    ("constant", |p| p.proof.openings.constants[1] += Field::ONE),
    ("sigma", |p| p.proof.openings.plonk_sigmas[47] += Field::ONE),
    ("wire", |p| p.proof.openings.wires[134] += Field::ONE),
    ("unused wire", |p| {
        p.proof.openings.wires[133].0[1] += F::ONE
    }),
    ("z", |p| p.proof.openings.plonk_zs[2] += Field::ONE),
    ("next z", |p| {
        p.proof.openings.plonk_zs_next[0] += Field::ONE
    }),
    ("partial product", |p| {
        p.proof.openings.partial_products[14] += Field::ONE
    }),
    ("quotient", |p| {
        p.proof.openings.quotient_polys[23] += Field::ONE
    }),
    ("wires cap", |p| add_one(&mut p.proof.wires_cap.0[3])),
    ("zs cap", |p| {
        add_one(&mut p.proof.plonk_zs_partial_products_cap.0[15])
    }),
    ("quotient cap", |p| {
        add_one(&mut p.proof.quotient_polys_cap.0[0])
    }),
    ("first folding cap", |p| {
        add_one(&mut p.proof.opening_proof.commit_phase_merkle_caps[0].0[9])
    }),
    ("second folding cap", |p| {
        add_one(&mut p.proof.opening_proof.commit_phase_merkle_caps[1].0[9])
    }),
    ("final coefficient", |p| {
        p.proof.opening_proof.final_poly.coeffs[63].0[1] += F::ONE
    }),
    ("work", |p| p.proof.opening_proof.pow_witness += F::ONE),
    ("constants leaf", |p| leaf(p, 0, 0)[53] += F::ONE),
    ("wires leaf", |p| leaf(p, 20, 1)[0] += F::ONE),
    ("zs leaf", |p| leaf(p, 7, 2)[17] += F::ONE),
    ("quotient leaf", |p| leaf(p, 11, 3)[5] += F::ONE),
    ("oracle sibling", |p| {
        let round = &mut p.proof.opening_proof.query_round_proofs[4];
        add_one(&mut round.initial_trees_proof.evals_proofs[1].1.siblings[11]);
    }),
    ("folded evaluation", |p| {
        let round = &mut p.proof.opening_proof.query_round_proofs[19];
        round.steps[1].evals[6].0[1] += F::ONE;
    }),
    ("folding sibling", |p| {
        let round = &mut p.proof.opening_proof.query_round_proofs[0];
        add_one(&mut round.steps[0].merkle_proof.siblings[8]);
    }),
];

fn round(proof: &mut OuterProof, round: usize) -> &mut FriQueryRound<F, Bn254Hasher, 2> {
    &mut proof.proof.opening_proof.query_round_proofs[round]
}

fn leaf(proof: &mut OuterProof, query: usize, oracle: usize) -> &mut Vec<F> {
    &mut round(proof, query).initial_trees_proof.evals_proofs[oracle].0
}

#[test]
fn bent_proof_is_refused() {
    BENDS.par_iter().for_each(|(name, bend)| {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        assert!(
            matches!(
                fixture().circuit.assign(&proof),
                Err(AssignError::Invalid(_))
            ),
            "{name}"
        );
    });
}

#[test]
fn each_statement_word_is_bound() {
    let words = fixture().proof.public_inputs.len();
    assert_eq!(words, assay_statement::STATEMENT_WORDS);
    (0..words).into_par_iter().for_each(|word| {
        // The same proof for another statement.
        let mut proof = fixture().proof.clone();
        proof.public_inputs[word] += F::ONE;
        assert!(
            matches!(
                fixture().circuit.assign(&proof),
                Err(AssignError::Invalid(_))
            ),
            "word {word}"
        );
        // The same assignment under another input, and under the other encoding of the same word.
        let weight = Fr::from(2u64).pow([64 * (word % WORDS_PER_ELEMENT) as u64]);
        for delta in [Fr::one(), Fr::from(crate::r1cs::goldilocks::P)] {
            let mut bent = honest().to_vec();
            bent[1 + word / WORDS_PER_ELEMENT] += weight * delta;
            assert!(
                synthesis().matrices.first_unsatisfied(&bent).is_some(),
                "word {word}"
            );
        }
    });
}

#[test]
fn proof_of_another_shape_is_an_error() {
    let cases: [(&str, Bend); 15] = [
        ("public inputs", |p| shorten(&mut p.public_inputs)),
        ("openings", |p| shorten(&mut p.proof.openings.wires)),
        ("cap entries", |p| shorten(&mut p.proof.wires_cap.0)),
        ("query rounds", |p| {
            shorten(&mut p.proof.opening_proof.query_round_proofs)
        }),
        ("leaf words", |p| leaf(p, 3, 1).push(F::ZERO)),
        ("final coefficients", |p| {
            p.proof.opening_proof.final_poly.coeffs.push(Field::ONE)
        }),
        ("next openings", |p| {
            shorten(&mut p.proof.openings.plonk_zs_next)
        }),
        ("lookup openings", |p| {
            p.proof.openings.lookup_zs.push(Field::ONE)
        }),
        ("commit phase caps", |p| {
            shorten(&mut p.proof.opening_proof.commit_phase_merkle_caps)
        }),
        ("commit phase cap entries", |p| {
            shorten(&mut p.proof.opening_proof.commit_phase_merkle_caps[1].0)
        }),
        ("oracle openings", |p| {
            shorten(&mut round(p, 2).initial_trees_proof.evals_proofs)
        }),
        ("oracle siblings", |p| {
            shorten(&mut round(p, 20).initial_trees_proof.evals_proofs[3].1.siblings)
        }),
        ("folding steps", |p| shorten(&mut round(p, 5).steps)),
        ("folded evaluations", |p| {
            shorten(&mut round(p, 5).steps[1].evals)
        }),
        ("folding siblings", |p| {
            shorten(&mut round(p, 5).steps[0].merkle_proof.siblings)
        }),
    ];
    for (expected, bend) in cases {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        match fixture().circuit.assign(&proof) {
            Err(AssignError::Shape(ShapeError::Length { what, .. })) => assert_eq!(what, expected),
            other => panic!("{expected}: {:?}", other.map(|_| ())),
        }
    }
    // A node of the wrong kind has the right length, and fails.
    let mut proof = fixture().proof.clone();
    proof.proof.wires_cap.0[0] = MerkleHash::Two(Fr::zero(), Fr::zero());
    assert!(matches!(
        fixture().circuit.assign(&proof),
        Err(AssignError::Invalid(_))
    ));
}

/// Changes every variable of the whole system alone and expects a violated row; of the range-checked words even when
/// their own checks and the sponge that merely binds them are left out, so that each is part of a relation.
#[test]
fn every_variable_is_constrained() {
    let b = fixture().circuit.build(Mode::Synthesize, &fixture().proof);
    let matrices = &synthesis().matrices;
    let all = refused(matrices, honest(), Fr::one(), |_| true);
    let free: Vec<usize> = (0..all.len()).filter(|k| !all[*k]).collect();
    assert_eq!(free, Vec::<usize>::new(), "variables that can change alone");
    let loose = loose_words(&b, matrices, 0);
    assert_eq!(loose, Vec::<u32>::new(), "words that no relation holds");
}

/// Deferred reductions are sound only if whatever the prover supplies is fixed before their coefficients are drawn:
/// each range-checked word enters the transcript, a leaf's hash, or the sponge that the coefficients come from.
#[test]
fn every_word_is_bound_before_the_batch_is_drawn() {
    let b = fixture().circuit.build(Mode::Synthesize, &fixture().proof);
    let scopes = scopes_of_rows(&b);
    let words: Vec<u32> = b.words().iter().map(|(word, _)| *word).collect();
    assert!(words.len() > 5_000, "got {} words", words.len());
    let matrices = &synthesis().matrices;
    let mut bound = vec![false; honest().len()];
    for (row, scope) in scopes.iter().enumerate() {
        if *scope == "transcript" || *scope == DRAWING || scope.ends_with("leaf hash") {
            for (_, column) in matrices.row(&matrices.a, row) {
                bound[column] = true;
            }
        }
    }
    let loose: Vec<u32> = words
        .into_iter()
        .filter(|word| !bound[*word as usize])
        .collect();
    assert_eq!(
        loose,
        Vec::<u32>::new(),
        "words that could be chosen after the coefficients"
    );
}

/// A word with a multiple of p added denotes the same element, so no relation refuses it: the check of its bits does.
#[test]
fn every_word_of_a_proof_has_64_bits() {
    let plonk = &fixture().proof.proof;
    let leaf = &plonk.opening_proof.query_round_proofs[3].initial_trees_proof;
    let parts: [&dyn Fn(&mut Builder); 3] = [
        &|b| drop(Openings::witness(b, &plonk.openings)),
        &|b| drop(elements_witness(b, &plonk.opening_proof.final_poly.coeffs)),
        &|b| drop(words_witness(b, &leaf.evals_proofs[1].0)),
    ];
    for (part, allocate) in parts.into_iter().enumerate() {
        let mut honest = Builder::new(Mode::Witness, &[]);
        allocate(&mut honest);
        honest.check().unwrap();
        // A word, and its bits but the highest.
        for hint in (0..honest.num_witness()).step_by(64) {
            let mut b = Builder::new(Mode::Witness, &[]);
            b.bend_hint(
                hint,
                Fr::from(crate::r1cs::goldilocks::P) * Fr::from(1u128 << 70),
            );
            allocate(&mut b);
            assert!(b.check().is_err(), "hint {hint} of part {part}");
        }
    }
}

/// The coefficients depend on the transcript too: its last state, a function of every cap, opening and query, begins
/// what they are drawn from.
#[test]
fn batch_is_drawn_from_the_transcript() {
    let b = fixture().circuit.build(Mode::Synthesize, &fixture().proof);
    let scopes = scopes_of_rows(&b);
    let matrices = &synthesis().matrices;
    let columns = |row: usize| matrices.row(&matrices.a, row).map(|(_, column)| column);
    let drawing = (0..scopes.len()).filter(|row| scopes[*row] == DRAWING);
    let used: std::collections::HashSet<usize> = drawing.flat_map(columns).collect();
    let hints = b.scope_hints();
    let (_, [first, last]) = hints
        .iter()
        .find(|(scope, _)| *scope == "transcript")
        .unwrap();
    let transcript = matrices.num_inputs + first..=matrices.num_inputs + last;
    let seeds = transcript.filter(|column| used.contains(column)).count();
    assert!(
        seeds >= 4,
        "four lanes of the state, got {seeds} of its variables"
    );
}

/// Each part of the verifier refuses by itself: the recorded proof, which is valid, under a circuit that differs in what
/// only that part looks at.
#[test]
fn each_part_of_the_verifier_refuses_another_circuit() {
    let f = fixture();
    type Change = fn(&mut crate::layers::CommonData);
    let scope_of = |change: Change| {
        let mut common = f.data.common.clone();
        change(&mut common);
        let circuit = VerifierCircuit::new(common, f.data.verifier_only.clone()).unwrap();
        let refused = circuit.build(Mode::Witness, &f.proof).check();
        refused.map_err(|unsatisfied| unsatisfied.scope)
    };
    scope_of(|_| ()).unwrap();
    // Zeros that the response does not have; the transcript reads another copy of their number.
    let work = scope_of(|common| common.config.fri_config.proof_of_work_bits = 63);
    assert_eq!(work.unwrap_err(), "fri");
    // The coset of a wire, which is in no transcript: only the permutation argument reads it.
    let permutation = scope_of(|common| common.k_is[5] = F::TWO);
    let scope = permutation.unwrap_err();
    assert!(
        scope.starts_with("reductions") || scope.starts_with("vanishing"),
        "{scope}"
    );
}

/// Bends the first and the last hint of every scope, derives everything after them again, and expects refusal.
#[test]
fn bent_hints_are_refused() {
    let f = fixture();
    let b = f.circuit.build(Mode::Witness, &f.proof);
    let inputs: Vec<Fr> = honest()[1..synthesis().matrices.num_inputs].to_vec();
    let hints: Vec<(&str, usize)> = b
        .scope_hints()
        .into_iter()
        .flat_map(|(scope, ends)| ends.map(|hint| (scope, hint)))
        .collect();
    assert!(hints.len() > 50, "got {} hints", hints.len());
    hints.par_iter().for_each(|(scope, hint)| {
        let bent = f.circuit.build_bent(&f.proof, &inputs, *hint, Fr::one());
        assert!(bent.check().is_err(), "hint {hint} of {scope}");
    });
}

/// The other 64-bit form of a word, under the public input that holds it: the same residue everywhere, so nothing but
/// the check of the word itself refuses.
#[test]
fn non_canonical_statement_word_is_refused() {
    let f = fixture();
    assert_eq!(
        f.proof.public_inputs[0],
        F::ONE,
        "the header is small enough to have another form"
    );
    let delta = Fr::from(crate::r1cs::goldilocks::P);
    let mut inputs: Vec<Fr> = honest()[1..synthesis().matrices.num_inputs].to_vec();
    inputs[0] += delta;
    let bent = f.circuit.build_bent(&f.proof, &inputs, 0, delta);
    assert_eq!(bent.check().unwrap_err().scope, "statement");
}

/// The same of each word: a value that has two forms, the second with every bit of it derived again and under the
/// input that holds it.
#[test]
fn no_word_of_a_statement_has_a_second_form() {
    let words: Vec<F> = (0..24).map(|k| F::from_canonical_u64(1 + k)).collect();
    let packed: Vec<Fr> = crate::layers::hash::pack_words(&words).collect();
    let build = |inputs: &[Fr], bend: Option<(usize, Fr)>| {
        let mut b = Builder::new(Mode::Witness, inputs);
        if let Some((hint, delta)) = bend {
            b.bend_hint(hint, delta);
        }
        statement_words(&mut b, &words);
        b
    };
    let honest = build(&packed, None);
    honest.check().unwrap();
    let hints_of_a_word = honest.num_witness() / words.len();
    assert_eq!(honest.num_witness() % words.len(), 0);
    for word in 0..words.len() {
        for delta in [Fr::from(crate::r1cs::goldilocks::P), Fr::one()] {
            let weight = Fr::from(2u64).pow([64 * (word % WORDS_PER_ELEMENT) as u64]);
            let mut inputs = packed.clone();
            inputs[word / WORDS_PER_ELEMENT] += weight * delta;
            let bent = build(&inputs, Some((word * hints_of_a_word, delta)));
            // Another value is another statement, which is for the rest of the verifier to refuse.
            assert_eq!(bent.check().is_ok(), delta.is_one(), "word {word}");
            let unpacked = build(&packed, Some((word * hints_of_a_word, delta)));
            assert!(unpacked.check().is_err(), "word {word}");
        }
    }
}

#[test]
fn matrices_survive_their_file_and_damage_is_an_error() {
    let matrices = &synthesis().matrices;
    let mut bytes = Vec::new();
    matrices.write_to(&mut bytes).unwrap();
    let read = crate::r1cs::Matrices::read_from(&mut bytes.as_slice()).unwrap();
    assert!(read == *matrices);
    assert_eq!(read.hash(), matrices.hash());
    for position in [0, 8, 20, 30, bytes.len() - 1] {
        let mut damaged = bytes.clone();
        damaged[position] = damaged[position].wrapping_add(0x91);
        let other = crate::r1cs::Matrices::read_from(&mut damaged.as_slice());
        assert!(
            other.map_or(true, |other| other.hash() != matrices.hash()),
            "byte {position}"
        );
    }
    bytes.truncate(bytes.len() / 2);
    assert!(crate::r1cs::Matrices::read_from(&mut bytes.as_slice()).is_err());
}
