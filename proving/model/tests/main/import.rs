//! What is imported, and what is refused with which words.

use assay_model::onnx::limits;
use assay_model::{FloatModel, FloatOutput, ImportError, Output, import, quantize};
use tract_onnx::pb::tensor_proto::{DataLocation, DataType};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, SparseTensorProto, StringStringEntryProto, TensorProto,
};

use crate::fixtures::{bytes, example, float, floats, int, ints, model, node, value};

fn weights() -> TensorProto {
    floats(
        "w",
        &[4, 3],
        &[1., 0., -1., 0.5, 2., 0., -2., 1., 1., 0., 0.25, -1.],
    )
}

fn bias() -> TensorProto {
    floats("b", &[3], &[0.5, -0.5, 0.])
}

/// x [1, 4] -> Gemm -> Relu -> y [1, 3]
fn good() -> ModelProto {
    let nodes = vec![
        node("Gemm", &["x", "w", "b"], "sum"),
        node("Relu", &["sum"], "y"),
    ];
    model(&[1, 4], nodes, vec![weights(), bias()])
}

fn one_node(input: &[i64], node: NodeProto) -> ModelProto {
    model(input, vec![node], vec![weights(), bias()])
}

fn refusal(model: &ModelProto) -> String {
    import(&bytes(model)).unwrap_err().to_string()
}

fn bent(bend: impl FnOnce(&mut GraphProto)) -> String {
    let mut model = good();
    bend(model.graph.as_mut().unwrap());
    refusal(&model)
}

#[track_caller]
fn check(message: &str, part: &str) {
    assert!(message.contains(part), "`{message}` does not say `{part}`");
}

#[test]
fn example_files_import() {
    let ops = |name: &str| -> Vec<&'static str> {
        let graph = import(&example(name)).unwrap();
        assert_eq!(graph.inputs(), 784);
        graph.nodes.iter().map(|node| node.op.name()).collect()
    };
    assert_eq!(ops("mlp-56.onnx"), ["dense", "relu", "dense", "arg_max"]);
    assert_eq!(
        ops("mlp-128.onnx"),
        [
            "reshape", "dense", "affine", "relu", "dense", "affine", "arg_max"
        ]
    );
}

/// Every way to write the same layer is read as the float runtime reads it, and quantizes to its values.
#[test]
fn forms_of_a_dense_layer_agree_with_the_float_runtime() {
    let transposed = floats(
        "w",
        &[3, 4],
        &[1., 0.5, -2., 0., 0., 2., 1., 0.25, -1., 0., 1., -1.],
    );
    let gemm = |weights, dims: &[i64], node| model(dims, vec![node], vec![weights, bias()]);
    let plain = node("Gemm", &["x", "w", "b"], "y");
    let mut constant = node("Constant", &[], "shape");
    constant.attribute.push(tract_onnx::pb::AttributeProto {
        name: "value".into(),
        r#type: tract_onnx::pb::attribute_proto::AttributeType::Tensor as i32,
        t: Some(ints("", &[0, -1])),
        ..Default::default()
    });
    let matmul = |add: NodeProto, bias| {
        model(
            &[1, 4],
            vec![node("MatMul", &["x", "w"], "s"), add],
            vec![weights(), bias],
        )
    };
    let cases = [
        gemm(weights(), &[1, 4], plain.clone()),
        gemm(weights(), &[-1, 4], plain.clone()),
        gemm(transposed, &[1, 4], int(plain.clone(), "transB", 1)),
        gemm(
            weights(),
            &[1, 4],
            float(float(plain.clone(), "alpha", 0.5), "beta", -2.0),
        ),
        gemm(weights(), &[1, 4], node("Gemm", &["x", "w"], "y")),
        matmul(node("Add", &["s", "b"], "y"), bias()),
        matmul(
            node("Add", &["b", "s"], "y"),
            floats("b", &[1, 3], &[1., 2., 3.]),
        ),
        matmul(node("Add", &["s", "b"], "y"), floats("b", &[1], &[-1.5])),
        model(
            &[1, 1, 2, 2],
            vec![
                int(node("Flatten", &["x"], "f"), "axis", 1),
                node("Gemm", &["f", "w", "b"], "y"),
            ],
            vec![weights(), bias()],
        ),
        model(
            &[1, 2, 2],
            vec![
                node("Reshape", &["x", "s"], "f"),
                node("Gemm", &["f", "w", "b"], "y"),
            ],
            vec![weights(), bias(), ints("s", &[1, 4])],
        ),
        model(
            &[1, 2, 2],
            vec![
                constant,
                node("Reshape", &["x", "shape"], "f"),
                node("Gemm", &["f", "w", "b"], "y"),
            ],
            vec![weights(), bias()],
        ),
        good(),
    ];
    let samples: Vec<Vec<f32>> = (0..81)
        .map(|k| [1, 3, 9, 27].map(|d| (k / d % 3 - 1) as f32).to_vec())
        .collect();
    for (index, case) in cases.iter().enumerate() {
        let file = bytes(case);
        let reference =
            FloatModel::load(&file).unwrap_or_else(|error| panic!("case {index}: {error}"));
        let integer = quantize(&FloatModel::load(&file).unwrap(), &samples).unwrap();
        for sample in &samples {
            let FloatOutput::Values(expected) = reference.run(sample).unwrap() else {
                panic!("no ArgMax here")
            };
            let Output::Lanes(lanes) = integer
                .evaluate(&integer.scales().input.quantize_all(sample))
                .unwrap()
            else {
                panic!("no ArgMax here")
            };
            for (lane, expected) in lanes.into_iter().zip(expected) {
                let got = integer.scales().output.dequantize(lane);
                assert!(
                    (got - f64::from(expected)).abs() < 0.12,
                    "case {index}, {sample:?}: {got} for {expected}"
                );
            }
        }
    }
}

#[test]
fn argmax_takes_the_lowest_of_equals_in_both_worlds() {
    let w = floats("w", &[2, 3], &[1., 0., 1., 0., 1., 0.]);
    let argmax = |node| {
        model(
            &[1, 2],
            vec![self::node("MatMul", &["x", "w"], "s"), node],
            vec![w.clone()],
        )
    };
    for node in [
        int(int(node("ArgMax", &["s"], "y"), "axis", 1), "keepdims", 0),
        int(node("ArgMax", &["s"], "y"), "axis", -1),
    ] {
        let file = bytes(&argmax(node));
        let float = FloatModel::load(&file).unwrap();
        let samples = [vec![1., -1.], vec![-1., 1.]];
        let integer = quantize(&FloatModel::load(&file).unwrap(), &samples).unwrap();
        for (sample, class) in samples.iter().zip([0, 1]) {
            assert_eq!(float.run(sample).unwrap(), FloatOutput::Class(class));
            let lanes = integer.scales().input.quantize_all(sample);
            assert_eq!(integer.evaluate(&lanes).unwrap(), Output::Class(class));
        }
    }
}

#[test]
fn unsupported_operator_is_named_with_advice() {
    let message = refusal(&one_node(&[1, 4], node("Selu", &["x"], "y")));
    check(
        &message,
        "node `selu_of_y` uses operator Selu, which is not supported",
    );
    check(
        &message,
        "Gemm, MatMul, Conv, ConvTranspose, BatchNormalization, Add, ",
    );
    check(&message, "train the model with Relu activations");
    let mut foreign = node("Gemm", &["x", "w"], "y");
    foreign.domain = "com.example".into();
    check(&refusal(&one_node(&[1, 4], foreign)), "com.example.Gemm");
}

#[test]
fn wrong_use_of_an_operator_is_explained() {
    let gemm = || node("Gemm", &["x", "w", "b"], "y");
    check(
        &refusal(&one_node(&[1, 4], int(gemm(), "transA", 1))),
        "transA is set",
    );
    check(
        &refusal(&one_node(&[1, 4], int(gemm(), "transB", 1))),
        "does not fit 4 inputs",
    );
    check(
        &refusal(&one_node(&[1, 4], int(gemm(), "transB", 7))),
        "transB is 7",
    );
    check(&refusal(&one_node(&[1, 2, 2], gemm())), "flatten first");
    check(
        &refusal(&one_node(&[1, 4], int(gemm(), "gamma", 1))),
        "unknown attribute `gamma`",
    );
    check(
        &refusal(&one_node(
            &[1, 4],
            int(int(gemm(), "transB", 0), "transB", 0),
        )),
        "given twice",
    );
    check(
        &refusal(&one_node(&[1, 4], int(gemm(), "alpha", 1))),
        "`alpha` is not a finite float",
    );
    check(
        &refusal(&one_node(&[1, 4], float(gemm(), "alpha", f32::NAN))),
        "`alpha` is not a finite float",
    );
    check(
        &refusal(&one_node(&[1, 4], float(gemm(), "alpha", f32::MAX))),
        "beyond what a float holds",
    );
    check(
        &refusal(&one_node(&[1, 4], float(gemm(), "transB", 1.0))),
        "`transB` is not an integer",
    );
    check(
        &refusal(&one_node(&[1, 4], node("Gemm", &["x"], "y"))),
        "1 inputs, expected 2 to 3",
    );
    check(
        &refusal(&one_node(&[1, 4], node("Gemm", &["x", "x"], "y"))),
        "not a constant",
    );
    check(
        &refusal(&one_node(&[1, 4], node("Gemm", &["w", "x"], "y"))),
        "a constant, expected a value that depends on the input",
    );
    check(
        &refusal(&one_node(&[1, 4], node("Add", &["x", "b"], "y"))),
        "constant has shape [3], which does not fit [1, 4]",
    );
    check(
        &refusal(&one_node(&[1, 4], node("MatMul", &["x", "b"], "y"))),
        "expected a matrix",
    );
    check(
        &refusal(&one_node(
            &[1, 4],
            int(node("ArgMax", &["x"], "y"), "axis", 0),
        )),
        "axis 0 of shape [1, 4], expected 1",
    );
    check(
        &refusal(&one_node(
            &[1, 4],
            int(node("ArgMax", &["x"], "y"), "axis", i64::MIN),
        )),
        "of a tensor of rank 2",
    );
    let last = int(
        int(node("ArgMax", &["x"], "y"), "axis", 1),
        "select_last_index",
        1,
    );
    check(&refusal(&one_node(&[1, 4], last)), "lowest index");
    check(
        &refusal(&one_node(&[1, 4], node("Reshape", &["x", "b"], "y"))),
        "holds floats, expected integers",
    );
}

#[test]
fn wrong_wiring_is_explained() {
    check(
        &bent(|graph| graph.node[1].input[0] = "later".into()),
        "input 0 (`later`) is not the result of a node before it",
    );
    check(
        &bent(|graph| graph.node.reverse()),
        "input 0 (`sum`) is not the result of a node before it",
    );
    check(
        &bent(|graph| graph.output[0].name = "nothing".into()),
        "output `nothing` is not the result of a node",
    );
    check(
        &bent(|graph| graph.output[0].name = "w".into()),
        "output `w` is not the result of a node",
    );
    check(
        &bent(|graph| graph.output[0].name = "x".into()),
        "the output is the input",
    );
    check(&bent(|graph| graph.output.clear()), "0 outputs");
    check(
        &bent(|graph| graph.input.push(value("z", &[1]))),
        "exactly 1 input",
    );
    check(
        &bent(|graph| graph.node[1].output = vec!["sum".into()]),
        "`sum` is defined twice",
    );
    check(
        &bent(|graph| {
            graph.node[1].output.push("z".into());
            graph.output[0].name = "z".into();
        }),
        "output `z` is not the result of a node",
    );
    check(&bent(|graph| graph.node.clear()), "output `y` is not");
    check(&bent(|graph| graph.initializer.clear()), "not a constant");
    let argmax = int(node("ArgMax", &["x"], "c"), "axis", 1);
    check(
        &refusal(&model(
            &[1, 4],
            vec![argmax, node("Relu", &["c"], "y")],
            vec![],
        )),
        "must be last",
    );
}

#[test]
fn wrong_tensors_are_explained() {
    let tensor = |bend: fn(&mut TensorProto)| bent(|graph| bend(&mut graph.initializer[0]));
    check(
        &tensor(|t| t.dims = vec![4, 4]),
        "holds 12 elements, its shape asks for 16",
    );
    check(&tensor(|t| t.dims = vec![-4, 3]), "dimension -4");
    check(
        &tensor(|t| t.dims = vec![1 << 40, 1 << 40]),
        "which is the limit",
    );
    check(&tensor(|t| t.dims = vec![1; 9]), "rank 9, the limit is 6");
    check(
        &tensor(|t| t.float_data[5] = f32::INFINITY),
        "element 5 is inf",
    );
    check(
        &tensor(|t| t.data_type = DataType::Double as i32),
        "has type Double",
    );
    check(&tensor(|t| t.data_type = 99), "unknown type 99");
    check(&tensor(|t| t.raw_data = vec![0; 47]), "47 bytes of data");
    check(
        &tensor(|t| t.data_location = Some(DataLocation::External as i32)),
        "outside the file",
    );
    check(
        &tensor(|t| t.external_data = vec![StringStringEntryProto::default()]),
        "outside the file",
    );
}

#[test]
fn wrong_inputs_and_versions_are_explained() {
    let input = |dims: &[i64]| refusal(&model(dims, vec![], vec![]));
    check(&input(&[8, 4]), "batch size 8");
    check(&input(&[1, -1]), "dimension 1 is not a number");
    check(&input(&[1, 0]), "dimension 0");
    check(&input(&[]), "single number");
    check(
        &bent(|graph| graph.input[0].r#type = None),
        "is not a tensor",
    );
    let mut twice = good();
    twice.opset_import.push(twice.opset_import[0].clone());
    import(&bytes(&twice)).unwrap();
    twice.opset_import[1].version += 1;
    check(&refusal(&twice), "standard operator set");
    let mut other = good();
    other.opset_import[0].version = 99;
    check(&refusal(&other), "operator set 99");
    other.opset_import.clear();
    check(&refusal(&other), "standard operator set");
    other.graph = None;
    check(&import(b"").unwrap_err().to_string(), "not an ONNX file");
}

#[test]
fn every_limit_is_enforced() {
    let limited = |message: String, what: &str| check(&message, what);
    let error = import(&vec![0; limits::MAX_FILE_BYTES + 1]).unwrap_err();
    assert!(matches!(
        error,
        ImportError::OverLimit {
            what: "file bytes",
            ..
        }
    ));
    limited(
        bent(|graph| graph.node = vec![node("Relu", &["x"], "y"); limits::MAX_NODES + 1]),
        "nodes: 2049",
    );
    limited(
        bent(|graph| graph.node[0].name = "n".repeat(limits::MAX_NAME_BYTES + 1)),
        "bytes of a name: 513",
    );
    limited(
        bent(|graph| {
            graph
                .initializer
                .extend((0..limits::MAX_CONSTANTS).map(|k| ints(&format!("c{k}"), &[1])))
        }),
        "constants: 4097",
    );
    limited(
        bent(|graph| graph.initializer = vec![TensorProto::default(); limits::MAX_FIELDS]),
        "protobuf fields: 65537",
    );
    let half = vec![0.0; limits::MAX_PARAMETERS / 2 + 1];
    let dims = [i64::try_from(half.len()).unwrap()];
    limited(
        bent(|graph| {
            graph
                .initializer
                .extend([floats("c", &dims, &half), floats("d", &dims, &half)])
        }),
        "parameters: ",
    );
    let wide = i64::try_from(limits::MAX_ACTIVATIONS + 1).unwrap();
    limited(
        refusal(&model(&[1, wide], vec![], vec![])),
        "elements of the input: 262145",
    );
    let row = vec![0.0; limits::MAX_ACTIVATIONS + 1];
    let widen = vec![node("MatMul", &["x", "w"], "y")];
    limited(
        refusal(&model(&[1, 1], widen, vec![floats("w", &[1, wide], &row)])),
        "elements of a node's result: 262145",
    );
    // One constant used again and again is held once by the file and many times by the graph.
    let square = floats("w", &[2048, 2048], &vec![0.0; 2048 * 2048]);
    let chain = |k: usize| {
        if k == 0 {
            "x".to_owned()
        } else {
            format!("v{k}")
        }
    };
    let again = (0..3)
        .map(|k| node("MatMul", &[&chain(k), "w"], &chain(k + 1)))
        .collect();
    limited(
        refusal(&model(&[1, 2048], again, vec![square])),
        "parameters of all nodes: 8392704",
    );
}

#[test]
fn nesting_that_no_model_needs_is_refused() {
    check(
        &bent(|graph| graph.sparse_initializer = vec![SparseTensorProto::default()]),
        "sparse tensors, which is not supported; store dense tensors",
    );
    let mut functions = good();
    functions.functions.push(Default::default());
    check(&refusal(&functions), "local functions");
    functions.functions.clear();
    functions.training_info.push(Default::default());
    check(&refusal(&functions), "training information");
    let subgraph = |graph: &mut GraphProto| {
        graph.node[0]
            .attribute
            .push(tract_onnx::pb::AttributeProto {
                name: "body".into(),
                g: Some(GraphProto::default()),
                ..Default::default()
            });
    };
    check(&bent(subgraph), "subgraphs");
}
