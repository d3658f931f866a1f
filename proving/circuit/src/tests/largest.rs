//! A softmax takes a row's largest lane, which the prover supplies: one that no lane is gives shares that add up as
//! well.

use std::collections::HashMap;

use assay_model::quant::ops::Softmax;
use assay_model::quant::ops::softmax::{EXP_BITS, NUMERATOR};
use assay_model::{OpSpec, Part};
use plonky2::field::types::Field;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, Witness, WitnessWrite};

use super::models::{ALL_PUBLIC, Builder, Case, random_model};
use crate::check::{Grid, Rows};
use crate::{F, ModelCircuit, signed};

/// Everything that the prover supplies of a row of equal lanes, were the largest lane `beyond` more than they are.
fn claim(circuit: &ModelCircuit, exponential: i64, width: usize, beyond: usize) -> Vec<F> {
    let exponentials = vec![signed(exponential); width];
    let mut counts = vec![F::ZERO; 256];
    counts[beyond] = F::from_canonical_usize(width);
    let max = signed(7 + beyond as i64);
    let reciprocal = signed(NUMERATOR / (exponential * width as i64));
    let claim = [exponentials, counts, vec![max, reciprocal]].concat();
    assert_eq!(claim.len(), circuit.supplied().len());
    claim
}

#[test]
fn largest_lane_that_no_lane_is_is_refused_with_consistent_shares() {
    for width in [1, 4, 7, 9] {
        let mut builder = Builder::new(&[1, width]);
        builder.push(OpSpec::Softmax(Softmax { runs: vec![] }));
        let circuit = ModelCircuit::build(&builder.architecture, ALL_PUBLIC).unwrap();
        let models = (0..).map(|seed| random_model(&builder.architecture, seed));
        let of_next =
            |model: &assay_model::QuantizedModel| model.data()[0].part(Part::Exponentials)[0];
        let mut models = models.filter(|model| of_next(model) > 1 << 14);
        let model = models.next().unwrap();
        let next = i64::from(of_next(&model));
        let case = Case::of(model, vec![7_i16; width]);
        let honest = circuit.assign(&case.job()).unwrap();
        let accepts = |claim: Vec<F>| {
            let supplied = circuit.supplied().into_iter().zip(claim);
            let supplied: HashMap<Target, F> = supplied.collect();
            let mut witness = PartialWitness::new();
            for (target, value) in &honest.target_values {
                let value = *supplied.get(target).unwrap_or(value);
                witness.set_target(*target, value).unwrap();
            }
            let data = &circuit.data;
            let filled = generate_partial_witness(witness, &data.prover_only, &data.common);
            filled.is_ok_and(|filled| {
                let public = data.prover_only.public_inputs.iter();
                let public: Vec<F> = public.map(|&word| filled.get_target(word)).collect();
                Rows::of(data).check(&Grid::of(&filled), &public).is_ok()
            })
        };
        assert!(accepts(claim(&circuit, 1 << EXP_BITS, width, 0)));
        assert!(!accepts(claim(&circuit, next, width, 1)), "{width}");
        // Nor do shares follow another quotient than that of their sum.
        for error in [F::ONE, F::NEG_ONE] {
            let mut other = claim(&circuit, 1 << EXP_BITS, width, 0);
            *other.last_mut().unwrap() += error;
            assert!(!accepts(other), "{width}");
        }
    }
}
