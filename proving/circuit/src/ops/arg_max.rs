//! The class decision.

use plonky2::field::types::Field;
use plonky2::iop::target::Target;

use crate::cost::Purpose;
use crate::field::F;
use crate::gates::ArgMaxStep;
use crate::layout::Layout;

/// Returns the index of the largest lane, the lowest one of equals. Only differences of lanes need to be those of
/// int8 lanes.
///
/// # Panics
/// If there is no lane: a checked architecture has one.
pub fn run(layout: &mut Layout, lanes: &[Target]) -> Target {
    let (first, rest) = lanes.split_first().expect("an ArgMax has lanes");
    let mut best = *first;
    let mut at = layout.builder.zero();
    let gate = ArgMaxStep::new();
    layout.count(Purpose::Activations, |layout| {
        for (i, &lane) in rest.iter().enumerate() {
            let step = layout.place(gate, &[]);
            let index = layout.builder.constant(F::from_canonical_usize(i + 1));
            for (wire, target) in [
                (ArgMaxStep::VALUE, lane),
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
