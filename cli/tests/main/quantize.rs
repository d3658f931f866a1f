//! `assay model quantize`: observers, the table of errors, and what goes onto the card.

use std::process::{Command, Output};

use assay_cli::root;

fn quantize(out: &std::path::Path, arguments: &[&str]) -> Output {
    let examples = root::find().unwrap().join("examples/mnist");
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["model", "quantize", "--name", "digits"])
        .arg(examples.join("mlp-56.onnx"))
        .arg("--calibration")
        .arg(examples.join("calibration.bin"))
        .arg("--out")
        .arg(out)
        .args(arguments)
        .output()
        .unwrap()
}

#[test]
fn report_has_the_error_of_each_layer_and_the_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("digits.assay");
    let held_out = root::find().unwrap().join("examples/mnist/digits.bin");
    let held_out = held_out.to_str().unwrap();
    let observer = ["--observer", "percentile", "--percentile", "0.9999"];
    let flags = [&observer[..], &["--measure", held_out]].concat();

    let output = quantize(&out, &[&flags[..], &["--json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let layers = json["errors"]["nodes"].as_array().unwrap();
    let ops: Vec<_> = layers
        .iter()
        .map(|layer| layer["op"].as_str().unwrap())
        .collect();
    assert_eq!(ops, ["dense", "dense"]);
    assert!(layers[1]["signal_to_noise_db"].as_f64().unwrap() > 20.0);
    let report = &json["card"]["accuracy"]["report"];
    assert_eq!(report["samples"], 1_000);
    let [float, integer] =
        ["float_correct", "integer_correct"].map(|name| report[name].as_u64().unwrap());
    assert!(integer + 5 >= float, "{report}");
    assert!(json["card"].get("loss").is_none());
    for digest in ["float_model", "calibration"] {
        let sources = &json["card"]["sources"];
        assert_eq!(sources[digest].as_str().unwrap().len(), 64);
    }

    let output = quantize(&out, &flags);
    let text = String::from_utf8(output.stdout).unwrap();
    for part in [
        "accuracy",
        "points",
        "signal/noise dB",
        "dense #0",
        "mean error",
    ] {
        assert!(text.contains(part), "expected {part:?} in: {text}");
    }
}

#[test]
fn private_model_without_its_salt_is_not_offered_in_public() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("digits.assay");
    let output = quantize(&out, &["--private", "--modes", "public"]);
    assert!(output.status.success(), "{output:?}");
    let offer = || {
        Command::new(env!("CARGO_BIN_EXE_assay"))
            .args(["model", "offer", "--modes", "public"])
            .arg(&out)
            .output()
            .unwrap()
    };
    assert!(offer().status.success());
    let card = std::fs::read_to_string(out.with_extension("card.json")).unwrap();
    assert!(!card.contains("sources"), "{card}");

    std::fs::remove_file(out.with_extension("salt")).unwrap();
    let output = offer();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    let expected = "digits.salt is missing: the card names circuits of private weights";
    assert!(said.contains(expected), "{said}");
    let after = std::fs::read_to_string(out.with_extension("card.json")).unwrap();
    assert_eq!(card, after);
}

#[test]
fn wrong_observers_and_parts_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("digits.assay");
    for (flags, expected) in [
        (["--observer", "median"], "possible values: min-max"),
        (["--percentile", "1.5"], "1.5, expected 0.5 to 1"),
    ] {
        let output = quantize(&out, &flags);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && said.contains(expected),
            "{said}"
        );
    }
    assert!(!out.exists());
}
