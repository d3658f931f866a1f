//! The class decision by the smallest lane.

use plonky2::iop::target::Target;

use super::arg_max;
use crate::cost::Purpose;
use crate::layout::Layout;

/// Returns the index of the smallest lane, the lowest one of equals: that of the largest negated lane. Any two
/// differ by less than 2^`bits`.
pub fn run(layout: &mut Layout, bits: u32, lanes: &[Target]) -> Target {
    let negated = layout.count(Purpose::Activations, |layout| {
        let negate = |&lane: &Target| {
            layout.make_room(0);
            layout.builder.neg(lane)
        };
        lanes.iter().map(negate).collect::<Vec<_>>()
    });
    arg_max::run(layout, bits, &negated)
}
