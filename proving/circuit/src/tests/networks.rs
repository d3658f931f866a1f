//! The networks of all tests that look at whole circuits: between them they have every operator and every gate.

use assay_model::quant::ops::{
    Add, ArgMax, Conv, Dense, Matmul, Max, MaxPool, Min, Mul, Parameter, Reshape, Sum, Transpose,
};
use assay_model::{Architecture, OpSpec, TensorSpec, Window};
use assay_statement::Lane;

use super::models::*;

/// Returns all networks with their names in pins. Those of int8 lanes come first.
pub fn architectures() -> Vec<(String, Architecture)> {
    let mut all = vec![
        ("mlp 7 2 argmax", mlp(&[7, 2], true)),
        ("mlp 15 4", mlp(&[15, 4], false)),
        ("mlp 29 7 5 argmax", mlp(&[29, 7, 5], true)),
        ("nine rows of mlp 15 6", rows_mlp(9, &[15, 6], false)),
        ("cnn", tiny_cnn()),
        ("residual", residual()),
        ("mlp 6 9 25", mlp(&[6, 9, 25], false)),
        ("attention", attention()),
        ("transformer", transformer()),
        ("choices", choices()),
        ("wide sums", wide_sums()),
        ("symbols", symbols()),
    ];
    all.extend(int16_networks());
    let mut all = (all.into_iter())
        .map(|(name, architecture)| (name.to_owned(), architecture))
        .collect::<Vec<_>>();
    let forests = forests().into_iter().enumerate();
    all.extend(forests.map(|(index, forest)| (format!("forest {index}"), forest)));
    all
}

/// Returns networks of int16 lanes between all operators that take them.
pub fn int16_networks() -> Vec<(&'static str, Architecture)> {
    vec![
        ("int16 cnn", int16_cnn()),
        ("int16 pairs", int16_pairs()),
        ("int16 rows", int16_rows()),
    ]
}

/// Appends an operator that reads these values and gives int16 lanes.
fn wide(network: &mut Architecture, op: OpSpec, inputs: &[usize]) -> usize {
    network.push_as(op, inputs, Lane::Int16).unwrap()
}

fn dense(inputs: usize, outputs: usize) -> OpSpec {
    OpSpec::Dense(Dense {
        inputs,
        outputs,
        relu: false,
    })
}

/// A convolution that is pooled, one that is not, a dense layer and the class.
fn int16_cnn() -> Architecture {
    let conv = |inputs, outputs, window| {
        OpSpec::Conv(Conv {
            inputs,
            outputs,
            groups: 1,
            window,
            relu: true,
        })
    };
    let mut network = Architecture::new(TensorSpec::int16(&[1, 1, 8, 8]));
    let padded = Window::new(&[3, 3]).with_pads(&[1, 1], &[1, 1]);
    let sums = wide(&mut network, conv(1, 2, padded), &[0]);
    let pool = OpSpec::MaxPool(MaxPool { window: halves() });
    let pooled = network.push(pool, &[sums]).unwrap();
    let second = conv(2, 4, Window::new(&[2, 2]));
    let features = wide(&mut network, second, &[pooled]);
    let shape = vec![1, 36];
    let reshape = OpSpec::Reshape(Reshape { shape });
    let flat = network.push(reshape, &[features]).unwrap();
    let scores = wide(&mut network, dense(36, 3), &[flat]);
    let class = OpSpec::ArgMax(ArgMax {});
    network.push(class, &[scores]).unwrap();
    network
}

/// Products, sums and choices of two values each, one of them a committed tensor.
fn int16_pairs() -> Architecture {
    let mut network = Architecture::new(TensorSpec::int16(&[2, 3, 4]));
    let matmul = |inner| OpSpec::Matmul(Matmul { inner });
    let add = |subtract, relu, wide| {
        OpSpec::Add(Add {
            subtract,
            relu,
            wide,
        })
    };
    let permutation = vec![0, 2, 1];
    let transpose = OpSpec::Transpose(Transpose { permutation });
    let turned = network.push(transpose, &[0]).unwrap();
    let scores = wide(&mut network, matmul(4), &[0, turned]);
    let shape = vec![2, 3, 3];
    let parameter = OpSpec::Parameter(Parameter { shape });
    let mask = wide(&mut network, parameter, &[]);
    let masked = wide(&mut network, OpSpec::Mul(Mul {}), &[scores, mask]);
    let smaller = network
        .push(OpSpec::Min(Min {}), &[masked, scores])
        .unwrap();
    let larger = network.push(OpSpec::Max(Max {}), &[smaller, mask]).unwrap();
    let sum = wide(&mut network, add(false, true, false), &[larger, scores]);
    let difference = wide(&mut network, add(true, false, true), &[sum, mask]);
    network.push(matmul(3), &[difference, 0]).unwrap();
    network
}

/// A dense layer on each of several rows, and sums of lanes in padded windows.
fn int16_rows() -> Architecture {
    let mut network = Architecture::new(TensorSpec::int16(&[9, 15]));
    let rows = wide(&mut network, dense(15, 6), &[0]);
    let shape = vec![1, 1, 9, 6];
    let reshape = OpSpec::Reshape(Reshape { shape });
    let plane = network.push(reshape, &[rows]).unwrap();
    let window = Window::new(&[2, 2]).with_pads(&[1, 0], &[0, 1]);
    network.push(OpSpec::Sum(Sum { window }), &[plane]).unwrap();
    network
}
