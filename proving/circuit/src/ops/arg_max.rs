//! The class decision.

use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::cost::Purpose;
use crate::field::F;
use crate::gates::ArgMaxStep;
use crate::layout::Layout;

/// Returns the index of the largest value, the lowest one of equals. Any two differ by less than 2^`bits`.
///
/// # Panics
/// If there is no value: a checked architecture has one.
pub fn run(layout: &mut Layout, bits: u32, values: &[Target]) -> Target {
    let (first, rest) = values.split_first().expect("an ArgMax has values");
    let mut best = *first;
    let mut at = layout.builder.zero();
    let gate = ArgMaxStep::new(bits);
    layout.count(Purpose::Activations, |layout| {
        for (i, &value) in rest.iter().enumerate() {
            let step = layout.place(gate, &[]);
            let index = layout.constant_of(F::from_canonical_usize(i + 1));
            for (wire, target) in [
                (ArgMaxStep::VALUE, value),
                (ArgMaxStep::INDEX, index),
                (ArgMaxStep::BEST, best),
                (ArgMaxStep::AT, at),
            ] {
                layout.builder.connect(step.wire(wire), target);
            }
            best = step.wire(ArgMaxStep::NEXT_BEST);
            at = step.wire(ArgMaxStep::NEXT_AT);
        }
    });
    at
}
