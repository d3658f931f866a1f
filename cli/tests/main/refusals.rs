//! What is wrong is refused, each with an error of its own that says what is wrong.

use std::process::{Command, Output};
use std::time::{Duration, Instant};

use assay_chain::alloy::primitives::{Address, B256, Bytes};
use assay_chain::alloy::providers::Provider;
use assay_chain::alloy::sol_types::SolCall;
use assay_chain::bindings::CircuitRegistry;
use assay_chain::{ProverPolicy, provider};
use assay_cli::commands::model::registration;
use assay_cli::commands::prover::serve;
use assay_cli::root;
use assay_cli::stack::{Worker, WorkerFlags};
use assay_client::Api;
use assay_client::envelope::blob_digest;
use assay_market::{Amount, Delivery, RequestId, Status, Word};
use assay_prover::ModelProver;
use assay_prover::model_format::OpSpec;

use crate::scene::{FEE, FUNDS, PATIENCE, Scene};

/// Runs `assay` without a market.
fn assay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Checks that a command failed and said why.
pub fn refused(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success(),
        "not refused: {}",
        String::from_utf8_lossy(&output.stdout)
    );
    assert!(!said.contains("panicked"), "{said}");
    for word in words {
        assert!(said.contains(word), "expected {word:?} in: {said}");
    }
}

#[test]
fn malformed_onnx_and_unsupported_operators_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.onnx");
    let path = file.to_str().unwrap();
    std::fs::write(&file, b"not an ONNX file at all").unwrap();
    refused(&assay(&["model", "import", path]), &["model.onnx"]);

    // A real model whose activation is one that we do not know.
    let onnx = std::fs::read(root::find().unwrap().join("examples/mnist/mlp-56.onnx")).unwrap();
    let mut other = onnx.clone();
    for at in 0..onnx.len() - 4 {
        if &onnx[at..at + 4] == b"Relu" {
            other[at..at + 4].copy_from_slice(b"Selu");
        }
    }
    assert_ne!(onnx, other);
    std::fs::write(&file, &other).unwrap();
    refused(&assay(&["model", "import", path]), &["Selu"]);

    std::fs::write(&file, &onnx[..onnx.len() / 2]).unwrap();
    refused(&assay(&["model", "import", path]), &["model.onnx"]);
    std::fs::write(&file, &onnx).unwrap();
    assert!(assay(&["model", "import", path]).status.success());
}

#[test]
fn unknown_kernels_are_named_by_both_programs() {
    let worker = root::program("assay-prover-worker").unwrap();
    let worker_flags = [
        "--rpc-url",
        "http://localhost:1",
        "--deployment",
        "none",
        "--key-file",
        "none",
    ];
    let worker_flags = worker_flags
        .iter()
        .chain(&["--data-dir", "none", "--models-dir", "none"]);
    for (mut command, arguments) in [
        (
            Command::new(env!("CARGO_BIN_EXE_assay")),
            vec!["model", "import", "none"],
        ),
        (Command::new(worker), worker_flags.copied().collect()),
    ] {
        command.args(arguments).env("ASSAY_KERNELS", "abacus");
        let output = command.output().unwrap();
        refused(&output, &["ASSAY_KERNELS=abacus", "portable"]);
    }
}

/// The worker's key is that of its version, and the chain may have a verifier of another one.
#[tokio::test(flavor = "multi_thread")]
async fn worker_of_another_verifying_key_does_not_start() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    // A contract that answers every call with one word: PUSH32 id, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN.
    let id = "ab".repeat(32);
    let code = format!("0x7f{id}5f5260205ff3");
    let adapter = Address::repeat_byte(0x77);
    let node = provider(scene.market.anvil.url()).unwrap();
    let _: serde_json::Value = node
        .raw_request("anvil_setCode".into(), (adapter, code))
        .await
        .unwrap();
    let mut deployment = scene.market.chain.deployment().clone();
    deployment.verifier_adapter = adapter;
    let file = scene.dir.path().join("other-deployment.json");
    std::fs::write(&file, serde_json::to_vec(&deployment).unwrap()).unwrap();

    let flags = WorkerFlags {
        deployment: file,
        ..scene.worker_flags(&prover, &scene.dir.path().join("models"), false)
    };
    let mut worker = Worker::start(flags, &scene.market.logs()).unwrap();
    let said = format!("{:#}", worker.ready().await.unwrap_err());
    assert!(said.contains("under verifying key 0x"), "{said}");
    assert!(
        said.contains(&format!("takes those under 0x{id}")),
        "{said}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn blob_with_wrong_digest_and_bad_signature_are_refused() {
    let scene = Scene::new(true).await;
    let api: Api = scene.market.api.clone().unwrap();
    let requester = scene.requester.account.signer();
    let chain_id = scene.market.chain.deployment().chain_id;
    let session = api.sign_in(requester, chain_id).await.unwrap();
    let error = session
        .put_blob(Word([7; 32]), b"other bytes".to_vec())
        .await
        .unwrap_err();
    let said = format!("{error:#}");
    assert!(
        said.contains("expected bytes with sha-256 0x0707"),
        "{said}"
    );

    // A sign-in message that somebody else signed.
    let message = api.sign_in_message(requester, chain_id).await.unwrap();
    let error = api
        .sign_in_as(&message, scene.provider.account.signer())
        .await
        .unwrap_err();
    let said = format!("{error:#}");
    let expected = format!("the signature is not one of {}", scene.requester.address());
    assert!(said.contains("401") && said.contains(&expected), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn proof_of_wrong_length_or_content_is_refused_by_name() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    // A proving window that does not pass while a busy machine looks the other way.
    let request = scene.request(scene.model, 0, (2, 600, 3_600)).await;
    prover.account.bid(request, 1, Amount(1)).await.unwrap();
    let began = Instant::now();
    loop {
        let status = scene.view(request).await.status;
        if status == Status::Assigned {
            break;
        }
        assert!(began.elapsed() < PATIENCE, "still {status:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut delivery = Delivery {
        output_digest: Word::ZERO,
        result: [3, 0, 0],
        output_hash: blob_digest(&[3, 0, 0, 0]),
        seal: vec![1; 255],
        output: vec![3, 0, 0, 0],
    };
    let check = async |delivery: &Delivery, name: &str| {
        let error = prover
            .account
            .fulfill(request, 1, delivery)
            .await
            .unwrap_err();
        assert_eq!(error.refusal_name(), Some(name), "{error}");
    };
    check(&delivery, "SealLength").await;
    delivery.seal = vec![1; 256];
    check(&delivery, "ProofInvalid").await;
    // Not below the modulus: refused, not reduced.
    delivery.output_digest = Word([0xff; 32]);
    check(&delivery, "NonCanonicalWord").await;
    // Bytes that are not those of the hash, which the proof's context contains.
    delivery.output = vec![4, 0, 0, 0];
    check(&delivery, "WrongHash").await;
}

/// Returns the identity of a real circuit of the shape of the card's: the card's architecture without its ReLU, so it
/// proves other outputs under the same commitments.
fn rogue_of(scene: &Scene, circuit: Word) -> Word {
    let (model, card) = (
        scene.files.read_model().unwrap(),
        scene.files.read_card().unwrap(),
    );
    let mut named = card.circuits.iter();
    let named = named.find(|entry| Word(entry.circuit.to_bytes32()) == circuit);
    let mut architecture = model.architecture().clone();
    let mut changed = 0;
    for node in &mut architecture.nodes {
        if let OpSpec::Dense(dense) = &mut node.op {
            changed += usize::from(std::mem::take(&mut dense.relu));
        }
    }
    assert_ne!(changed, 0, "the model has a ReLU");
    let rogue = ModelProver::new(&architecture, named.unwrap().header).unwrap();
    Word(rogue.circuit_id().to_bytes32())
}

/// Takes the attester's word for a circuit back.
async fn revoke(scene: &Scene, circuit: Word) {
    let node = provider(scene.market.anvil.url()).unwrap();
    let attester = Address::from(scene.market.attester.address().0);
    let call = CircuitRegistry::revokeCall {
        circuit: B256::from(circuit.0),
    };
    let transaction = serde_json::json!({
        "from": attester,
        "to": scene.market.chain.deployment().circuit_registry,
        "data": Bytes::from(call.abi_encode()),
    });
    let _: serde_json::Value = node
        .raw_request("anvil_impersonateAccount".into(), (attester,))
        .await
        .unwrap();
    let _: serde_json::Value = node
        .raw_request("eth_sendTransaction".into(), (transaction,))
        .await
        .unwrap();
    let began = Instant::now();
    while scene.market.chain.is_attested(circuit).await.unwrap() {
        assert!(began.elapsed() < PATIENCE, "still attested");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Waits until the worker skips a request for a reason, and checks that nobody bid for it.
pub async fn skipped(scene: &Scene, worker: &mut Worker, request: RequestId, code: &str) {
    let (began, id) = (Instant::now(), request.to_string());
    let logged = |log: &str| {
        let mut lines = log.lines();
        lines.any(|line| line.contains(&id) && line.contains(code))
    };
    while !logged(&worker.log()) {
        worker.check_alive().unwrap();
        assert!(
            began.elapsed() < PATIENCE,
            "no {code} for {id} in\n{}",
            worker.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let view = scene.view(request).await;
    assert!(view.best.is_none(), "{view:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rogue_circuit_is_refused_by_worker_and_by_check() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene.worker(&prover).await;

    // The same weights under a circuit of somebody else's making; a careless attester vouched for it.
    let mut rogue =
        registration(&scene.files, "sha256:rogue".into(), FEE, ProverPolicy::Open).unwrap();
    let honest_circuit = rogue.circuits[0].circuit;
    rogue.circuits[0].circuit = rogue_of(&scene, honest_circuit);
    assert_ne!(rogue.circuits[0].circuit, honest_circuit);
    scene
        .market
        .attest(&rogue.circuits, rogue.card_hash)
        .await
        .unwrap();
    let (model, _) = scene.provider.account.register_model(&rogue).await.unwrap();
    // Even a worker that is told to serve it looks at the circuit.
    serve(&scene.market.chain, model, &scene.files.model, true)
        .await
        .unwrap();
    let request = scene.request(model, 0, (5, 600, 3_600)).await;
    skipped(&scene, &mut worker, request, "S-CIRCUIT-MISMATCH").await;

    let (model, card) = (model.to_string(), scene.files.card_path());
    let card = card.to_str().unwrap();
    let check = scene.assay(
        &scene.requester,
        &["circuit", "check", card, "--model", &model],
    );
    refused(&check, &["rogue circuit"]);
    let attest = scene.assay(
        &scene.market.attester,
        &["circuit", "attest", card, "--model", &model],
    );
    refused(&attest, &["rogue circuit"]);
    let honest = scene.model.to_string();
    let check = scene.assay(
        &scene.requester,
        &["circuit", "check", card, "--model", &honest],
    );
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );

    let lanes = scene.dir.path().join("lanes");
    std::fs::write(&lanes, [0; 784]).unwrap();
    let lanes = lanes.to_str().unwrap();
    let buy = |model: &str, card: &[&str]| {
        let mut arguments = vec![
            "request",
            "infer",
            "--model",
            model,
            "--max-price",
            "3",
            "--input",
            lanes,
        ];
        arguments.extend(card);
        scene.assay(&scene.requester, &arguments)
    };
    refused(&buy(&model, &["--card", card]), &["later listing"]);
    let anyway = ["--card", card, "--later-listing"];
    refused(&buy(&model, &anyway), &["rogue circuit"]);

    // The card's own circuit, once nobody attests it, gets no bid and no request either.
    revoke(&scene, honest_circuit).await;
    let request = scene.request(scene.model, 0, (5, 600, 3_600)).await;
    skipped(&scene, &mut worker, request, "S-CIRCUIT-NOT-ATTESTED").await;
    refused(&buy(&honest, &[]), &["attested by nobody"]);
}
