//! Gather of constant rows at symbols.

use assay_model::{FloatModel, FloatOutput, ModelError, Output, quantize};
use tract_onnx::pb::ModelProto;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::type_proto::Value;

use super::{ops, proves, refused};
use assay_model::testing::onnx::{bytes, floats, int, model, node, random};

/// Makes the input one of symbols.
pub(super) fn of_symbols(mut model: ModelProto, r#type: DataType) -> ModelProto {
    let input = &mut model.graph.as_mut().unwrap().input[0];
    if let Some(Value::TensorType(tensor)) = &mut input.r#type.as_mut().unwrap().value {
        tensor.elem_type = r#type as i32;
    }
    model
}

fn lookup() -> ModelProto {
    let gather = int(node("Gather", &["t", "x"], "e"), "axis", 0);
    let nodes = vec![gather, node("Add", &["e", "p"], "y")];
    model(
        &[1, 3],
        nodes,
        vec![random("t", &[5, 4]), random("p", &[1, 3, 4])],
    )
}

#[test]
fn rows_of_symbols_agree_with_the_float_runtime() {
    for r#type in [DataType::Int64, DataType::Int32] {
        let float = FloatModel::load(&bytes(&of_symbols(lookup(), r#type))).unwrap();
        let samples: Vec<Vec<f32>> = (0..5)
            .map(|k| [k, (k + 2) % 5, 4 - k].map(|k| k as f32).to_vec())
            .collect();
        let integer = quantize(&float, &samples).unwrap();
        assert_eq!(ops(&integer), ["embedding", "parameter", "add"]);
        assert_eq!(integer.architecture().symbols(), Some(5));
        let scales = integer.scales();
        for sample in &samples {
            let symbols: Vec<i8> = sample.iter().map(|&symbol| symbol as i8).collect();
            assert_eq!(scales.input.quantize_all(sample), symbols);
            let (FloatOutput::Values(expected), Output::Lanes(lanes)) = (
                float.run(sample).unwrap(),
                integer.evaluate(&symbols).unwrap(),
            ) else {
                panic!("no ArgMax here")
            };
            for (expected, lane) in expected.into_iter().zip(lanes) {
                let off = scales.output.dequantize(lane) - f64::from(expected);
                assert!(off.abs() <= 1.6 * scales.output.scale.to_f64());
            }
        }
        proves(&integer, &samples);
        let refusal = ModelError::InputOutOfRange {
            index: 1,
            min: 0,
            max: 4,
            got: 5,
        };
        assert_eq!(integer.evaluate(&[0, 5, -1]), Err(refusal));
        assert!(integer.evaluate(&[0, 4, -1]).is_err());
    }
}

#[test]
fn symbols_are_only_looked_up() {
    let graph = model(&[1, 3], vec![node("Relu", &["x"], "y")], vec![]);
    refused(
        &of_symbols(graph, DataType::Int64),
        "only Gather can look up",
    );
    refused(
        &lookup(),
        "the indices are not the model's input of type int64",
    );
    let wide = |rows: i64| {
        let gather = node("Gather", &["t", "x"], "y");
        model(&[1, 3], vec![gather], vec![random("t", &[rows, 1])])
    };
    refused(
        &of_symbols(wide(129), DataType::Int64),
        "129 symbols, expected 1 to 128",
    );
    let row = model(
        &[1, 3],
        vec![node("Gather", &["t", "x"], "y")],
        vec![floats("t", &[3], &[0.; 3])],
    );
    refused(
        &of_symbols(row, DataType::Int64),
        "expected a matrix along axis 0",
    );
}
