//! The side of a Freivalds check that opens the weights.

use plonky2::iop::target::Target;

use super::sums::{horner_ext, power};
use crate::challenge::Ext;
use crate::gates::WeightColumn;
use crate::layout::Layout;

/// Returns `Σ_j base^(N-1-j) Σ_k w[j][k]·s[k]`, where `w[j]` are the lanes of the packed elements `rows[j]` and
/// lanes beyond the values of `s` count nothing.
pub fn weighted_sum(layout: &mut Layout, base: Ext, rows: &[&[Target]], sums: &[Ext]) -> Ext {
    let zero = layout.builder.zero_extension();
    let no_weights = layout.constant(WeightColumn::ZERO_ELEMENT);
    // Outputs that are not there come first, where they multiply a sum of zero.
    let absent = rows.len().next_multiple_of(WeightColumn::OUTPUTS) - rows.len();
    let mut total = zero;
    for (column, inputs) in sums.chunks(WeightColumn::INPUTS).enumerate() {
        let mut sum = zero;
        for first in (0..rows.len() + absent).step_by(WeightColumn::OUTPUTS) {
            let row = layout.place(WeightColumn, &[]);
            for output in 0..WeightColumn::OUTPUTS {
                let element = (first + output)
                    .checked_sub(absent)
                    .map_or(no_weights, |output| rows[output][column]);
                let wire = row.wire(WeightColumn::element(output));
                layout.builder.connect(wire, element);
            }
            for input in 0..WeightColumn::INPUTS {
                let value = inputs.get(input).copied().unwrap_or(zero);
                layout.connect_pair(row.pair(WeightColumn::input(input)), value);
            }
            layout.connect_pair(row.pair(WeightColumn::BASE), base);
            layout.connect_pair(row.pair(WeightColumn::BEFORE), sum);
            sum = row.pair(WeightColumn::AFTER);
        }
        total = layout.builder.add_extension(total, sum);
    }
    total
}

/// Returns the same over groups of outputs, each with its own values.
pub fn weighted_sum_of_groups(
    layout: &mut Layout,
    base: Ext,
    rows: &[&[Target]],
    groups: &[Vec<Ext>],
) -> Ext {
    let outputs = rows.len() / groups.len();
    let sums = rows
        .chunks(outputs)
        .zip(groups)
        .map(|(rows, sums)| weighted_sum(layout, base, rows, sums))
        .collect::<Vec<_>>();
    let step = power(layout, base, outputs);
    horner_ext(layout, step, &sums)
}
