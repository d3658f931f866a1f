//! The tamper harness: what every gadget's tests run.

use super::{Builder, Matrices, Mode};
use ark_bn254::Fr;
use ark_ff::{One, Zero};
use rayon::prelude::*;

/// Hints of a gadget that is bent in every way.
const SMALL: usize = 700;

/// The rows that only draw the coefficients of deferred reductions.
pub(crate) const DRAWING: &str = "reductions/coefficients";

/// What values are changed by.
fn deltas() -> [Fr; 3] {
    [Fr::one(), -Fr::one(), Fr::from(1u64 << 33)]
}

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
    assert_variables_are_constrained(&matrices, &honest);
    for hint in 0..hints {
        let deltas = deltas();
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

/// Runs a part of the verifier and checks what must hold:
///
/// - each witness variable changed alone violates a row;
/// - each range-checked word is part of a relation: changed alone it violates a row even without its own check and
///   without the sponge that merely binds it;
/// - each such word from hint `from` on, every `stride`-th of them, bent with everything after it derived again
///   violates a row. Those before are what the test hands in.
///
/// Words are all that a prover can bend to any effect: every other hint is a bit or a product, which a row ties to
/// values that come before it.
pub(crate) fn check_part(
    from: usize,
    stride: usize,
    build: impl Fn(Mode, &[(usize, Fr)]) -> Builder + Sync,
) {
    let b = build(Mode::Synthesize, &[]);
    b.is_satisfied().expect("honest values satisfy");
    let matrices = b.rows();
    let first = matrices.num_inputs;
    assert_variables_are_constrained(&matrices, b.assignment());
    assert_eq!(loose_words(&b, &matrices, first + from), Vec::<u32>::new());
    let words = b.words().iter().map(|(column, _)| *column as usize - first);
    let words: Vec<usize> = words.filter(|hint| *hint >= from).collect();
    let chosen: Vec<usize> = words.into_iter().step_by(stride).collect();
    chosen.par_iter().enumerate().for_each(|(k, hint)| {
        let delta = deltas()[k % 3];
        let bent = build(Mode::Witness, &[(*hint, delta)]);
        assert!(
            bent.check().is_err(),
            "hint {hint} bent by {delta} is accepted"
        );
    });
}

fn assert_variables_are_constrained(matrices: &Matrices, assignment: &[Fr]) {
    for delta in deltas() {
        let refused = refused(matrices, assignment, delta, |_| true);
        let free: Vec<usize> = (matrices.num_inputs..refused.len())
            .filter(|column| !refused[*column])
            .collect();
        assert_eq!(
            free,
            Vec::<usize>::new(),
            "variables free to grow by {delta}"
        );
    }
}

/// Returns the columns that a violated row of the chosen ones refuses to change alone by `delta`.
pub(crate) fn refused(
    matrices: &Matrices,
    assignment: &[Fr],
    delta: Fr,
    chosen: impl Fn(usize) -> bool,
) -> Vec<bool> {
    let mut refused = vec![false; assignment.len()];
    for row in (0..matrices.num_constraints()).filter(|row| chosen(*row)) {
        let mut touched: Vec<(usize, [Fr; 3])> = Vec::new();
        let mut values = [Fr::zero(); 3];
        for (side, matrix) in [&matrices.a, &matrices.b, &matrices.c]
            .into_iter()
            .enumerate()
        {
            for (coefficient, column) in matrices.row(matrix, row) {
                values[side] += coefficient * assignment[column];
                if !refused[column] {
                    let mut changes = [Fr::zero(); 3];
                    changes[side] = coefficient * delta;
                    touched.push((column, changes));
                }
            }
        }
        touched.sort_by_key(|(column, _)| *column);
        for group in touched.chunk_by(|x, y| x.0 == y.0) {
            let [a, b, c] =
                [0, 1, 2].map(|k| values[k] + group.iter().map(|(_, d)| d[k]).sum::<Fr>());
            refused[group[0].0] |= a * b != c;
        }
    }
    refused
}

/// Returns the range-checked words, from a column on, that nothing but their own check and the sponge that binds them
/// refuses to change.
pub(crate) fn loose_words(b: &Builder, matrices: &Matrices, from: usize) -> Vec<u32> {
    let mut skipped: Vec<bool> = scopes_of_rows(b)
        .iter()
        .map(|scope| *scope == DRAWING)
        .collect();
    for (_, row) in b.words() {
        skipped[*row] = true;
    }
    let related = refused(matrices, b.assignment(), Fr::one(), |row| !skipped[row]);
    let words = b.words().iter().map(|(word, _)| *word);
    words
        .filter(|word| *word as usize >= from && !related[*word as usize])
        .collect()
}

/// Names the scope of every row.
pub(crate) fn scopes_of_rows(b: &Builder) -> Vec<&str> {
    let mut out = Vec::with_capacity(b.num_constraints());
    for (start, scope) in b.row_scopes() {
        let before = out.last().copied().unwrap_or_default();
        out.resize(start, before);
        out.push(scope);
    }
    let last = out.last().copied().unwrap_or_default();
    out.resize(b.num_constraints(), last);
    out
}
