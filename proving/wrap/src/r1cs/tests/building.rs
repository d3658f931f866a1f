//! Mistakes of whoever builds a circuit, each of which would leave something unchecked: building stops, with words that
//! say why. Most lists are walked side by side, and a shorter one would end the walk early.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::fixture::fixture;
use crate::layers::hash::{MerkleHash, domain};
use crate::layers::{F, OuterProof};
use crate::r1cs::challenger::Challenger;
use crate::r1cs::goldilocks::P;
use crate::r1cs::index::{QueryIndex, Table, choose};
use crate::r1cs::merkle::{Cap, Node, assert_in_cap, climb, hash_leaf};
use crate::r1cs::poseidon2::Poseidon2;
use crate::r1cs::proof::Shape;
use crate::r1cs::uint::U256;
use crate::r1cs::verifier::VerifierCircuit;
use crate::r1cs::{Builder, Ext, Gl, Lc, Mode};
use ark_bn254::Fr;
use plonky2::field::types::Field;
use rayon::prelude::*;

/// Says why building stopped, if it did.
fn stopped(build: impl FnOnce()) -> Option<String> {
    let error = catch_unwind(AssertUnwindSafe(build)).err()?;
    let said = error.downcast_ref::<String>().cloned();
    said.or_else(|| error.downcast_ref::<&str>().map(|text| (*text).to_owned()))
}

type Mistake = fn(&mut Builder);

/// Runs each mistake on a builder with two public inputs.
fn stops(mistakes: &[(&str, Mistake)]) {
    for (k, (expected, mistake)) in mistakes.iter().enumerate() {
        let said = stopped(|| {
            let inputs = [Fr::from(3u64), Fr::from(5u64)];
            mistake(&mut Builder::new(Mode::Synthesize, &inputs));
        });
        let said = said.unwrap_or_default();
        assert!(said.contains(expected), "mistake {k}, {expected}: {said}");
    }
}

/// One bit too wide, and below zero.
fn no_words(b: &Builder) -> [Gl; 2] {
    [
        Gl::from_interval(b.input(0), U256::ZERO, U256::ones(65)),
        Gl::from_interval(b.input(0), 1.into(), 5.into()),
    ]
}

fn wide(b: &Builder) -> Gl {
    let [wide, _] = no_words(b);
    wide
}

fn negative(b: &Builder) -> Gl {
    let [_, negative] = no_words(b);
    negative
}

#[test]
fn what_is_no_word_is_not_taken_for_one() {
    stops(&[
        ("only words below 2^64 are bound", |b| wide(b).bind(b)),
        ("only words below 2^64 are bound", |b| negative(b).bind(b)),
        ("only a reduced value can be canonical", |b| {
            drop(wide(b).assert_canonical(b))
        }),
        ("only a reduced value can be canonical", |b| {
            drop(negative(b).assert_canonical(b))
        }),
        ("words are range-checked to 64 bits", |b| {
            let word = wide(b);
            Challenger::new().observe(b, &word)
        }),
        ("words are range-checked to 64 bits", |b| {
            let word = negative(b);
            Challenger::new().observe(b, &word)
        }),
        ("leaf words are range-checked to 64 bits", |b| {
            let word = wide(b);
            drop(hash_leaf(b, &[word]))
        }),
        ("leaf words are range-checked to 64 bits", |b| {
            let word = negative(b);
            drop(hash_leaf(b, &[word]))
        }),
    ]);
}

#[test]
fn numbers_that_a_field_element_does_not_hold_are_refused() {
    stops(&[
        ("there are 2 public inputs, got index 2", |b| {
            b.witness(Fr::from(1u64));
            drop(b.input(2))
        }),
        ("bits are unique below 254, got 254", |b| {
            let lc = b.input(0);
            drop(b.bits(&lc, 254))
        }),
        ("bits are unique below 254, got 254", |b| {
            let lc = b.input(0);
            b.range_check(&lc, 254)
        }),
        ("a bound has at most 256 bits, got 257", |_| {
            let _ = U256::ones(257);
        }),
        ("a domain tag has at most 23 bytes", |_| {
            let _ = domain("assay.a-tag-that-is-long", 0);
        }),
        ("at most 16384 differences, got 16385", |b| {
            b.defer_reductions();
            for _ in 0..=1 << 14 {
                Gl::zero().assert_zero(b);
            }
            b.settle_reductions(&[])
        }),
    ]);
}

#[test]
fn lists_that_belong_together_have_one_length() {
    stops(&[
        ("the selector covers the constants", |_| {
            drop(Gl::choose_constant(&[Lc::one()], &[]))
        }),
        ("the bits choose among all entries", |b| {
            let bit = b.boolean(true);
            drop(choose(b, &[bit], &[Ext::one(), Ext::one(), Ext::one()]))
        }),
        ("a window of 13 bits", |b| {
            let bits = (0..16).map(|_| b.boolean(true)).collect();
            drop(QueryIndex::new(b, bits, 13))
        }),
        ("a window of 3 bits", |b| {
            let bits = (0..2).map(|_| b.boolean(true)).collect();
            drop(QueryIndex::new(b, bits, 3))
        }),
        ("the selector's bits are in the window", |b| {
            let bits = (0..3).map(|_| b.boolean(true)).collect();
            drop(QueryIndex::new(b, bits, 2).top_one_hot(3))
        }),
        ("the selector covers the table", |b| {
            let bits = (0..3).map(|_| b.boolean(true)).collect();
            let index = QueryIndex::new(b, bits, 2);
            let table = Table::new(1, 2, |low, high| (low + high) as u64);
            drop(index.look_up(b, &table, &vec![Lc::one(); 3]))
        }),
        ("the table has no lower bits", |b| {
            let bits = (0..3).map(|_| b.boolean(true)).collect();
            let index = QueryIndex::new(b, bits, 2);
            let table = Table::new(1, 2, |low, high| (low + high) as u64);
            drop(index.look_up_window(&table))
        }),
        ("one bit for each sibling", |b| {
            let siblings = [MerkleHash::One(Fr::from(1u64))];
            let leaf = b.input(0);
            drop(climb(b, leaf, &[], &siblings))
        }),
        ("the selector covers the cap", |b| {
            let node = Node(vec![b.input(0)]);
            let cap = Cap::Variable(vec![node.clone(), node.clone()]);
            assert_in_cap(b, &node, &[Lc::one()], &cap)
        }),
        ("the state has the permutation's width", |b| {
            let mut state = vec![b.input(0); 3];
            Poseidon2::of_width(4).permute(b, &mut state)
        }),
    ]);
}

#[test]
fn what_is_not_complete_is_not_given_away() {
    stops(&[
        ("digests are aligned to whole cells", |b| {
            let mut transcript = Challenger::new();
            transcript.observe_constant(b, 1);
            let digest = b.input(0);
            transcript.observe_digest(b, &digest)
        }),
        ("the state depends on everything observed", |b| {
            let mut transcript = Challenger::new();
            transcript.observe_constant(b, 1);
            drop(transcript.state())
        }),
        ("settled before the assignment is complete", |b| {
            let mut b = std::mem::replace(b, Builder::new(Mode::Witness, &[]));
            b.defer_reductions();
            drop(b.into_assignment())
        }),
        ("settled before the system is complete", |b| {
            let mut b = std::mem::replace(b, Builder::new(Mode::Witness, &[]));
            b.defer_reductions();
            drop(b.into_matrices())
        }),
        ("matrices exist only while synthesizing", |_| {
            drop(Builder::new(Mode::Witness, &[]).into_matrices())
        }),
    ]);
}

/// A challenge is claimed to be as wide as the bits that it is made of.
#[test]
fn challenge_has_the_bits_that_it_is_made_of() {
    let mut b = Builder::new(Mode::Synthesize, &[]);
    let mut transcript = Challenger::new();
    for challenge in transcript.challenges(&mut b, 6) {
        let (below, above) = challenge.interval();
        assert_eq!((*below, *above), (U256::ZERO, U256::ones(63)));
        assert!(U256::from_fr(&challenge.lc().value()) <= *above);
    }
    b.is_satisfied().unwrap();
}

type Bend = fn(&mut OuterProof);

/// What `assign` checks first, past that check: were a list shorter, queries, foldings or a challenge's quotient would
/// go unseen.
#[test]
fn verifier_walks_no_shorter_list() {
    let cases: [(&str, Bend); 6] = [
        ("every challenge has its quotient chunks", |p| {
            p.proof.openings.quotient_polys.truncate(16)
        }),
        ("one round for each query index", |p| {
            p.proof.opening_proof.query_round_proofs.truncate(20)
        }),
        ("one cap for each folding", |p| {
            p.proof.opening_proof.commit_phase_merkle_caps.truncate(1)
        }),
        ("the final polynomial has its length", |p| {
            p.proof.opening_proof.final_poly.coeffs.truncate(63)
        }),
        ("one leaf for each oracle", |p| {
            let round = &mut p.proof.opening_proof.query_round_proofs[0];
            round.initial_trees_proof.evals_proofs.truncate(3)
        }),
        ("one coset for each folding", |p| {
            p.proof.opening_proof.query_round_proofs[0]
                .steps
                .truncate(1)
        }),
    ];
    cases.par_iter().for_each(|(expected, bend)| {
        let mut proof = fixture().proof.clone();
        bend(&mut proof);
        let said = stopped(|| drop(fixture().circuit.build(Mode::Witness, &proof)));
        let said = said.unwrap_or_default();
        assert!(said.contains(expected), "{expected}: {said}");
    });
}

#[test]
fn circuits_that_are_not_covered_are_refused() {
    type Change = fn(&mut crate::layers::CommonData);
    let cases: [(&str, Change); 2] = [
        ("the outer circuit has no lookups", |common| {
            common.num_lookup_polys = 1
        }),
        ("the outer circuit has no salts", |common| {
            common.fri_params.hiding = true
        }),
    ];
    for (expected, change) in cases {
        let mut common = fixture().data.common.clone();
        change(&mut common);
        let said = stopped(|| drop(Shape::of(&common))).unwrap_or_default();
        assert!(said.contains(expected), "{expected}: {said}");
    }
    // One check fewer than the routed wires need: the last would be left out.
    let mut common = fixture().data.common.clone();
    common.num_partial_products -= 1;
    let circuit = VerifierCircuit::new(common, fixture().data.verifier_only.clone()).unwrap();
    let said = stopped(|| drop(circuit.build(Mode::Witness, &fixture().proof)));
    let expected = "one check for each partial product";
    assert!(said.unwrap_or_default().contains(expected));
}

/// Each word that a proof holds outside its queries has a check of its bits: nothing else refuses a word with a multiple
/// of the order added.
#[test]
fn words_sent_before_the_queries_are_checked() {
    let mut b = Builder::new(Mode::Synthesize, &[Fr::from(0u64); 8]);
    let mut proof = fixture().proof.clone();
    proof.public_inputs.fill(F::ZERO);
    let sent = fixture().circuit.read(&mut b, &proof);
    let elements = sent.openings.at_zeta().chain(&sent.openings.zs_next);
    let elements = elements.chain(&sent.final_poly);
    let mut words: Vec<&Gl> = elements.flat_map(|e| [&e.c0, &e.c1]).collect();
    words.push(&sent.pow_witness);
    words.extend(&sent.public_inputs_hash);
    let checked: std::collections::HashSet<u32> = b.words().iter().map(|(word, _)| *word).collect();
    for (k, word) in words.iter().enumerate() {
        let column = word.lc().single_variable().expect("a word is a variable");
        assert!(checked.contains(&column), "word {k}");
        assert_eq!(word.interval(), (&U256::ZERO, &U256::ones(64)));
    }
}

/// The files of matrices, damaged so that one thing is wrong with them. The counts are those of the file format.
#[test]
fn damage_of_a_matrix_file_is_named() {
    let mut b = Builder::new(Mode::Synthesize, &[Fr::from(9u64)]);
    let root = b.witness(Fr::from(3u64));
    let square = b.input(0);
    b.enforce(&root, &root, &square);
    b.enforce(&root.plus(Fr::from(P)), &root, &root);
    b.enforce(&root, &root, &root);
    let mut bytes = Vec::new();
    b.into_matrices().write_to(&mut bytes).unwrap();
    // Magic, four counts, then the table: two coefficients of 32 bytes. Then the first matrix: the number of its entries,
    // where its rows end (1, 3, 4), and the columns.
    let (table, matrix) = (40, 40 + 64);
    let ends = [8, 12, 16].map(|offset| bytes[matrix + offset]);
    assert_eq!((bytes[32], bytes[matrix], ends), (2, 4, [1, 3, 4]));
    let cases = [
        (0, b'b', "unknown format"),
        (8 + 7, 1, "count over the limit"),
        (16 + 4, 1, "count over the limit"),
        (24 + 4, 1, "count over the limit"),
        (32 + 7, 1, "count over the limit"),
        (table + 31, 0xff, "coefficient not below the prime"),
        (matrix + 7, 1, "count over the limit"),
        (matrix + 8, 4, "rows do not cover the entries"),
        (matrix + 16, 3, "rows do not cover the entries"),
        (matrix + 20, 3, "index out of range"),
    ];
    crate::r1cs::Matrices::read_from(&mut bytes.as_slice()).unwrap();
    for (position, value, expected) in cases {
        let mut damaged = bytes.clone();
        damaged[position] = value;
        let error = crate::r1cs::Matrices::read_from(&mut damaged.as_slice()).unwrap_err();
        assert!(error.to_string().contains(expected), "{position}: {error}");
    }
}
