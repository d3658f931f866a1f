//! Proofs of circuits of many shapes.

use plonky2::fri::reduction_strategies::FriReductionStrategy::{ConstantArityBits, Fixed, MinSize};
use plonky2::gates::gate::GateRef;
use plonky2::plonk::circuit_data::CircuitConfig;

use super::circuits::{chain, recursion};
use crate::{D, F, GatePrograms, Row, Symbol};

fn standard() -> CircuitConfig {
    CircuitConfig::standard_recursion_config()
}

#[test]
fn sizes_and_public_inputs() {
    for (log_rows, public) in [(4, 0), (5, 1), (6, 4), (7, 24), (8, 13)] {
        chain(standard(), log_rows, public).check();
    }
}

#[test]
fn rates_challenges_caps_and_foldings() {
    for (rate_bits, challenges, cap_height, strategy) in [
        (3, 3, 0, Fixed(vec![1, 2])),
        (4, 2, 2, ConstantArityBits(3, 2)),
        (4, 3, 5, Fixed(vec![2, 2])),
        (3, 2, 4, MinSize(None)),
        (5, 1, 1, ConstantArityBits(1, 0)),
        (3, 2, 4, Fixed(Vec::new())),
    ] {
        let mut config = standard();
        config.security_bits = 1;
        config.num_challenges = challenges;
        config.fri_config.rate_bits = rate_bits;
        config.fri_config.cap_height = cap_height;
        config.fri_config.reduction_strategy = strategy;
        config.fri_config.proof_of_work_bits = 5;
        config.fri_config.num_query_rounds = 9;
        chain(config, 6, 3).check();
    }
}

#[test]
fn recursive_verifier() {
    let inner = chain(standard(), 7, 24);
    let case = recursion(standard(), &inner);
    let mut kinds: Vec<String> = case
        .circuit
        .common
        .gates
        .iter()
        .map(|gate| gate.0.id())
        .collect();
    kinds
        .iter_mut()
        .for_each(|id| id.truncate(id.find([' ', '(', '<']).unwrap_or(id.len())));
    for kind in [
        "ArithmeticGate",
        "ArithmeticExtensionGate",
        "BaseSumGate",
        "ConstantGate",
        "CosetInterpolationGate",
        "ExponentiationGate",
        "MulExtensionGate",
        "NoopGate",
        "PoseidonGate",
        "PoseidonMdsGate",
        "PublicInputGate",
        "RandomAccessGate",
        "ReducingGate",
        "ReducingExtensionGate",
    ] {
        assert!(
            kinds.iter().any(|id| id == kind),
            "{kind} is not in {kinds:?}"
        );
    }
    case.check();
    let mut config = standard();
    config.num_challenges = 3;
    config.fri_config.rate_bits = 4;
    config.fri_config.num_query_rounds = 21;
    recursion(config, &inner).check();
}

/// Knows no gate.
struct Nothing;

impl GatePrograms for Nothing {
    fn constraints(&self, _gate: &GateRef<F, D>, _row: Row<'_>) -> Option<Vec<Symbol>> {
        None
    }
}

#[test]
fn unknown_gates_are_evaluated_by_plonky2() {
    chain(standard(), 5, 7).check_with(&Nothing);
}
