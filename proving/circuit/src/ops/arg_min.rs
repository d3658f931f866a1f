//! The class decision by the smallest lane.

use plonky2::iop::target::Target;

use super::arg_max;
use crate::cost::Purpose;
use crate::gates::ArgMaxStep;
use crate::layout::Layout;

/// Returns the index of the smallest lane, the lowest one of equals: that of the largest negated lane.
pub fn run(layout: &mut Layout, lanes: &[Target]) -> Target {
    let negated = layout.count(Purpose::Activations, |layout| {
        let negate = |&lane: &Target| layout.builder.neg(lane);
        lanes.iter().map(negate).collect::<Vec<_>>()
    });
    arg_max::run(layout, ArgMaxStep::LANE_BITS, &negated)
}
