//! The `.assay` file: round trip, stability, rejection.

use assay_model::quant::ops::{ArgMax, Dense, OpSpec};
use assay_model::testing::arb_model;
use assay_model::{
    Architecture, ModelError, NodeData, Part, Quantization, QuantizedModel, Scale, Scales,
    TensorSpec,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

/// 2 -> 2 (ReLU) -> ArgMax
fn small() -> QuantizedModel {
    let mut architecture = Architecture::new(TensorSpec::int8(&[1, 2]));
    let dense = Dense {
        inputs: 2,
        outputs: 2,
        relu: true,
    };
    architecture.push(OpSpec::Dense(dense), &[0]).unwrap();
    architecture.push(OpSpec::ArgMax(ArgMax {}), &[1]).unwrap();
    let quantization = Quantization {
        scale: Scale {
            mantissa: 1 << 31,
            shift: 39,
        },
        zero_point: -128,
    };
    let data = NodeData::new([
        (Part::Weights, vec![1, -2, 3, -128]),
        (Part::Bias, vec![-5, 65_535]),
        (Part::Multipliers, vec![0x00ab_cdef, 1]),
        (Part::OutputZeroPoint, vec![-7]),
    ]);
    QuantizedModel::new(
        architecture,
        Scales {
            input: quantization,
            output: quantization,
        },
        vec![data, NodeData::default()],
    )
    .unwrap()
}

/// Replaces what follows the digest and makes the digest right again.
fn resealed(file: &[u8], bend: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut body = file[44..].to_vec();
    bend(&mut body);
    [&file[..12], &Sha256::digest(&body)[..], &body].concat()
}

fn refusal(file: &[u8]) -> String {
    QuantizedModel::from_bytes(file).unwrap_err().to_string()
}

proptest! {
    #[test]
    fn written_files_and_json_read_back_the_same(model in arb_model()) {
        prop_assert_eq!(&QuantizedModel::from_bytes(&model.to_bytes()).unwrap(), &model);
        let json = serde_json::to_string(&model).unwrap();
        prop_assert_eq!(&serde_json::from_str::<QuantizedModel>(&json).unwrap(), &model);
    }

    #[test]
    fn any_changed_byte_is_refused(model in arb_model(), at: prop::sample::Index, change in 1..=255_u8) {
        let mut file = model.to_bytes();
        let index = at.index(file.len());
        file[index] ^= change;
        prop_assert!(QuantizedModel::from_bytes(&file).is_err());
    }

    #[test]
    fn any_truncation_is_refused(model in arb_model(), at: prop::sample::Index) {
        let file = model.to_bytes();
        prop_assert!(QuantizedModel::from_bytes(&file[..at.index(file.len())]).is_err());
    }
}

#[test]
fn format_2_is_stable() {
    let file = small().to_bytes();
    let header = concat!(
        r#"{"architecture":{"format":2,"input":{"shape":[1,2],"lane":"int8"},"nodes":["#,
        r#"{"op":{"op":"dense","inputs":2,"outputs":2,"relu":true},"inputs":[0],"#,
        r#""tensor":{"shape":[1,2],"lane":"int8"}},"#,
        r#"{"op":{"op":"arg_max"},"inputs":[1],"tensor":{"shape":[1],"lane":"int32"}}],"output":2},"#,
        r#""scales":{"input":{"scale":{"mantissa":2147483648,"shift":39},"#,
        r#""zero_point":-128},"output":{"scale":{"mantissa":2147483648,"shift":39},"zero_point":-128}}}"#
    );
    let data = [
        &[1, 0xfe, 3, 0x80][..],
        &[0xfb, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0],
        &[0xef, 0xcd, 0xab, 0, 1, 0, 0, 0],
        &[0xf9],
    ]
    .concat();
    let body = [
        &u32::try_from(header.len()).unwrap().to_le_bytes()[..],
        header.as_bytes(),
        &data,
    ]
    .concat();
    let expected = [
        b"ASSAYMDL",
        &[2, 0, 0, 0][..],
        &Sha256::digest(&body)[..],
        &body,
    ]
    .concat();
    assert_eq!(file, expected);
}

#[test]
fn wrong_files_are_explained() {
    let file = small().to_bytes();
    let check = |file: &[u8], expected: &str| {
        let message = refusal(file);
        assert!(message.contains(expected), "{message}");
    };
    check(b"", "does not start as one");
    check(
        &[&b"ONNXMDL?"[..], &file[8..]].concat(),
        "does not start as one",
    );
    check(
        &[&file[..8], &[1, 0, 0, 0], &file[12..]].concat(),
        "file version 1, expected 2",
    );
    check(&[&file[..], &[0]].concat(), "digest does not match");
    check(
        &resealed(&file, |body| body.push(0)),
        "22 bytes of data, its header asks for 21",
    );
    check(
        &resealed(&file, |body| body.truncate(body.len() - 1)),
        "20 bytes of data",
    );
    check(
        &resealed(&file, |body| body.truncate(20)),
        "ends within its header",
    );
    check(
        &resealed(&file, |body| body[..4].copy_from_slice(&[0xff; 4])),
        "too many header bytes",
    );
    check(&resealed(&file, |body| body[4] = b'['), "header: ");
    let len = file.len() - 44;
    // The top byte of the first multiplier, which has no use at 24 bits.
    check(
        &resealed(&file, |body| body[len - 6] = 1),
        "among its multipliers, expected 0 to 16777215",
    );
    check(
        &resealed(&file, |body| body[len - 6] = 0x80),
        "among its multipliers",
    );
    check(
        &resealed(&file, |body| body[len - 14] = 0x7f),
        "among its bias",
    );
    check(
        &vec![0; assay_model::quant::file::MAX_FILE_BYTES + 1],
        "too many file bytes",
    );
}

#[test]
fn header_with_a_gigantic_claim_costs_nothing() {
    let file = small().to_bytes();
    let claim = br#"{"architecture":{"format":2,"input":{"shape":[18446744073709551615],"lane":"int8"},"nodes":[{"op":{"op":"dense","inputs":18446744073709551615,"outputs":18446744073709551615,"relu":true},"inputs":[0],"tensor":{"shape":[1],"lane":"int8"}}],"output":1},"scales":{"input":{"scale":{"mantissa":2147483648,"shift":39},"zero_point":-128},"output":{"scale":{"mantissa":2147483648,"shift":39},"zero_point":-128}}}"#;
    let bent = resealed(&file, |body| {
        *body = [
            &u32::try_from(claim.len()).unwrap().to_le_bytes()[..],
            claim,
        ]
        .concat();
    });
    assert!(refusal(&bent).contains("which is the limit"));
}

#[test]
fn json_of_an_invalid_model_is_refused() {
    let mut json = serde_json::to_value(small()).unwrap();
    json["data"][0][2][1][0] = (1_u32 << 24).into();
    assert!(serde_json::from_value::<QuantizedModel>(json.clone()).is_err());
    json["data"] = serde_json::json!([]);
    let error = serde_json::from_value::<QuantizedModel>(json)
        .unwrap_err()
        .to_string();
    assert!(error.contains("data of 0 nodes, expected 2"), "{error}");
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let model = small();
    let with = |bend: fn(&mut Vec<(Part, Vec<i32>)>)| {
        let mut data = model.data().to_vec();
        let mut parts = data[0].parts().to_vec();
        bend(&mut parts);
        data[0] = NodeData::new(parts);
        QuantizedModel::new(model.architecture().clone(), *model.scales(), data).unwrap_err()
    };
    let wrong = |part, expected, got| ModelError::WrongLength {
        node: 0,
        part,
        expected,
        got,
    };
    assert_eq!(
        with(|parts| parts[0].1.truncate(3)),
        wrong(Part::Weights, 4, 3)
    );
    assert_eq!(with(|parts| parts[1].1.push(0)), wrong(Part::Bias, 2, 3));
    assert_eq!(
        with(|parts| parts[2].1.clear()),
        wrong(Part::Multipliers, 2, 0)
    );
    assert_eq!(
        with(|parts| parts.swap(0, 1)),
        ModelError::WrongParts { node: 0 }
    );
    assert!(matches!(
        with(|parts| parts[1].1[0] = 1 << 17),
        ModelError::OutOfRange {
            part: Part::Bias,
            ..
        }
    ));
    assert!(matches!(
        with(|parts| parts[2].1[1] = 1 << 24),
        ModelError::OutOfRange {
            part: Part::Multipliers,
            ..
        }
    ));
}
