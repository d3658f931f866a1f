//! `assay proof open`: anyone checks an opened commitment, and nothing else opens it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use assay_cli::commands::proof::read_verifying_key;
use assay_cli::files::ModelFiles;
use assay_cli::root;
use assay_cli::samples::Samples;
use assay_prover::{ProofFile, Salt, Seal, commitment};
use assay_statement::{Digest, Header, Lane, Privacy, Statement, tags};
use serde_json::Value;

use crate::scene::model_in;

fn open(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(["proof", "open", "--json"])
        .args(arguments)
        .env_clear()
        .output()
        .unwrap()
}

/// Checks that the command says that the values open the commitment, and returns what else it says.
fn opens(arguments: &[&str]) -> Value {
    let output = open(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["opens"], true, "{value}");
    value
}

/// Checks that the command says that they do not, and fails.
fn does_not_open(arguments: &[&str]) {
    let output = open(arguments);
    assert!(!output.status.success(), "{arguments:?} opens");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["opens"], false, "{value}");
}

/// Checks that the command refuses its arguments and says why.
fn refused(arguments: &[&str], expected: &str) {
    let output = open(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} not refused");
    assert!(output.stdout.is_empty(), "{arguments:?} has a result");
    assert!(said.contains(expected), "expected {expected:?} in: {said}");
    assert!(!said.contains("panicked"), "{said}");
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Writes a salt as owners keep it.
fn write_salt(folder: &Path, name: &str, salt: Salt) -> PathBuf {
    let file = folder.join(name);
    let digest = Digest::new(salt.limbs()).unwrap();
    assay_cli::files::write(&file, format!("{digest}\n").as_bytes(), true).unwrap();
    file
}

/// A proof file of a public inference. Its seal is another proof's: opening does not verify.
fn write_proof(folder: &Path, files: &ModelFiles, input: &[i8]) -> PathBuf {
    let model = files.read_model().unwrap();
    let output = model.evaluate(input).unwrap();
    let public = Privacy::Public;
    let (_, lanes) = output.lanes();
    let statement = Statement {
        header: Header::inference(public, public, public),
        circuit: Digest::new([1, 2, 3, 4]).unwrap(),
        model: commitment::model_commitment(&model, Salt::ZERO).unwrap(),
        input: commitment::input_commitment(Lane::Int8, input, Salt::ZERO).unwrap(),
        output: commitment::output_commitment(&output, Salt::ZERO).unwrap(),
        result: [lanes[0].cast_unsigned(), 0, 0],
        context: Digest::new([5, 6, 7, 8]).unwrap(),
    };
    let vk = read_verifying_key(&vectors().join("verifying_key.json")).unwrap();
    let recorded = fs::read(vectors().join("wrapped_proof.json")).unwrap();
    let recorded = ProofFile::from_json(&recorded).unwrap();
    let seal = Seal::from_bytes(&recorded.seal_bytes().unwrap()).unwrap();
    let proof = folder.join("proof.json");
    fs::write(&proof, ProofFile::new(&statement, &seal, &vk).to_json()).unwrap();
    proof
}

fn vectors() -> PathBuf {
    root::find().unwrap().join("contracts/test/vectors")
}

#[test]
fn public_proof_is_opened_on_every_side_by_what_was_proved() {
    let dir = tempfile::tempdir().unwrap();
    let key = vectors().join("verifying_key.json");
    let files: ModelFiles = model_in(&dir.path().join("models"));
    let model = files.read_model().unwrap();
    let digits = root::find().unwrap().join("examples/mnist/digits.bin");
    let floats = Samples::read(&digits).unwrap().get(0).unwrap().to_floats();
    let input = model.scales().input.quantize_all(&floats);
    let proof = write_proof(dir.path(), &files, &input);
    let (proof, key) = (path(&proof), path(&key));
    let lanes: Vec<i64> = input.iter().map(|&lane| lane.into()).collect();
    let bytes = dir.path().join("input.bin");
    fs::write(&bytes, Lane::Int8.to_bytes(&lanes).unwrap()).unwrap();

    let of_input = [proof, "--side", "input", "--lanes", path(&bytes)];
    let said = opens(&of_input);
    assert_eq!(
        (&said["lane"], &said["count"]),
        (&"int8".into(), &784.into())
    );
    assert_eq!(
        (&said["private"], &said["verified"]),
        (&false.into(), &false.into())
    );
    let (_, class) = model.evaluate(&input).unwrap().lanes();
    let class = class[0].to_string();
    let said = opens(&[proof, "--side", "output", "--values", &class]);
    assert_eq!(said["lane"], "int32");
    opens(&[proof, "--side", "model", "--model", path(&files.model)]);

    let other = (class.parse::<i64>().unwrap() + 1).to_string();
    does_not_open(&[proof, "--side", "output", "--values", &other]);
    does_not_open(&[proof, "--side", "input", "--values", &class]);
    let mut bent = fs::read(&bytes).unwrap();
    bent[400] ^= 1;
    fs::write(&bytes, &bent).unwrap();
    does_not_open(&of_input);

    // Salts of public commitments, values of another side, a proof that is none or does not verify.
    let salt = write_salt(dir.path(), "some.salt", Salt::from_entropy([5; 32]));
    let salted = [&of_input[..], &["--salt-file", path(&salt)]].concat();
    refused(&salted, "the input is public");
    refused(&[proof, "--side", "model", "--values", "1"], ".assay");
    let by_model = [proof, "--side", "output", "--model", path(&files.model)];
    refused(&by_model, "not by a model");
    let no_proof = [key, "--side", "output", "--values", "1"];
    refused(&no_proof, "verifying_key.json");
    let verified = [&of_input[..], &["--verifying-key", key]].concat();
    refused(&verified, "proof.json");
    refused(&[proof, "--side", "output"], "--values");
    refused(&["--side", "output", "--values", "1"], "--digest");
    let word = [proof, "--side", "output", "--values", "1,x"];
    refused(&word, "invalid value");
}

#[test]
fn private_commitment_is_opened_by_its_salt_file_alone() {
    let dir = tempfile::tempdir().unwrap();
    let lanes = [-128, 127, 0, 5, -7, 33, 1, 2];
    let packed = Lane::Int8.pack(&lanes).unwrap();
    let values = lanes.map(|lane| lane.to_string()).join(",");
    let (salt, secret) = (Salt::from_entropy([3; 32]), Salt::from_entropy([4; 32]));
    let context = Digest::new([1, 2, 3, 4]).unwrap();
    let commit = |tag, salt| commitment::commit(tag, lanes.len(), salt, &packed).to_string();

    let input = commit(tags::input(Lane::Int8), salt);
    let file = write_salt(dir.path(), "input.salt", salt);
    let of_input = ["--digest", &input, "--side", "input", "--values", &values];
    let salted = [&of_input[..], &["--salt-file", path(&file)]].concat();
    assert_eq!(opens(&salted)["private"], true);
    does_not_open(&of_input);
    let wrong = write_salt(dir.path(), "wrong.salt", secret);
    does_not_open(&[&of_input[..], &["--salt-file", path(&wrong)]].concat());

    let derived = commitment::output_salt(secret, context);
    let output = commit(tags::output(Lane::Int8), derived);
    let context = context.to_string();
    let of_output = ["--digest", &output, "--side", "output", "--values", &values];
    let with_secret = [&of_output[..], &["--secret-file", path(&wrong)]].concat();
    opens(&[&with_secret[..], &["--context", &context]].concat());
    refused(&with_secret, "context");
    does_not_open(&[&of_output[..], &["--salt-file", path(&wrong)]].concat());

    // A private model by its own salt, beside it or given.
    let files = model_in(&dir.path().join("models"));
    let model = files.read_model().unwrap();
    let private = commitment::model_commitment(&model, salt)
        .unwrap()
        .to_string();
    let of_model = [
        "--digest",
        &private,
        "--side",
        "model",
        "--model",
        path(&files.model),
    ];
    does_not_open(&of_model);
    opens(&[&of_model[..], &["--salt-file", path(&file)]].concat());
    fs::copy(&file, files.salt_path()).unwrap();
    opens(&of_model);

    // Files that cannot be salts: open to others, zero, not hex, none.
    let bad = dir.path().join("bad.salt");
    let bad_salt = [&of_input[..], &["--salt-file", path(&bad)]].concat();
    refused(&bad_salt, "bad.salt");
    assay_cli::files::write(&bad, b"not a salt", true).unwrap();
    refused(&bad_salt, "not a salt file");
    let zero = Digest::ZERO.to_string();
    assay_cli::files::write(&bad, zero.as_bytes(), true).unwrap();
    refused(&bad_salt, "hides nothing");
    assay_cli::files::write(&bad, fs::read(&file).unwrap().as_slice(), false).unwrap();
    refused(&bad_salt, "open to others");
}
