//! The model card: round trip, rejection, and that it is enough for a circuit.

use assay_model::card::{CardTexts, FileDigest, MAX_CARD_BYTES, MeasuredAccuracy, MeasuredLoss};
use assay_model::{AccuracyReport, FloatModel, LossReport, ModelCard, quantize};
use assay_statement::{Digest, Header, Privacy};

use crate::fixtures::{calibration, example};

fn card() -> ModelCard {
    let file = example("mlp-56.onnx");
    let model = quantize(&FloatModel::load(&file).unwrap(), &calibration()).unwrap();
    let texts = CardTexts {
        name: "digits".into(),
        description: "784-56-10 on MNIST".into(),
        license: "MIT".into(),
    };
    ModelCard::new(texts, &model, None).unwrap()
}

#[test]
fn card_reads_back_and_names_its_circuits() {
    let mut card = card();
    let report = AccuracyReport {
        samples: 1_000,
        float_correct: 979,
        integer_correct: 978,
        agreeing: 997,
    };
    card.accuracy = Some(MeasuredAccuracy {
        data: FileDigest::of(&example("digits.bin")),
        report,
    });
    let header = |weights| Header::inference(Privacy::Public, weights, Privacy::Public);
    let [first, second] = [1, 2].map(|limb| Digest::new([limb, 0, 0, 0]).unwrap());
    card.set_circuit(header(Privacy::Private), first);
    card.set_circuit(header(Privacy::Public), first);
    card.set_circuit(header(Privacy::Public), second);
    let read = ModelCard::from_json(&card.to_json()).unwrap();
    assert_eq!(read, card);
    assert_eq!(read.circuits.len(), 2);
    assert_eq!(read.circuit(header(Privacy::Private)), Some(first));
    assert_eq!(read.circuit(header(Privacy::Public)), Some(second));
    assert_eq!(read.parameters, 44_530);
    assert_eq!(read.architecture().sections().len(), 8);
}

#[test]
fn cards_that_contradict_themselves_are_refused() {
    let check = |bend: fn(&mut ModelCard), expected: &str| {
        let mut card = card();
        bend(&mut card);
        let message = ModelCard::from_json(&card.to_json())
            .unwrap_err()
            .to_string();
        assert!(message.contains(expected), "{message}");
    };
    check(|card| card.version = 1, "card version 1, expected 3");
    check(
        |card| card.parameters += 1,
        "44531 parameters, the architecture has 44530",
    );
    check(
        |card| card.input_shape = vec![1, 783],
        "input shape [1, 783], the architecture takes [1, 784]",
    );
    check(
        |card| card.output_shape = vec![1, 10],
        "output shape [1, 10], the architecture gives []",
    );
    check(
        |card| card.architecture.input.shape = vec![1, 783],
        "takes rows of 784, but shape [1, 783] reaches it",
    );
    check(
        |card| {
            card.architecture.nodes.truncate(2);
            card.architecture.output = 2;
        },
        "output shape [], the architecture gives [1, 10]",
    );
    check(
        |card| card.scales.input.scale.mantissa = 0,
        "not a positive number",
    );
    check(
        |card| {
            let header = Header::inference(Privacy::Public, Privacy::Public, Privacy::Public);
            card.set_circuit(header, Digest::ZERO);
            card.circuits.push(card.circuits[0]);
        },
        "two circuits for one kind",
    );
    check(
        |card| {
            card.loss = Some(MeasuredLoss {
                data: FileDigest([7; 32]),
                report: LossReport::default(),
            });
        },
        "it has loss, but gives a class",
    );
    check(
        |card| card.scales.output.zero_point = 1,
        "it has a scale of results, but gives a class",
    );
    check(
        |card| card.name = "n".repeat(5_000),
        "too many bytes of the name: 5000",
    );
}

#[test]
fn card_of_another_version_is_refused_by_its_version_whatever_its_fields() {
    let card = br#"{ "version": 2, "calibration": "" }"#;
    let error = ModelCard::from_json(card).unwrap_err().to_string();
    assert!(error.contains("card version 2, expected 3"), "{error}");
}

#[test]
fn cards_that_are_not_json_or_too_long_are_refused() {
    assert!(ModelCard::from_json(b"{}").is_err());
    assert!(
        ModelCard::from_json(&vec![b' '; MAX_CARD_BYTES + 1])
            .unwrap_err()
            .to_string()
            .contains("too many card bytes")
    );
    let mut json: serde_json::Value = serde_json::from_slice(&card().to_json()).unwrap();
    json["surprise"] = 1.into();
    assert!(
        ModelCard::from_json(json.to_string().as_bytes())
            .unwrap_err()
            .to_string()
            .contains("surprise")
    );
}

/// Returns the card's JSON with the value at a path of keys in place of the one there, written as it is.
fn with_text(path: &str, text: &str) -> Vec<u8> {
    let mut json: serde_json::Value = serde_json::from_slice(&card().to_json()).unwrap();
    *json.pointer_mut(path).unwrap() = "HERE".into();
    json.to_string().replace("\"HERE\"", text).into_bytes()
}

#[test]
fn hostile_json_is_refused_in_few_words() {
    let deep = "[".repeat(100_000);
    let deeper = format!("{}1{}", "{\"op\":".repeat(50_000), "}".repeat(50_000));
    let long = format!("\"{}\"", "x".repeat(1 << 20));
    let list = format!("[{}1]", "1,".repeat(1 << 19));
    let places = [
        "/parameters",
        "/architecture/input/shape",
        "/architecture/nodes/0/op",
    ];
    let more = [
        "/architecture/nodes/0/inputs/0",
        "/architecture/output",
        "/circuits",
        "/name",
    ];
    for path in places
        .into_iter()
        .chain(more)
        .chain(["/architecture/nodes", "/scales"])
    {
        for text in [
            &deep,
            &deeper,
            &list,
            "1e999",
            "-1",
            "1.5",
            "18446744073709551616",
            "null",
            "[[]]",
            "{}",
        ] {
            let error = ModelCard::from_json(&with_text(path, text)).unwrap_err();
            assert!(error.to_string().len() < 600, "{path}: {error}");
        }
        let error = ModelCard::from_json(&with_text(path, &long)).unwrap_err();
        assert!(error.to_string().len() < 600, "{path}: {error}");
    }
    // The largest number that fits is too large for what it counts.
    for path in [
        "/parameters",
        "/architecture/input/shape/1",
        "/architecture/output",
    ] {
        let error = ModelCard::from_json(&with_text(path, &u64::MAX.to_string()));
        assert!(error.is_err(), "{path}");
    }
}

#[test]
fn keys_that_come_twice_are_refused() {
    let json = String::from_utf8(card().to_json()).unwrap();
    for (field, twice) in [
        ("\"parameters\":", "\"parameters\": 44530, \"parameters\":"),
        ("\"relu\":", "\"relu\": true, \"relu\":"),
        (
            "\"op\": \"dense\",",
            "\"op\": \"dense\", \"op\": \"dense\",",
        ),
    ] {
        assert!(json.contains(field), "{field}");
        let changed = json.replacen(field, twice, 1);
        let error = ModelCard::from_json(changed.as_bytes())
            .unwrap_err()
            .to_string();
        assert!(error.contains("duplicate field"), "{field}: {error}");
    }
}
