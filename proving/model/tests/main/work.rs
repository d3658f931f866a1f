//! Limits over all nodes: what is at them is taken, one more is refused by the limit's name.

use assay_model::quant::limits::{MAX_ALL_READS, MAX_ALL_TAPS, MAX_COMMITTED_ELEMENTS, MAX_PADDED};
use assay_model::quant::ops::{Concat, Conv, Dense, Max, MaxPool, OpSpec, Parameter, Slice, Table};
use assay_model::{Architecture, TensorSpec, ValueId, Window};

fn start(shape: &[usize]) -> Architecture {
    Architecture::new(TensorSpec::int8(shape))
}

fn dense(inputs: usize, outputs: usize) -> OpSpec {
    OpSpec::Dense(Dense {
        inputs,
        outputs,
        relu: false,
    })
}

fn pool(kernel: usize, stride: usize) -> OpSpec {
    let window = Window::new(&[kernel]).with_strides(&[stride]);
    OpSpec::MaxPool(MaxPool { window })
}

fn concat(architecture: &mut Architecture, axis: usize, values: &[ValueId]) -> ValueId {
    let op = OpSpec::Concat(Concat { axis });
    architecture.push(op, values).unwrap()
}

/// Returns the first element of a value.
fn first(architecture: &mut Architecture, id: ValueId) -> ValueId {
    let rank = architecture.value(id).shape.len();
    let slice = Slice {
        starts: vec![0; rank],
        sizes: vec![1; rank],
        steps: vec![1; rank],
    };
    architecture.push(OpSpec::Slice(slice), &[id]).unwrap()
}

/// Checks that the first is valid and the second is not, for this reason.
#[track_caller]
fn check(at: &Architecture, beyond: &Architecture, what: &str, limit: usize) {
    at.validate().unwrap();
    let expected = format!("too many {what}: {}, the limit is {limit}", limit + 1);
    assert_eq!(beyond.validate().unwrap_err().to_string(), expected);
}

#[test]
fn taps_of_all_windows_are_limited() {
    let (kernel, windows) = (1 << 12, MAX_ALL_TAPS >> 12);
    let stride = 252;
    let mut at = start(&[1, 1, (windows - 1) * stride + kernel]);
    let pooled = at.push(pool(kernel, stride), &[0]).unwrap();
    first(&mut at, pooled);
    let mut beyond = at.clone();
    beyond.push(pool(1, 1), &[at.output]).unwrap();
    check(&at, &beyond, "taps of all windows", MAX_ALL_TAPS);
}

#[test]
fn many_pools_of_one_input_are_refused_by_the_taps_of_all() {
    let mut architecture = start(&[1, 1, 1 << 18]);
    let mut last = architecture.push(pool(4096, 256), &[0]).unwrap();
    for _ in 1..512 {
        let next = architecture.push(pool(4096, 256), &[0]).unwrap();
        last = architecture
            .push(OpSpec::Max(Max {}), &[last, next])
            .unwrap();
    }
    assert_eq!(architecture.output, last);
    let message = architecture.validate().unwrap_err().to_string();
    let expected = "too many taps of all windows: 8265728, the limit is 4194304";
    assert_eq!(message, expected);
}

#[test]
fn elements_that_all_nodes_read_are_limited() {
    let mut at = start(&[4, 1 << 16]);
    let reads = |_| at.push(dense(1 << 16, 1), &[0]).unwrap();
    let sums = (0..MAX_ALL_READS >> 18).map(reads).collect::<Vec<_>>();
    // What only moves reads nothing.
    let all = concat(&mut at, 1, &sums);
    first(&mut at, all);
    let mut beyond = at.clone();
    beyond.push(OpSpec::Table(Table {}), &[at.output]).unwrap();
    check(&at, &beyond, "elements that nodes read", MAX_ALL_READS);
}

#[test]
fn committed_elements_of_all_nodes_are_limited() {
    let committed = |lanes: usize| {
        let mut architecture = start(&[1, 1]);
        // 2^14 each of weights, biases and multipliers, and a zero point.
        let mut dense = || architecture.push(dense(1, 1 << 14), &[0]).unwrap();
        let outputs = (0..21).map(|_| dense()).collect::<Vec<_>>();
        let larger = |one, other| {
            architecture
                .push(OpSpec::Max(Max {}), &[one, other])
                .unwrap()
        };
        let largest = outputs.into_iter().reduce(larger).unwrap();
        let shape = vec![1, lanes];
        let parameter = OpSpec::Parameter(Parameter { shape });
        let parameter = architecture.push(parameter, &[]).unwrap();
        concat(&mut architecture, 1, &[largest, parameter]);
        architecture
    };
    let left = MAX_COMMITTED_ELEMENTS - 21 * (3 * (1 << 14) + 1);
    let (at, beyond) = (committed(7 * left), committed(7 * left + 1));
    check(&at, &beyond, "committed elements", MAX_COMMITTED_ELEMENTS);
}

#[test]
fn padding_of_a_convolution_is_limited() {
    let conv = |after: usize| {
        let pads = Window::new(&[1]).with_pads(&[MAX_PADDED / 2], &[after]);
        OpSpec::Conv(Conv {
            inputs: 1,
            outputs: 1,
            groups: 1,
            window: pads.with_strides(&[MAX_PADDED / 2]),
            relu: false,
        })
    };
    let mut architecture = start(&[1, 1, MAX_PADDED / 2]);
    let refused = architecture.push(conv(1), &[0]).unwrap_err().to_string();
    let expected = "node 0 (conv): its padded input has 524289 elements, the limit is 524288";
    assert_eq!(refused, expected);
    architecture.push(conv(0), &[0]).unwrap();
    architecture.validate().unwrap();
}
