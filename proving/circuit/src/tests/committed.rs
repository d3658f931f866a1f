//! Committed data: every part takes its section's range and nothing beyond.

use assay_model::quant::ops::{
    Add, Dense, Embedding, LayerNorm, Parameter, Softmax, Table, TreeEnsemble, TreeResult,
};
use assay_model::{Lanes, NodeData, OpSpec, Part, QuantizedModel};
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::PartialWitness;
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::CircuitData;

use super::models::{random_model, transformer};
use crate::check::{Grid, Rows};
use crate::commitment::model_commitment;
use crate::committed::Committed;
use crate::layout::Layout;
use crate::{C, D, F, Salt, model_config};

/// The committed data of one operator and nothing else.
struct Alone {
    op: OpSpec,
    data: Committed,
    circuit: CircuitData<F, C, D>,
}

impl Alone {
    fn new(op: OpSpec) -> Self {
        let mut layout = Layout::new(CircuitBuilder::new(model_config()));
        let data = Committed::new(&mut layout, &op.sections(0, Lanes::INT8));
        layout.finish();
        let circuit = layout.into_parts().0.build::<C>();
        Self { op, data, circuit }
    }

    /// Returns whether the circuit takes `value` as the last one of a part, all others being the smallest.
    fn accepts(&self, part: Part, value: i32) -> bool {
        let sections = self.op.sections(0, Lanes::INT8);
        let parts = sections.iter().map(|section| {
            let mut values = vec![section.min; section.len];
            if section.part == part {
                values[section.len - 1] = value;
            }
            (section.part, values)
        });
        let mut witness = PartialWitness::new();
        self.data
            .assign(&NodeData::new(parts), &mut witness)
            .unwrap();
        let (prover, common) = (&self.circuit.prover_only, &self.circuit.common);
        generate_partial_witness(witness, prover, common).is_ok_and(|filled| {
            let grid = Grid::of(&filled);
            Rows::of(&self.circuit).check(&grid, &[]).is_ok()
        })
    }
}

/// Biases have a width for each count of products: the narrowest, two of examples, the widest.
#[test]
fn value_one_beyond_its_section_is_refused() {
    let dense = |inputs| {
        OpSpec::Dense(Dense {
            inputs,
            outputs: 2,
            relu: true,
        })
    };
    let trees = |trees| {
        OpSpec::TreeEnsemble(TreeEnsemble {
            trees,
            depth: 1,
            features: 3,
            scores: 1,
            leaf_scores: 1,
            result: TreeResult::Lanes,
        })
    };
    let add = |wide| {
        OpSpec::Add(Add {
            subtract: false,
            relu: false,
            wide,
        })
    };
    for op in [
        dense(1),
        dense(25),
        dense(400),
        dense(1 << 16),
        add(false),
        add(true),
        OpSpec::Table(Table {}),
        OpSpec::Parameter(Parameter { shape: vec![1, 9] }),
        OpSpec::Embedding(Embedding {
            symbols: 2,
            width: 9,
        }),
        trees(1),
        trees(2),
        trees(100),
        OpSpec::Softmax(Softmax { runs: vec![] }),
        OpSpec::LayerNorm(LayerNorm { width: 5 }),
        OpSpec::LayerNorm(LayerNorm { width: 64 }),
    ] {
        let sections = op.sections(0, Lanes::INT8);
        assert!(!sections.is_empty());
        let alone = Alone::new(op);
        for section in sections {
            // Of features the lookup refuses what names no lane: see the tests of trees.
            if section.part == Part::Features {
                continue;
            }
            let (part, min, max) = (section.part, section.min, section.max);
            let accepted = [min, max, min - 1, max + 1].map(|value| alone.accepts(part, value));
            assert_eq!(accepted, [true, true, false, false], "{section:?}");
        }
    }
}

/// Each value of a softmax and of a normalization is in the model commitment.
#[test]
fn every_value_of_shares_and_norms_changes_the_commitment() {
    let architecture = transformer();
    let model = random_model(&architecture, 3);
    let honest = model_commitment(&model, Salt::ZERO).unwrap();
    let mut changed = 0;
    for (index, node) in architecture.nodes.iter().enumerate() {
        if !matches!(node.op, OpSpec::Softmax(_) | OpSpec::LayerNorm(_)) {
            continue;
        }
        let sections = architecture.sections_of(index);
        let places = sections.iter().flat_map(|section| {
            let part = move |at: usize| (*section, at);
            (0..section.len).map(part)
        });
        for (bent, at) in places {
            let parts = sections.iter().map(|section| {
                let mut values = model.data()[index].part(section.part).to_vec();
                if section.part == bent.part {
                    values[at] += if values[at] < bent.max { 1 } else { -1 };
                }
                (section.part, values)
            });
            let mut data = model.data().to_vec();
            data[index] = NodeData::new(parts.collect::<Vec<_>>());
            let bent = QuantizedModel::new(architecture.clone(), *model.scales(), data).unwrap();
            assert_ne!(model_commitment(&bent, Salt::ZERO).unwrap(), honest);
            changed += 1;
        }
    }
    assert_eq!(changed, 2 * 255 + 2 * (1 + 9 + 9));
}
