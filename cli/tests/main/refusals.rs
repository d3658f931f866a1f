//! What is wrong is refused, each with an error of its own that says what is wrong.

use std::process::{Command, Output};

use assay_chain::ProverPolicy;
use assay_cli::api::Api;
use assay_cli::commands::model::registration;
use assay_cli::root;
use assay_market::{Amount, Delivery, Status, Word};

use crate::scene::{FEE, FUNDS, Scene, logged};

/// Runs `assay` without a market.
fn assay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(arguments)
        .output()
        .unwrap()
}

/// Checks that a command failed and said why.
fn refused(output: &Output, words: &[&str]) {
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
            other[at..at + 4].copy_from_slice(b"Tanh");
        }
    }
    assert_ne!(onnx, other);
    std::fs::write(&file, &other).unwrap();
    refused(&assay(&["model", "import", path]), &["Tanh"]);

    std::fs::write(&file, &onnx[..onnx.len() / 2]).unwrap();
    refused(&assay(&["model", "import", path]), &["model.onnx"]);
    std::fs::write(&file, &onnx).unwrap();
    assert!(assay(&["model", "import", path]).status.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn blob_with_wrong_digest_and_bad_signature_are_refused() {
    let scene = Scene::new(true).await;
    let api: Api = scene.market.api.clone().unwrap();
    let session = api.sign_in(&scene.requester.account).await.unwrap();
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
    let message = api.sign_in_message(&scene.requester.account).await.unwrap();
    let error = api
        .sign_in_as(&message, &scene.provider.account)
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
    let request = scene.request(scene.model, 0, (2, 60, 600)).await;
    prover.account.bid(request, 1, Amount(1)).await.unwrap();
    while scene.view(request).await.status != Status::Assigned {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    let mut delivery = Delivery {
        output_digest: Word::ZERO,
        result: [3, 0, 0],
        output_blob: Word::ZERO,
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
}

#[tokio::test(flavor = "multi_thread")]
async fn rogue_circuit_is_refused_by_worker_and_by_check() {
    let scene = Scene::new(false).await;
    let prover = scene.market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene.worker(&prover).await;

    // The same weights under a circuit of somebody else's making; a careless attester vouched for it.
    let mut rogue =
        registration(&scene.files, "sha256:rogue".into(), FEE, ProverPolicy::Open).unwrap();
    rogue.circuits[0].circuit = Word([1; 32]);
    scene
        .market
        .attest(&rogue.circuits, rogue.card_hash)
        .await
        .unwrap();
    let (model, _) = scene.provider.account.register_model(&rogue).await.unwrap();
    scene.request(model, 0, (5, 600, 3_600)).await;
    logged(&mut worker, "S-CIRCUIT-MISMATCH").await;

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
    refused(&buy(&model, &["--card", card]), &["rogue circuit"]);

    // A circuit that nobody attested gets no bid and no request either.
    let mut unattested = registration(
        &scene.files,
        "sha256:unattested".into(),
        FEE,
        ProverPolicy::Open,
    )
    .unwrap();
    unattested.circuits[0].circuit = Word([2; 32]);
    let (model, _) = scene
        .requester
        .account
        .register_model(&unattested)
        .await
        .unwrap();
    let request = scene.request(model, 0, (5, 600, 3_600)).await;
    logged(&mut worker, &request.to_string()).await;
    assert!(scene.view(request).await.best.is_none());
    refused(&buy(&model.to_string(), &[]), &["attested by nobody"]);
}
