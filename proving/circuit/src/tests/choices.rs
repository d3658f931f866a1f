//! Comparisons and what chooses by them, of lanes that are smaller, equal and larger.

use assay_model::quant::ops::{Compare, Relation, Transpose, Where};
use assay_model::{Architecture, OpSpec};

use super::circuit::holds;
use super::models::{ALL_PUBLIC, Builder, Case, random_model};
use crate::ModelCircuit;

/// Lanes, and the same with lines and columns exchanged: off the diagonal pairs go both ways, on it they are equal.
const LANES: [i16; 9] = [3, -128, 5, 127, 0, -1, 5, 1, 127];

fn exchanged() -> Builder {
    let mut builder = Builder::new(&[1, 3, 3]);
    let permutation = vec![0, 2, 1];
    builder.push(OpSpec::Transpose(Transpose { permutation }));
    builder
}

fn circuit_gives_what_the_evaluator_gives(architecture: &Architecture) {
    let circuit = ModelCircuit::build(architecture, ALL_PUBLIC).unwrap();
    let model = random_model(architecture, 1);
    holds(&circuit, &Case::of(model, LANES.to_vec()));
}

#[test]
fn every_relation_is_that_of_the_evaluator() {
    for relation in [Relation::Less, Relation::LessOrEqual, Relation::Equal] {
        let mut builder = exchanged();
        let compare = OpSpec::Compare(Compare { relation });
        builder.architecture.push(compare, &[0, 1]).unwrap();
        circuit_gives_what_the_evaluator_gives(&builder.architecture);
    }
}

#[test]
fn choice_is_the_first_where_the_condition_holds_and_else_the_second() {
    let mut builder = exchanged();
    let relation = Relation::Less;
    let compare = OpSpec::Compare(Compare { relation });
    builder.architecture.push(compare, &[0, 1]).unwrap();
    let choice = OpSpec::Where(Where {});
    builder.architecture.push(choice, &[2, 0, 1]).unwrap();
    circuit_gives_what_the_evaluator_gives(&builder.architecture);
}
