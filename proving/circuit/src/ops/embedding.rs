//! A committed row for each symbol of the input.
//!
//! # Constraints
//! One lookup for each element of seven lanes of a row: the keys are the symbols, the entries the packed rows as the
//! model commitment has them, and what is found are the packed lanes of the result, range-checked where they are
//! packed. All elements of a row share the counts of their symbol. The table has the keys from 0 to `symbols - 1`
//! alone, so an input lane that is no symbol is refused.
//!
//! # Costs
//! With `E = ceil(width / 7)` elements for each of `T` positions and `V` symbols: `T·E / 4` rows to pack the result,
//! `(T + V) / 24` for each of the `E` columns, `(T·E + V) / 8` for the transcript. 64 positions of 64 lanes with 65
//! symbols take 160 + 60 + 90 rows, and `V·E / 4 + V·E / 8` = 244 rows are the table's, packed and hashed.

use assay_model::Part;
use assay_model::quant::ops::Embedding;
use assay_statement::Lane;

use super::{Checks, Node, Value};
use crate::cost::Purpose;
use crate::gates::Pack;
use crate::layout::{LaneTarget, Layout};
use crate::lookup::{Column, Lookup};

/// Lays out lookups, to be checked when the challenges are squeezed.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Embedding) -> Value {
    let keys = node.input();
    let values = layout.builder.add_virtual_targets(keys.len() * op.width);
    checks.transcript.supply(&values);
    let gate = Pack::full(Lane::Int8);
    let found = layout.count(Purpose::Tables, |layout| {
        let rows = values.chunks(op.width);
        let packed = rows.flat_map(|row| layout.pack(gate, row));
        packed.collect::<Vec<_>>()
    });
    // The packing is injective on what its gate takes, whatever the table holds.
    checks.transcript.absorb_as(&found, &values);
    let table = node.committed().elements(Part::Values);
    let per_row = Lane::Int8.elements(op.width);
    let column = |element: usize| {
        let [table, found] = [table, &found].map(|packed| {
            let of_rows = packed.iter().skip(element).step_by(per_row);
            of_rows.copied().collect::<Vec<_>>()
        });
        Column { table, found }
    };
    let columns = (0..per_row).map(column).collect();
    let lanes = values.iter().copied().map(LaneTarget::checked).collect();
    let lookup = Lookup::of(
        layout,
        &mut checks.transcript,
        node.index,
        (0, keys, columns),
        values,
    );
    checks.lookups.push(lookup);
    Value::Lanes(lanes)
}
