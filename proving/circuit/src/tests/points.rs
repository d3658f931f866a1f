//! The two points of all checks: what they are a hash of, and that nothing is checked at any other.

use assay_model::OpSpec;
use assay_model::quant::ops::Table;
use assay_statement::tags;
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOut;
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, Witness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::config::Hasher;

use super::models::{ALL_PUBLIC, Builder, Case, Random, forests, symbols};
use crate::challenge::Transcript;
use crate::check::{Grid, Rows};
use crate::committed::Committed;
use crate::layout::{LaneTarget, Layout};
use crate::ops::{Checks, Value, run_all};
use crate::{C, F, ModelCircuit, model_config, signed};

/// Squeezes a transcript of these elements and returns the words of both points.
fn squeezed(model: [F; 4], input: [F; 4], elements: &[F]) -> [F; 4] {
    let mut layout = Layout::new(CircuitBuilder::new(model_config()));
    let targets = layout.builder.add_virtual_targets(elements.len());
    let digests = [
        layout.builder.add_virtual_hash(),
        layout.builder.add_virtual_hash(),
    ];
    let mut transcript = Transcript::default();
    transcript.supply(&targets);
    transcript.absorb(&targets);
    let challenges = transcript.squeeze(&mut layout, digests[0], digests[1]);
    layout.finish();
    let data = layout.into_parts().0.build::<C>();
    let mut witness = PartialWitness::new();
    for (&target, &element) in targets.iter().zip(elements) {
        witness.set_target(target, element).unwrap();
    }
    for (digest, elements) in digests.into_iter().zip([model, input]) {
        witness
            .set_hash_target(digest, HashOut { elements })
            .unwrap();
    }
    let filled = generate_partial_witness(witness, &data.prover_only, &data.common).unwrap();
    let [[a0, a1], [b0, b1]] = [challenges.positions.0, challenges.outputs.0];
    [a0, a1, b0, b1].map(|word| filled.get_target(word))
}

#[test]
fn points_are_four_words_of_the_hash_of_tag_length_digests_and_elements() {
    let mut random = Random(71);
    for length in [1, 5, 8, 30] {
        let mut word = || F::from_noncanonical_u64(random.word());
        let (model, input) = ([(); 4].map(|()| word()), [(); 4].map(|()| word()));
        let elements = (0..length).map(|_| word()).collect::<Vec<_>>();
        let head = [tags::CHALLENGE, length].map(F::from_canonical_u64);
        let preimage = [&head[..], &model, &input, &elements].concat();
        let words = squeezed(model, input, &elements);
        assert_eq!(words, PoseidonHash::hash_no_pad(&preimage).elements);

        // One more zero is another transcript, though a sponge without padding may be blind to it.
        let longer = [&elements[..], &[F::ZERO]].concat();
        let longer = squeezed(model, input, &longer);
        assert!(words.iter().zip(&longer).all(|(one, other)| one != other));
    }
}

#[test]
fn every_word_of_the_points_depends_on_every_limb_and_element_and_differs_from_the_others() {
    let (model, input) = ([1, 2, 3, 4], [5, 6, 7, 8]);
    let given = [&model[..], &input, &[9, 10, 11]].concat();
    let words = |bent: Option<usize>| {
        let value = |(at, &value): (usize, &u64)| {
            F::from_canonical_u64(value) + F::from_bool(bent == Some(at))
        };
        let values = given.iter().enumerate().map(value).collect::<Vec<_>>();
        let limbs = |start: usize| std::array::from_fn(|limb| values[start + limb]);
        squeezed(limbs(0), limbs(4), &values[8..])
    };
    let honest = words(None);
    for one in 0..4 {
        assert!((0..one).all(|other| honest[one] != honest[other]));
    }
    for bent in 0..given.len() {
        let bent = words(Some(bent));
        assert!(honest.iter().zip(&bent).all(|(one, other)| one != other));
    }
}

/// Without a product there are challenges too.
#[test]
fn wrong_value_of_a_circuit_of_one_table_is_refused() {
    let mut builder = Builder::new(&[1, 5]);
    builder.push(OpSpec::Table(Table {}));
    let circuit = ModelCircuit::build(&builder.architecture, ALL_PUBLIC).unwrap();
    let case = Case::new(&builder.architecture, ALL_PUBLIC, 5);
    let honest = circuit.assign(&case.job()).unwrap();
    let accepts = |bent: Option<usize>| {
        let bent = bent.map(|index| circuit.supplied()[index]);
        let mut witness = PartialWitness::new();
        for (&target, &value) in &honest.target_values {
            let sign = if value == signed(127) { -1 } else { 1 };
            let delta = if bent == Some(target) { sign } else { 0 };
            witness.set_target(target, value + signed(delta)).unwrap();
        }
        let data = &circuit.data;
        let filled = generate_partial_witness(witness, &data.prover_only, &data.common);
        filled.is_ok_and(|filled| {
            let public = data.prover_only.public_inputs.iter();
            let public = public.map(|&word| filled.get_target(word));
            let public = public.collect::<Vec<_>>();
            Rows::of(data).check(&Grid::of(&filled), &public).is_ok()
        })
    };
    assert!(accepts(None));
    assert!((0..5).all(|value| !accepts(Some(value))));
}

/// What an embedding finds and what trees compare: each is bound before the points are known.
#[test]
fn every_value_that_a_lookup_finds_changes_the_points() {
    let graphs = [vec![symbols()], forests()].concat();
    for architecture in graphs {
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let input = layout.builder.add_virtual_targets(architecture.inputs());
        let lanes = input.iter().copied().map(LaneTarget::checked).collect();
        let nodes = 0..architecture.nodes.len();
        let data = nodes.map(|index| Committed::new(&mut layout, &architecture.sections_of(index)));
        let data = data.collect::<Vec<_>>();
        let mut checks = Checks::default();
        run_all(
            &mut layout,
            &mut checks,
            &architecture,
            &data,
            Value::Lanes(lanes),
        );
        let found = checks
            .lookups
            .iter()
            .flat_map(|lookup| lookup.values.clone());
        let found = found.collect::<Vec<_>>();
        let counts = checks
            .lookups
            .iter()
            .flat_map(|lookup| lookup.counts.clone());
        let sums = checks
            .products
            .iter()
            .flat_map(|product| product.sums.concat());
        let others = counts.chain(sums).collect::<Vec<_>>();
        let digest = layout.builder.constant_hash(HashOut::ZERO);
        let challenges = checks.transcript.squeeze(&mut layout, digest, digest);
        let words = [challenges.positions.0, challenges.outputs.0].concat();
        layout.finish();
        let circuit = layout.into_parts().0.build::<C>();
        let case = Case::new(&architecture, ALL_PUBLIC, 6);
        let squeeze = |bent: Option<usize>| {
            let mut witness = PartialWitness::new();
            for (&target, &lane) in input.iter().zip(&case.input) {
                witness.set_target(target, signed(lane.into())).unwrap();
            }
            for (targets, data) in data.iter().zip(case.model.data()) {
                targets.assign(data, &mut witness).unwrap();
            }
            for (at, &value) in found.iter().enumerate() {
                let value_of = signed(5 + i64::from(bent == Some(at)));
                witness.set_target(value, value_of).unwrap();
            }
            for &other in &others {
                witness.set_target(other, F::ONE).unwrap();
            }
            let (prover, common) = (&circuit.prover_only, &circuit.common);
            let filled = generate_partial_witness(witness, prover, common).unwrap();
            words
                .iter()
                .map(|&word| filled.get_target(word))
                .collect::<Vec<_>>()
        };
        let honest = squeeze(None);
        for bent in 0..found.len() {
            let bent = squeeze(Some(bent));
            assert!(bent.iter().zip(&honest).all(|(one, other)| one != other));
        }
    }
}
