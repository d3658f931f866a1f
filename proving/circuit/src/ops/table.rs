//! Any function of one lane, as a table that the model commits to.

use assay_model::Part;

use super::{Checks, Node, Value};
use crate::layout::{LaneTarget, Layout};
use crate::lookup::Lookup;

/// Lays out lookups, to be checked when the challenges are squeezed.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node) -> Value {
    let table = node.committed().values(Part::Table);
    let keys = node.inputs[0].lanes();
    let lookup = Lookup::new(layout, &mut checks.transcript, node.index, table, keys);
    let values = lookup.values.iter().copied();
    // The lookup has range-checked the values where it packs them.
    let lanes = values.map(LaneTarget::checked).collect();
    checks.lookups.push(lookup);
    Value::Lanes(lanes)
}
