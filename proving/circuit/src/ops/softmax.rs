//! The share of each element's exponential in those of its row.
//!
//! The prover supplies for each row its largest lane and the quotient of a constant and the sum of its exponentials,
//! and for each lane that counts its exponential. What binds them is the module of the operator in `assay-model`, and:
//!
//! - An exponential is found in the committed table by its lane's difference from the largest. The lookup has no
//!   negative key, so no lane is larger than the one supplied, and the product of the row's differences is zero, so
//!   one is as large. Largest lanes and exponentials are in the transcript, so the keys do not depend on the challenge.
//! - The quotient has one value for each sum that is not zero, so it need not be in the transcript.
//!
//! A lane that counts costs 1/7 row for its share, 1/8 for the transcript and 1/24 for the lookup; a row 1/3 for the
//! quotient, 1/8 for the transcript, and what its last seven lanes leave empty. A table costs 11 rows, 32 for the
//! transcript, and the packing of 255 values. Lanes that do not count are constants. 64 rows of which the first 1 to 64
//! lanes count take 325 + 22 + 98 rows and 300 for the transcript: 0.36 a lane that counts, table included.

use assay_model::Part;
use assay_model::quant::ops::Softmax;
use assay_model::quant::ops::softmax::{EXP_BITS, SoftmaxRow};
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};

use super::{Checks, Node, Value};
use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::{Reciprocal, Share};
use crate::layout::{LaneTarget, Layout, Operation};
use crate::lookup::{Column, Lookup};

/// What the prover supplies for each row of one node besides the lookups.
pub struct RowHints {
    /// The node.
    pub node: usize,
    /// The largest lanes.
    pub maxima: Vec<Target>,
    /// The quotients of a constant and the sums.
    pub reciprocals: Vec<Target>,
}

/// Lays out shares. Their lookups are checked when the challenges are squeezed.
pub fn run(layout: &mut Layout, checks: &mut Checks, node: &Node, op: &Softmax) -> Value {
    let (lanes, width) = (node.input(), node.tensors[0].width());
    let count = node.tensors[0].rows();
    let hints = RowHints {
        node: node.index,
        maxima: layout.builder.add_virtual_targets(count),
        reciprocals: layout.builder.add_virtual_targets(count),
    };
    checks.transcript.supply(&hints.maxima);
    checks.transcript.absorb(&hints.maxima);

    let absent = layout.builder.constant(signed(i8::MIN.into()));
    let mut shares = vec![LaneTarget::checked(absent); lanes.len()];
    let [mut keys, mut values] = [Vec::new(), Vec::new()];
    layout.count(Purpose::Activations, |layout| {
        for (row, lanes) in lanes.chunks(width).enumerate() {
            let columns = op.columns(row, width);
            let shares = &mut shares[row * width..][columns.clone()];
            let exponentials = layout.builder.add_virtual_targets(columns.len());
            let given = [hints.maxima[row], hints.reciprocals[row]];
            keys.extend(lay_out_row(
                layout,
                given,
                &lanes[columns],
                &exponentials,
                shares,
            ));
            values.extend(exponentials);
        }
    });
    let mut table = vec![layout.constant(1 << EXP_BITS)];
    table.extend(node.committed().values(Part::Exponentials));
    let transcript = &mut checks.transcript;
    transcript.supply(&values);
    transcript.absorb(&values);
    let found = values.clone();
    let columns = vec![Column { table, found }];
    let lookup = Lookup::of(layout, transcript, node.index, (0, keys, columns), values);
    checks.lookups.push(lookup);
    checks.softmaxes.push(hints);
    Value::Lanes(shares)
}

/// Lays out a row's lanes that count, writes the shares and returns the differences from the largest lane.
fn lay_out_row(
    layout: &mut Layout,
    [max, reciprocal]: [Target; 2],
    lanes: &[Target],
    exponentials: &[Target],
    shares: &mut [LaneTarget],
) -> Vec<Target> {
    let zero = layout.builder.zero();
    let (mut sum, mut product) = (zero, layout.builder.one());
    let mut differences = Vec::with_capacity(lanes.len());
    for (chunk, lanes) in lanes.chunks(Share::LANES).enumerate() {
        let first = chunk * Share::LANES;
        let row = layout.place(Share::new(), &[]);
        let mut connect = |wire, target| layout.builder.connect(row.wire(wire), target);
        connect(Share::MAX, max);
        connect(Share::RECIPROCAL, reciprocal);
        connect(Share::SUM_BEFORE, sum);
        connect(Share::PRODUCT_BEFORE, product);
        for lane in 0..Share::LANES {
            // An absent lane repeats one that counts, so its difference is zero only if that one's is; its
            // exponential is zero, so the sum is without it.
            connect(Share::lane(lane), *lanes.get(lane).unwrap_or(&lanes[0]));
            let exponential = exponentials[first..].get(lane).unwrap_or(&zero);
            connect(Share::exponential(lane), *exponential);
        }
        (sum, product) = (row.wire(Share::SUM_AFTER), row.wire(Share::PRODUCT_AFTER));
        differences.extend((0..lanes.len()).map(|lane| row.wire(Share::difference(lane))));
        write_shares(&row, &mut shares[first..][..lanes.len()]);
    }
    layout.builder.connect(product, zero);
    let quotient = layout.place(Reciprocal::new(), &[]);
    layout.builder.connect(quotient.wire(Reciprocal::SUM), sum);
    (layout.builder).connect(quotient.wire(Reciprocal::RECIPROCAL), reciprocal);
    differences
}

fn write_shares(row: &Operation<Share>, shares: &mut [LaneTarget]) {
    for (lane, share) in shares.iter_mut().enumerate() {
        // The gate has range-checked it.
        *share = LaneTarget::checked(row.wire(Share::share(lane)));
    }
}

/// Returns the keys of a node's lookups in the order of the circuit.
pub fn keys(rows: &[SoftmaxRow], lanes: &[i32], width: usize) -> Vec<i32> {
    let of_row = |(row, lanes): (&SoftmaxRow, &[i32])| {
        let counting = &lanes[row.first..][..row.exponentials.len()];
        let keys = counting.iter().map(|lane| row.max - lane);
        keys.collect::<Vec<_>>()
    };
    let rows = rows.iter().zip(lanes.chunks(width));
    rows.flat_map(of_row).collect()
}

impl RowHints {
    /// Writes the evaluator's hints.
    pub fn assign(
        &self,
        rows: &[SoftmaxRow],
        witness: &mut PartialWitness<F>,
    ) -> anyhow::Result<()> {
        let targets = self.maxima.iter().zip(&self.reciprocals);
        for ((&max, &reciprocal), row) in targets.zip(rows) {
            witness.set_target(max, signed(row.max.into()))?;
            witness.set_target(reciprocal, signed(row.reciprocal))?;
        }
        Ok(())
    }
}
