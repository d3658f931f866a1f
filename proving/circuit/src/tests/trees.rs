//! Trees and symbols: keys beyond the table and rows of other keys are refused, costs are pinned, and the examples
//! give what the evaluator gives.

use assay_model::quant::ops::{Embedding, TreeResult};
use assay_model::{Architecture, FloatModel, Lanes, NodeData, OpSpec, Output, Part, quantize};
use plonky2::hash::hash_types::HashOut;
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitData;

use super::models::*;
use crate::check::{Grid, Rows};
use crate::committed::Committed;
use crate::layout::{LaneTarget, Layout};
use crate::lookup::Lookup;
use crate::ops::{Checks, Value, run_all};
use crate::{C, D, F, ModelCircuit, Purpose, model_config, signed};

/// The one node of an architecture, with inputs and data that nothing checks before.
struct Alone {
    data: CircuitData<F, C, D>,
    input: Vec<Target>,
    committed: Committed,
    lookup: Lookup,
    architecture: Architecture,
}

/// What a prover says.
#[derive(Clone)]
struct Claim {
    input: Vec<i32>,
    parts: Vec<(Part, Vec<i32>)>,
    found: Vec<i32>,
    counts: Vec<i32>,
}

impl Alone {
    fn new(architecture: &Architecture, input_of: fn(Vec<Target>) -> Value) -> Self {
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let input = layout.builder.add_virtual_targets(architecture.inputs());
        let sections = architecture.nodes[0].op.sections(0, Lanes::INT8);
        let mut committed = vec![Committed::new(&mut layout, &sections)];
        let mut checks = Checks::default();
        let value = input_of(input.clone());
        run_all(&mut layout, &mut checks, architecture, &committed, value);
        let digest = layout.builder.constant_hash(HashOut::ZERO);
        let challenges = checks.transcript.squeeze(&mut layout, digest, digest);
        let lookup = checks.lookups.pop().unwrap();
        lookup.check(&mut layout, challenges);
        layout.finish();
        Self {
            data: layout.into_parts().0.build::<C>(),
            input,
            committed: committed.pop().unwrap(),
            lookup,
            architecture: architecture.clone(),
        }
    }

    /// A claim with every part's values 1 and 2 in turn.
    fn claim(&self, input: &[i32]) -> Claim {
        let sections = self.architecture.nodes[0].op.sections(0, Lanes::INT8);
        let part = |len: usize| (0..len).map(|i| 1 + i as i32 % 2).collect();
        Claim {
            input: input.to_vec(),
            parts: (sections.iter())
                .map(|section| (section.part, part(section.len)))
                .collect(),
            found: vec![0; self.lookup.values.len()],
            counts: vec![0; self.lookup.counts.len()],
        }
    }

    fn accepts(&self, claim: &Claim) -> bool {
        let mut witness = PartialWitness::new();
        let given = [
            (&self.input, &claim.input),
            (&self.lookup.values, &claim.found),
            (&self.lookup.counts, &claim.counts),
        ];
        for (targets, values) in given {
            for (&target, &value) in targets.iter().zip(values) {
                witness.set_target(target, signed(value.into())).unwrap();
            }
        }
        let data = NodeData::new(claim.parts.clone());
        self.committed.assign(&data, &mut witness).unwrap();
        generate_partial_witness(witness, &self.data.prover_only, &self.data.common)
            .is_ok_and(|filled| Rows::of(&self.data).check(&Grid::of(&filled), &[]).is_ok())
    }
}

#[test]
fn feature_that_names_no_lane_is_refused_with_anything_found() {
    let architecture = forest([1, 2, 3], [1, 1], TreeResult::Sign);
    let lanes =
        |input: Vec<Target>| Value::Lanes(input.into_iter().map(LaneTarget::checked).collect());
    let alone = Alone::new(&architecture, lanes);
    let mut claim = alone.claim(&[-5, 7, 32_767]);
    let features = |claim: &mut Claim, features: [i32; 3]| {
        claim.parts[0] = (Part::Features, features.to_vec());
    };
    features(&mut claim, [2, 0, 2]);
    (claim.found, claim.counts) = (vec![32_767, -5, 32_767], vec![1, 0, 2]);
    assert!(alone.accepts(&claim));
    // Another lane, and the counts as if it were named.
    let mut other = claim.clone();
    (other.found, other.counts) = (vec![32_767, 7, 32_767], vec![0, 1, 2]);
    assert!(!alone.accepts(&other));
    // The last node is not on the way, but its feature is held to the lanes too.
    for feature in [3, -1, 32_767, -32_768] {
        features(&mut claim, [2, 0, feature]);
        for found in [-5, 7, 32_767, 0] {
            for counts in [[1, 0, 1], [1, 0, 2], [2, 0, 1], [1, 1, 1]] {
                (claim.found[2], claim.counts) = (found, counts.to_vec());
                assert!(!alone.accepts(&claim), "{feature} {found} {counts:?}");
            }
        }
    }
}

#[test]
fn number_that_is_no_symbol_is_refused_with_anything_found() {
    let mut builder = Builder::new(&[1, 2]);
    let (symbols, width) = (3, 9);
    builder.push(OpSpec::Embedding(Embedding { symbols, width }));
    let lanes =
        |input: Vec<Target>| Value::Lanes(input.into_iter().map(LaneTarget::checked).collect());
    let alone = Alone::new(&builder.architecture, lanes);
    let table = (0..27).map(|i| i * 9 % 256 - 128).collect::<Vec<i32>>();
    let row = |symbol: usize| table[symbol * width..][..width].to_vec();
    let mut claim = alone.claim(&[2, 0]);
    claim.parts[0] = (Part::Values, table.clone());
    (claim.found, claim.counts) = ([row(2), row(0)].concat(), vec![1, 0, 1]);
    assert!(alone.accepts(&claim));
    // A row of which one lane is another's, in either element, with either's counts.
    for lane in [0, 8] {
        for counts in [[1, 0, 1], [1, 1, 0]] {
            let mut other = claim.clone();
            other.found[lane] = row(1)[lane];
            other.counts = counts.to_vec();
            assert!(!alone.accepts(&other));
        }
    }
    for number in [3, -1, 127, -128] {
        claim.input[1] = number;
        for symbol in 0..symbols {
            claim.found = [row(2), row(symbol)].concat();
            for counts in [[1, 0, 1], [0, 0, 1], [0, 1, 1], [0, 0, 2]] {
                claim.counts = counts.to_vec();
                assert!(!alone.accepts(&claim), "{number} {symbol} {counts:?}");
            }
        }
    }
}

fn example(name: &str) -> Vec<u8> {
    let path = format!("{}/../../examples/trees/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The measurements of each row.
fn table(name: &str, columns: usize) -> Vec<Vec<f32>> {
    let text = String::from_utf8(example(name)).unwrap();
    let row = |line: &str| line.split(',').map(|cell| cell.parse().unwrap()).collect();
    let rows = text.lines().skip(1).map(row);
    rows.map(|row: Vec<f32>| row[..columns].to_vec()).collect()
}

#[test]
fn example_trees_have_the_pinned_cost_and_the_evaluators_output() {
    for (name, features, used, log_rows) in [
        ("classifier-100.onnx", 30, 571, 10),
        ("regressor-100.onnx", 20, 1_142, 11),
    ] {
        let float = FloatModel::load(&example(name)).unwrap();
        let model = quantize(&float, &table("calibration.csv", features)).unwrap();
        let circuit = ModelCircuit::build(model.architecture(), PRIVATE_WEIGHTS).unwrap();
        let cost = circuit.cost();
        let mut case = Case::new(model.architecture(), PRIVATE_WEIGHTS, 5);
        case.model = model;
        for sample in table("held-out.csv", features) {
            case.input = case.model.input_lanes(&sample);
            let words = circuit.witness_only(&case.job()).unwrap();
            let expected = match case.model.evaluate(&case.input).unwrap() {
                Output::Class(class) => class.into(),
                Output::Lanes(lanes) => u64::from((lanes[0] as u8) ^ 0x80),
            };
            assert_eq!(words[13], expected);
        }
        circuit.verify(circuit.prove(&case.job()).unwrap()).unwrap();
        assert_eq!((cost.used(), cost.log_rows), (used, log_rows), "{cost:?}");
    }
}

/// 64 positions of 65 symbols in 64 lanes.
#[test]
fn embedding_has_the_pinned_cost() {
    let mut builder = Builder::new(&[1, 64]);
    builder.push(OpSpec::Embedding(Embedding {
        symbols: 65,
        width: 64,
    }));
    let circuit = ModelCircuit::build(&builder.architecture, ALL_PUBLIC).unwrap();
    let cost = circuit.cost();
    let of_node = |purpose| {
        let counts = cost.rows.iter();
        let rows = counts.filter(|count| count.node == Some(0) && count.purpose == purpose);
        rows.map(|count| count.rows).sum::<usize>()
    };
    let rows = [Purpose::Pack, Purpose::Tables].map(of_node);
    assert_eq!(rows, [162, 220]);
    // The transcript.
    assert_eq!(cost.of(Purpose::Products), 90);
}

/// Symbols and trees to a finished proof.
#[test]
fn symbols_and_trees_are_proved() {
    let mut all = forests();
    all.push(symbols());
    for architecture in all {
        let circuit = ModelCircuit::build(&architecture, ALL_PRIVATE).unwrap();
        let case = Case::new(&architecture, ALL_PRIVATE, 11);
        circuit.verify(circuit.prove(&case.job()).unwrap()).unwrap();
    }
}
