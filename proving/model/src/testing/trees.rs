//! Random models that begin with decision trees.

use assay_statement::Lane;
use proptest::collection::vec;
use proptest::prelude::*;

use super::arb_model_of;
use crate::quant::ops::{OpSpec, Reshape, Table, TreeEnsemble, TreeResult};
use crate::{Architecture, QuantizedModel, TensorSpec};

/// Returns random ensembles of every kind on int16 lanes, some with an operator that reads their scores.
pub fn arb_tree_architecture() -> impl Strategy<Value = Architecture> {
    let sizes = (1..=5_usize, 1..=4_usize, 1..=9_usize, 1..=4_usize);
    (sizes, any::<bool>(), 0..3, any::<bool>()).prop_map(
        |((rounds, depth, features, scores), single, result, read)| {
            let (scores, result) = match result {
                0 => (scores, TreeResult::Lanes),
                1 => (1, TreeResult::Sign),
                _ => (scores + 1, TreeResult::ArgMax),
            };
            let ensemble = TreeEnsemble {
                trees: if single { rounds * scores } else { rounds },
                depth,
                features,
                scores,
                leaf_scores: if single { 1 } else { scores },
                result,
            };
            let mut architecture = Architecture::new(TensorSpec {
                shape: vec![1, features],
                lane: Lane::Int16,
            });
            let mut push = |op, input| {
                architecture
                    .push(op, &[input])
                    .expect("random trees fit their input")
            };
            let trees = push(OpSpec::TreeEnsemble(ensemble), 0);
            if read && result == TreeResult::Lanes {
                let table = push(OpSpec::Table(Table {}), trees);
                push(
                    OpSpec::Reshape(Reshape {
                        shape: vec![scores],
                    }),
                    table,
                );
            }
            architecture
        },
    )
}

/// Returns a random model of trees with a random input for it, many of whose lanes are thresholds.
pub fn arb_tree_model_and_input() -> impl Strategy<Value = (QuantizedModel, Vec<i16>)> {
    let models = arb_tree_architecture().prop_flat_map(arb_model_of);
    models.prop_flat_map(|model| {
        let lane = prop_oneof![
            6 => -3_i16..=3,
            1 => any::<i16>(),
            1 => Just(i16::MIN),
            1 => Just(i16::MAX),
        ];
        let input = vec(lane, model.architecture().inputs());
        (Just(model), input)
    })
}
