//! The tamper harness: what every gadget's tests run.

use super::{Builder, Mode};
use ark_bn254::Fr;
use ark_ff::One;

/// Hints of a gadget that is bent in every way.
const SMALL: usize = 700;

/// Runs a gadget on public inputs and checks what must hold for each:
///
/// - it is satisfied, both modes give the same assignment, and the recorded rows hold;
/// - its matrices do not depend on the values (`other` inputs may violate it, and change nothing);
/// - each witness variable changed alone violates a row;
/// - each hint bent with everything after it derived again violates a row.
pub(crate) fn check_gadget(inputs: &[u64], other: &[u64], gadget: impl Fn(&mut Builder)) {
    let inputs: Vec<Fr> = inputs.iter().map(|v| Fr::from(*v)).collect();
    let other: Vec<Fr> = other.iter().map(|v| Fr::from(*v)).collect();
    check_gadget_fr(&inputs, &other, gadget);
}

/// As [`check_gadget`], with any field elements as inputs.
pub(crate) fn check_gadget_fr(inputs: &[Fr], other: &[Fr], gadget: impl Fn(&mut Builder)) {
    let run = |mode, inputs: &[Fr], bend: Option<(usize, Fr)>| {
        let mut b = Builder::new(mode, inputs);
        if let Some((hint, delta)) = bend {
            b.bend_hint(hint, delta);
        }
        gadget(&mut b);
        b
    };
    let synthesized = run(Mode::Synthesize, inputs, None);
    synthesized
        .is_satisfied()
        .expect("an honest assignment satisfies");
    let honest = synthesized.assignment().to_vec();
    let hints = synthesized.num_witness();
    assert_eq!(
        run(Mode::Witness, inputs, None).assignment(),
        honest,
        "both modes agree"
    );
    let matrices = synthesized.into_matrices();
    assert_eq!(
        matrices,
        run(Mode::Synthesize, other, None).into_matrices(),
        "structure is independent of values"
    );
    assert_eq!(matrices.first_unsatisfied(&honest), None);
    for hint in 0..hints {
        let mut bent = honest.clone();
        bent[matrices.num_inputs + hint] += Fr::one();
        assert!(
            matrices.first_unsatisfied(&bent).is_some(),
            "witness variable {hint} is not constrained"
        );
        let deltas = [Fr::one(), -Fr::one(), Fr::from(1u64 << 33)];
        // Every delta for small gadgets, one for each hint of large ones.
        let chosen = if hints <= SMALL {
            &deltas[..]
        } else {
            &deltas[hint % 3..=hint % 3]
        };
        for delta in chosen {
            let bent = run(Mode::Witness, inputs, Some((hint, *delta)));
            assert!(
                bent.check().is_err(),
                "hint {hint} bent by {delta} is accepted"
            );
        }
    }
}
