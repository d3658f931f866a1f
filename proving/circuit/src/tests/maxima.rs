//! A prover names the largest lane of a row of a softmax: a lane that no lane is, with exponentials, counts and a
//! quotient that agree with it, is refused by whole circuits with their own transcript.

use assay_model::quant::ops::Softmax;
use assay_model::quant::ops::softmax::{ENTRIES, EXP_BITS, NUMERATOR};
use assay_model::{Architecture, NodeData, OpSpec, Part, QuantizedModel};
use plonky2::iop::target::Target;

use super::models::{ALL_PUBLIC, Builder, Case, Random};
use super::refill::Refill;
use crate::{F, ModelCircuit, signed};

/// Every exponential but that of the largest lane. All alike and large, so that a sum is in its range whatever the
/// differences are.
const EXPONENTIAL: i64 = 20_000;

fn softmax(shape: &[usize], runs: Vec<[usize; 2]>) -> (Architecture, Softmax) {
    let mut builder = Builder::new(shape);
    let op = Softmax { runs };
    builder.push(OpSpec::Softmax(op.clone()));
    (builder.architecture, op)
}

/// Returns found exponentials, counts, largest lanes and quotients if the first row's largest lane is so much more.
fn claim(op: &Softmax, input: &[i16], width: usize, more: i64) -> Vec<i64> {
    let [mut found, mut maxima, mut quotients] = [Vec::new(), Vec::new(), Vec::new()];
    let mut counts = vec![0; ENTRIES + 1];
    for (row, lanes) in input.chunks(width).enumerate() {
        let lanes = lanes[op.columns(row, width)].iter();
        let lanes = lanes.map(|&lane| i64::from(lane)).collect::<Vec<_>>();
        let largest = lanes.iter().max().unwrap() + if row == 0 { more } else { 0 };
        let mut sum = 0;
        for lane in lanes {
            let difference = usize::try_from(largest - lane).unwrap();
            counts[difference] += 1;
            let of_largest = difference == 0;
            let exponential = if of_largest {
                1 << EXP_BITS
            } else {
                EXPONENTIAL
            };
            sum += exponential;
            found.push(exponential);
        }
        maxima.push(largest);
        quotients.push(NUMERATOR / sum);
    }
    [found, counts, maxima, quotients].concat()
}

#[test]
fn largest_lane_that_no_lane_is_is_refused_with_all_else_consistent() {
    // One gate of a row, several, and rows of which some lanes count.
    for (shape, runs) in [
        (&[1, 5][..], vec![]),
        (&[1, 3, 16], vec![]),
        (&[1, 4, 9], vec![[0, 1], [0, 9], [2, 5], [1, 9]]),
    ] {
        let (architecture, op) = softmax(shape, runs);
        let circuit = ModelCircuit::build(&architecture, ALL_PUBLIC).unwrap();
        let mut case = Case::new(&architecture, ALL_PUBLIC, 7);
        let mut random = Random(81);
        // Differences stay in the table with 100 more.
        case.input.fill_with(|| random.below(150) as i16 - 128);
        let table = vec![EXPONENTIAL as i32; ENTRIES];
        let data = NodeData::new([(Part::Exponentials, table)]);
        let scales = *case.model.scales();
        case.model = QuantizedModel::new(architecture.clone(), scales, vec![data]).unwrap();

        let refill = Refill::new(&circuit, &case);
        let supplied = circuit.supplied();
        let changes = |more| {
            let values = claim(&op, &case.input, *shape.last().unwrap(), more);
            assert_eq!(values.len(), supplied.len());
            let pairs = supplied.iter().copied().zip(values);
            pairs
                .map(|(target, value)| (target, signed(value)))
                .collect::<Vec<(Target, F)>>()
        };
        assert!(refill.accepts(&changes(0)), "{shape:?}");
        for more in [1, 7, 100] {
            assert!(!refill.accepts(&changes(more)), "{shape:?}: {more} more");
        }
    }
}
