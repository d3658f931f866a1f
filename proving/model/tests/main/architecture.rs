//! Which shapes are refused, and with which words.

use assay_model::quant::limits::{
    FORMAT, MAX_ACTIVATIONS, MAX_NODE_INPUTS, MAX_NODES, MAX_OUTPUTS, MAX_PRODUCTS, MAX_WEIGHTS,
    accumulator_bound, bias_bits, bias_max, bias_min,
};
use assay_model::quant::ops::{
    Add, ArgMax, Concat, Conv, Dense, Expand, Matmul, Max, MaxPool, Min, Mul, OpSpec, Pad,
    Parameter, Reshape, Resize, Slice, Sum, Table, Transpose, Where,
};
use assay_model::{
    Architecture, ModelError, NodeSpec, Part, Quantization, QuantizedModel, Scale, Scales,
    SectionSpec, TensorSpec, ValueId, Window,
};
use assay_statement::Lane;

fn dense(inputs: usize, outputs: usize) -> OpSpec {
    OpSpec::Dense(Dense {
        inputs,
        outputs,
        relu: false,
    })
}

fn reshape(shape: &[usize]) -> OpSpec {
    OpSpec::Reshape(Reshape {
        shape: shape.to_vec(),
    })
}

/// Returns an architecture whose results have the shapes given, right or wrong.
fn unchecked(input: &[usize], nodes: &[(OpSpec, &[ValueId], &[usize])]) -> Architecture {
    let nodes = nodes.iter().map(|(op, inputs, shape)| NodeSpec {
        op: op.clone(),
        inputs: inputs.to_vec(),
        tensor: TensorSpec::int8(shape),
    });
    let nodes: Vec<NodeSpec> = nodes.collect();
    Architecture {
        output: nodes.len(),
        nodes,
        ..Architecture::new(TensorSpec::int8(input))
    }
}

#[track_caller]
fn check(architecture: &Architecture, expected: &str) {
    let message = architecture.validate().unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

/// Checks the refusal of one operator on an input.
#[track_caller]
fn refused(input: &[usize], op: OpSpec, expected: &str) {
    let mut architecture = Architecture::new(TensorSpec::int8(input));
    let message = architecture.push(op, &[0]).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn conditions_that_lead_nowhere_are_refused() {
    let choice = OpSpec::Where(Where {});
    let ahead: [ValueId; 3] = [1_000_000, 0, 0];
    check(
        &unchecked(&[1, 1], &[(choice.clone(), &ahead, &[1, 1])]),
        "reads value 1000000, expected at most 0",
    );
    // A movement that reads itself.
    let circle: [(OpSpec, &[ValueId], &[usize]); 2] = [
        (reshape(&[1, 1]), &[1], &[1, 1]),
        (choice, &[1, 0, 0], &[1, 1]),
    ];
    check(
        &unchecked(&[1, 1], &circle),
        "reads value 1, expected at most 0",
    );
}

#[test]
fn shapes_beyond_the_limits_are_refused() {
    check(&unchecked(&[1], &[]), "no nodes");
    check(
        &unchecked(&[1, 0], &[(reshape(&[0]), &[0], &[0])]),
        "has no elements",
    );
    check(
        &unchecked(&[1; 7], &[(reshape(&[1]), &[0], &[1])]),
        "rank 7, the limit is 6",
    );
    let wide = MAX_ACTIVATIONS + 1;
    check(
        &unchecked(&[wide], &[(reshape(&[wide]), &[0], &[wide])]),
        "which is the limit",
    );
    check(
        &unchecked(&[usize::MAX, 3], &[(dense(3, 1), &[0], &[1])]),
        "which is the limit",
    );
    let many = vec![(reshape(&[1]), &[0][..], &[1][..]); MAX_NODES + 1];
    check(&unchecked(&[1], &many), "too many nodes: 1025");
    let inputs = vec![0; MAX_NODE_INPUTS + 1];
    let concat = OpSpec::Concat(Concat { axis: 0 });
    check(
        &unchecked(&[1], &[(concat, &inputs, &[65])]),
        "too many inputs of a node: 65",
    );
    refused(
        &[1],
        dense(1, MAX_OUTPUTS + 1),
        "16385 outputs, expected 1 to 16384",
    );
    let (k, n) = (MAX_PRODUCTS, MAX_WEIGHTS / MAX_PRODUCTS + 1);
    check(
        &unchecked(&[k], &[(dense(k, n), &[0], &[n])]),
        "too many weights",
    );
    check(
        &unchecked(&[k + 1], &[(dense(k + 1, 1), &[0], &[1])]),
        "65537 products, expected 1 to 65536",
    );
    let mut large = Architecture::new(TensorSpec::int8(&[MAX_ACTIVATIONS]));
    for id in 0..16 {
        large.push(reshape(&[1, MAX_ACTIVATIONS]), &[id]).unwrap();
    }
    check(&large, "too many elements of all values");
    let mut slow = Architecture::new(TensorSpec::int8(&[1 << 15, 8]));
    slow.push(dense(8, 8), &[0]).unwrap();
    slow.push(reshape(&[1, 512, 512]), &[1]).unwrap();
    let conv = Conv {
        inputs: 1,
        outputs: 1,
        groups: 1,
        window: Window::new(&[5000]).with_pads(&[2499], &[2500]),
        relu: false,
    };
    slow.push(reshape(&[1, 1, 1 << 18]), &[2]).unwrap();
    slow.push(OpSpec::Conv(conv), &[3]).unwrap();
    check(&slow, "too many multiply-adds");
}

#[test]
fn wiring_that_cannot_be_is_refused() {
    check(
        &unchecked(&[2], &[(dense(2, 1), &[1], &[1])]),
        "reads value 1, expected at most 0",
    );
    check(
        &unchecked(&[2], &[(dense(3, 1), &[0], &[1])]),
        "takes rows of 3, but shape [2] reaches it",
    );
    check(
        &unchecked(&[2], &[(dense(2, 3), &[0], &[4])]),
        "expected TensorSpec",
    );
    check(
        &unchecked(&[2], &[(dense(2, 3), &[], &[3])]),
        "0 inputs, expected 1",
    );
    let two: [(OpSpec, &[ValueId], &[usize]); 2] =
        [(dense(2, 3), &[0], &[3]), (dense(2, 1), &[0], &[1])];
    check(
        &unchecked(&[2], &two),
        "node 0 has a result that no node reads",
    );
    let mut early = unchecked(&[2], &two);
    early.output = 1;
    check(&early, "node 1 has a result that no node reads");
    early.output = 3;
    check(&early, "model output is value 3, expected 1 to 2");
    early.output = 0;
    check(&early, "model output is value 0");
    let mut classes = Architecture::new(TensorSpec::int8(&[2]));
    classes.push(OpSpec::ArgMax(ArgMax {}), &[0]).unwrap();
    classes.validate().unwrap();
    classes.push(reshape(&[1, 1]), &[1]).unwrap();
    check(&classes, "can only be the output");
    let other = Architecture {
        format: 1,
        ..classes
    };
    let expected = ModelError::UnknownFormat {
        expected: FORMAT,
        got: 1,
    };
    assert_eq!(other.validate(), Err(expected));
}

#[test]
fn operators_that_do_not_fit_are_refused() {
    let conv = |bend: fn(&mut Conv)| {
        let mut conv = Conv {
            inputs: 2,
            outputs: 4,
            groups: 1,
            window: Window::new(&[3, 3]),
            relu: false,
        };
        bend(&mut conv);
        OpSpec::Conv(conv)
    };
    let image = [1, 2, 5, 4];
    Architecture::new(TensorSpec::int8(&image))
        .push(conv(|_| ()), &[0])
        .unwrap();
    refused(&[1, 3, 5, 4], conv(|_| ()), "but 3 reach it");
    refused(&[2, 2, 5, 4], conv(|_| ()), "expected [1, channels, ..]");
    refused(&[1, 2, 5, 4, 1], conv(|_| ()), "3 spatial dimensions");
    refused(&[1, 2], conv(|_| ()), "0 spatial dimensions");
    refused(
        &[1, 2, 2, 4],
        conv(|_| ()),
        "a window of 3 does not fit 2 positions of axis 0",
    );
    refused(
        &image,
        conv(|conv| conv.groups = 0),
        "0 groups do not divide",
    );
    refused(
        &image,
        conv(|conv| conv.groups = 4),
        "4 groups do not divide",
    );
    refused(&image, conv(|conv| conv.outputs = 0), "0 outputs");
    refused(
        &image,
        conv(|conv| conv.window.kernel = vec![3, 0]),
        "kernel is [3, 0]",
    );
    refused(
        &image,
        conv(|conv| conv.window.strides = vec![1]),
        "strides is [1]",
    );
    refused(
        &image,
        conv(|conv| conv.window.dilations = vec![usize::MAX; 2]),
        "dilations is",
    );
    refused(
        &image,
        conv(|conv| conv.window.pads_before = vec![usize::MAX; 2]),
        "pads_before is",
    );
    refused(
        &image,
        conv(|conv| conv.window.kernel = vec![MAX_ACTIVATIONS; 2]),
        "does not fit 5",
    );
    let pool = |window| OpSpec::MaxPool(MaxPool { window });
    let pads = Window::new(&[2]).with_pads(&[2], &[0]);
    refused(
        &[1, 1, 4],
        pool(pads),
        "window 0 of axis 0 lies on padding only",
    );
    let pads = Window::new(&[2]).with_dilations(&[3]).with_pads(&[0], &[4]);
    refused(
        &[1, 1, 2],
        pool(pads),
        "window 2 of axis 0 lies on padding only",
    );
    refused(&[2, 3], reshape(&[7]), "cannot reshape [2, 3] to [7]");
    refused(&[2, 3], reshape(&[usize::MAX, 2, 3]), "cannot reshape");
    for permutation in [vec![0], vec![0, 0], vec![1, 2], vec![0, 1, 2]] {
        refused(
            &[2, 3],
            OpSpec::Transpose(Transpose { permutation }),
            "each of 2 dimensions once",
        );
    }
    let slice = |start, size, step| {
        OpSpec::Slice(Slice {
            starts: vec![start],
            sizes: vec![size],
            steps: vec![step],
        })
    };
    for bad in [
        slice(0, 5, 1),
        slice(4, 1, 1),
        slice(0, 2, -1),
        slice(0, 0, 1),
        slice(0, 1, 0),
    ] {
        refused(&[4], bad, "not within axis 0 of 4");
    }
    refused(&[4], slice(usize::MAX, usize::MAX, i32::MAX), "not within");
    refused(
        &[4, 1],
        slice(0, 1, 1),
        "one start, size and step for each of 2",
    );
    refused(
        &[2, 3],
        OpSpec::Concat(Concat { axis: 2 }),
        "axis 2 of shape [2, 3]",
    );
    let pad = OpSpec::Pad(Pad {
        before: vec![usize::MAX],
        after: vec![0],
    });
    refused(&[2], pad, "expected 1 numbers up to");
    let expand = |shape: &[usize]| {
        OpSpec::Expand(Expand {
            shape: shape.to_vec(),
        })
    };
    refused(&[2, 3], expand(&[3]), "cannot expand");
    refused(&[2, 3], expand(&[4, 3]), "cannot expand");
    refused(&[2, 1], expand(&[2, 0]), "has no elements");
    let resize = |axis, indices: &[usize]| {
        OpSpec::Resize(Resize {
            axis,
            indices: indices.to_vec(),
        })
    };
    refused(&[2], resize(1, &[0]), "axis 1 of shape [2]");
    refused(&[2], resize(0, &[0, 2]), "index 2 of axis 0 of 2");
    refused(&[2], resize(0, &[]), "has no elements");
}

#[test]
fn operators_on_values_that_do_not_fit_are_refused() {
    let two = |shape: &[usize], op: OpSpec, inputs: &[ValueId], expected: &str| {
        let mut architecture = Architecture::new(TensorSpec::int8(shape));
        architecture
            .push(dense(shape[shape.len() - 1], 1), &[0])
            .unwrap();
        let message = architecture.push(op, inputs).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    };
    let add = || {
        OpSpec::Add(Add {
            subtract: false,
            relu: false,
            wide: false,
        })
    };
    two(&[1, 2], add(), &[0, 1], "are not the same");
    two(&[1, 2], add(), &[0], "1 inputs, expected 2");
    two(&[1, 2], OpSpec::Mul(Mul {}), &[0, 1], "are not the same");
    two(&[1, 2], OpSpec::Max(Max {}), &[1, 0], "are not the same");
    two(&[1, 2], OpSpec::Min(Min {}), &[1, 0], "are not the same");
    let matmul = |inner| OpSpec::Matmul(Matmul { inner });
    two(
        &[3, 2],
        matmul(2),
        &[0, 1],
        "cannot multiply [3, 2] and [3, 1] over 2",
    );
    two(&[2, 2], matmul(3), &[0, 0], "cannot multiply");
    two(&[2], matmul(2), &[0, 0], "cannot multiply");
    let parameter = |shape: &[usize]| {
        OpSpec::Parameter(Parameter {
            shape: shape.to_vec(),
        })
    };
    two(&[2], parameter(&[2]), &[0], "1 inputs, expected none");
    two(&[2], parameter(&[usize::MAX, 2]), &[], "which is the limit");
    let sum = |window| OpSpec::Sum(Sum { window });
    two(
        &[1, 4],
        sum(Window::new(&[2])),
        &[0],
        "0 spatial dimensions",
    );
    two(
        &[2, 1, 4],
        sum(Window::new(&[2])),
        &[0],
        "expected [1, channels, ..]",
    );
    let wide = Window::new(&[1 << 12]).with_pads(&[1 << 12], &[1 << 12]);
    two(
        &[1, 1, 1],
        sum(wide),
        &[0],
        "taps in all, which is the limit",
    );
    let k = 1 << 16;
    let product = [
        (reshape(&[k, 1]), &[0][..], &[k, 1][..]),
        (matmul(k), &[0, 1], &[1, 1]),
    ];
    check(
        &unchecked(&[1, k], &product),
        "node 1 can accumulate 4261478400",
    );
}

#[test]
fn concatenation_takes_tensors_that_differ_along_its_axis() {
    let mut architecture = Architecture::new(TensorSpec::int8(&[2, 3]));
    architecture.push(dense(3, 1), &[0]).unwrap();
    let concat = |axis| OpSpec::Concat(Concat { axis });
    let message = architecture
        .push(concat(0), &[0, 1])
        .unwrap_err()
        .to_string();
    assert!(message.contains("differ in more than axis 0"), "{message}");
    architecture.push(concat(1), &[0, 1, 0]).unwrap();
    assert_eq!(architecture.value(2).shape, [2, 7]);
    architecture.validate().unwrap();
}

#[test]
fn bias_width_follows_the_products() {
    let check = |products: usize, bits: u32| {
        assert_eq!(bias_bits(products, Lane::Int8), bits, "{products}");
        assert_eq!(
            i64::from(bias_min(products, Lane::Int8)),
            -(1_i64 << (bits - 1))
        );
        assert_eq!(
            i64::from(bias_max(products, Lane::Int8)),
            (1_i64 << (bits - 1)) - 1
        );
        let largest = products as u128 * (1 << 14);
        assert_eq!(
            accumulator_bound(products, Lane::Int8),
            largest + (1 << (bits - 1))
        );
    };
    check(1, 16);
    check(9, 20);
    check(25, 22);
    check(150, 24);
    check(784, 26);
    check(1 << 14, 30);
    check(MAX_PRODUCTS, 30);
}

#[test]
fn committed_data_that_does_not_fit_is_refused() {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 1, 2]));
    let conv = Conv {
        inputs: 1,
        outputs: 1,
        groups: 1,
        window: Window::new(&[2]).with_pads(&[1], &[0]),
        relu: false,
    };
    architecture.push(OpSpec::Conv(conv), &[0]).unwrap();
    let end = Quantization {
        scale: Scale {
            mantissa: 1 << 31,
            shift: 31,
        },
        zero_point: 0,
    };
    let scales = Scales {
        input: end,
        output: end,
    };
    let check = |part: Part, values: &[i64], expected: &str| {
        let give = |section: &SectionSpec| {
            if section.part == part {
                values.to_vec()
            } else {
                vec![0; section.len]
            }
        };
        let message = QuantizedModel::from_committed(architecture.clone(), scales, give)
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(Part::Weights, &[0], "1 values of weights, expected 2");
    check(
        Part::OutputZeroPoint,
        &[0, 0],
        "2 values of output zero point, expected 1",
    );
    check(
        Part::InputZeroPoint,
        &[128],
        "128 among its input zero point, expected -128 to 127",
    );
    check(Part::Weights, &[0, -129], "-129 among its weights");
    check(Part::Multipliers, &[-1], "-1 among its multipliers");
    check(Part::Bias, &[i64::MAX], "among its bias");
    check(
        Part::Bias,
        &[1 << 17],
        "among its bias, expected -131072 to 131071",
    );
}

#[test]
fn int16_widths_follow_from_the_lanes() {
    for (products, bits) in [(1, 24), (25, 30), (128, 32), (400, 32), (60_000, 32)] {
        assert_eq!(bias_bits(products, Lane::Int16), bits, "{products}");
        assert_eq!(
            i64::from(bias_min(products, Lane::Int16)),
            -(1_i64 << (bits - 1))
        );
        assert_eq!(
            i64::from(bias_max(products, Lane::Int16)),
            (1_i64 << (bits - 1)) - 1
        );
        let largest = products as u128 * 128 * 32_768;
        let bound = accumulator_bound(products, Lane::Int16);
        assert_eq!(bound, largest + (1 << (bits - 1)));
        assert!(bound < 1 << 38);
    }
}

/// A matmul of int16 values with sums of so many products.
fn wide_matmul(inner: usize) -> Result<(), ModelError> {
    let mut shape = Architecture::new(TensorSpec::int16(&[1, 1, inner]));
    let right = OpSpec::Transpose(Transpose {
        permutation: vec![0, 2, 1],
    });
    let right = shape.push(right, &[0]).unwrap();
    shape
        .push(OpSpec::Matmul(Matmul { inner }), &[0, right])
        .unwrap();
    shape.validate()
}

#[test]
fn int16_accumulators_over_the_limit_are_refused() {
    assert_eq!(wide_matmul(64), Ok(()));
    assert!(matches!(
        wide_matmul(65),
        Err(ModelError::AccumulatorTooWide { node: 1, .. })
    ));
}

#[test]
fn int16_values_are_read_by_operators_that_take_them_alone() {
    let dense = |shape: &mut Architecture, lane| {
        let op = OpSpec::Dense(Dense {
            inputs: 3,
            outputs: 3,
            relu: false,
        });
        let last = shape.output;
        shape.push_as(op, &[last], lane).unwrap()
    };
    let mut shape = Architecture::new(TensorSpec::int8(&[1, 3]));
    let wide = dense(&mut shape, Lane::Int16);
    let refused = shape.validate();
    assert!(
        matches!(refused, Err(ModelError::BadOutput { .. })),
        "{refused:?}"
    );
    let mut table = shape.clone();
    table.push(OpSpec::Table(Table {}), &[wide]).unwrap();
    dense(&mut table, Lane::Int8);
    let refused = table.validate();
    assert!(
        matches!(refused, Err(ModelError::BadNode { node: 1, .. })),
        "{refused:?}"
    );
    dense(&mut shape, Lane::Int8);
    assert_eq!(shape.validate(), Ok(()));
    shape.nodes[1].tensor.lane = Lane::Int32;
    assert!(shape.validate().is_err());
}
