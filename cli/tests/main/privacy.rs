//! A private input and a private output on a private model: paid by contract, opened by the requester alone.

use std::fs;
use std::path::Path;
use std::process::Output;

use assay_chain::ProverPolicy;
use assay_cli::commands::private::Sealed;
use assay_cli::commands::request::make_private;
use assay_cli::files::{self, ModelFiles};
use assay_cli::modes::Mode;
use assay_cli::root;
use assay_cli::stack::Actor;
use assay_client::age_file::decrypt;
use assay_client::{AgeError, Api, Identity};
use assay_market::{Amount, Event, RequestId, Status, Terms, Word};
use serde_json::Value;

use crate::scene::{FEE, FUNDS, Scene, logged, model_in};

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Returns what a command that worked said.
#[track_caller]
fn said(output: &Output) -> Value {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Checks that a command failed and said why.
#[track_caller]
fn refused(output: &Output, expected: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "not refused");
    assert!(
        error.contains(expected),
        "expected {expected:?} in: {error}"
    );
}

/// A model with a salt, its card naming the circuit for private input and output.
fn private_model(scene: &Scene) -> ModelFiles {
    let model = model_in(&scene.dir.path().join("private"));
    model.create_salt().unwrap();
    let offered = scene.assay(
        &scene.provider,
        &[
            "model",
            "offer",
            path(&model.model),
            "--modes",
            "public,private",
            "--json",
        ],
    );
    let circuits = said(&offered)["circuits"].as_array().unwrap().clone();
    let modes: Vec<_> = circuits
        .iter()
        .filter(|circuit| circuit["weights"] == "private")
        .map(|circuit| circuit["mode"].as_str().unwrap())
        .collect();
    assert_eq!(modes, ["public", "private"]);
    model
}

async fn terms_of(scene: &Scene, request: RequestId) -> Terms {
    let mut events = scene.events(request).await.into_iter();
    let terms = events.find_map(|event| match event {
        Event::Requested { terms, .. } => Some(*terms),
        _ => None,
    });
    terms.unwrap()
}

/// Checks that nobody but its recipients reads a blob, and returns it.
async fn closed_to_bystanders(api: &Api, blob: Word) -> Vec<u8> {
    let bytes = api.get_blob(blob, 1 << 20).await.unwrap();
    assert!(bytes.starts_with(b"age-encryption.org/v1\n"));
    let error = decrypt(&Identity::generate(), &bytes, 1 << 20).unwrap_err();
    assert!(matches!(error, AgeError::NotForUs), "{error}");
    bytes
}

#[tokio::test(flavor = "multi_thread")]
async fn private_request_on_a_private_model_is_paid_and_opened_by_its_requester_alone() {
    let scene = Scene::new(true).await;
    let api = scene.market.api.clone().unwrap();
    let url = api.url("");
    let model = private_model(&scene);
    let market = &scene.market;
    let id = market
        .publish(&scene.provider, &model, FEE, ProverPolicy::Open)
        .await
        .unwrap();
    let shown = said(&scene.assay(
        &scene.provider,
        &["model", "show", &id.to_string(), "--json"],
    ));
    assert_eq!(shown["circuits"][1]["mode"], "private");

    // The prover says where to encrypt to, signed by its key.
    let prover = market.actor("prover", FUNDS).await.unwrap();
    let mut worker = scene
        .worker_for(&prover, &scene.dir.path().join("private"), true)
        .await;
    let key = worker.flags.data.join("age.key");
    let recipient = said(&scene.assay(&prover, &["prover", "recipient", path(&key), "--json"]));
    let recipient = recipient["recipient"].as_str().unwrap();
    let register = ["prover", "register", "--age-recipient", recipient, "--json"];
    said(&scene.assay(&prover, &register));

    let ask = scene.ask(5, (3, 900, 7_200));
    let folder = scene.dir.path();
    let (input, secrets) = (folder.join("input.bin"), folder.join("secrets.json"));
    let bytes = ask.input.to_bytes().unwrap();
    fs::write(&input, &bytes).unwrap();
    let (id_text, prover_text) = (id.to_string(), prover.address().to_string());
    let infer = |actor: &Actor, more: &[&str]| {
        let flags = [
            "request",
            "infer",
            "--model",
            &id_text,
            "--input",
            path(&input),
            "--max-price",
            "3",
            "--max-fee",
            "0.1",
            "--bidding-window",
            "3",
            "--proving-window",
            "900",
            "--json",
        ];
        scene.assay(actor, &[&flags[..], more].concat())
    };
    let to_prover = [
        "--to-prover",
        &prover_text,
        "--secrets",
        path(&secrets),
        "--api-url",
        &url,
    ];
    // What cannot be: a mode that is not on offer, no recipient, recipients of a public request.
    refused(
        &infer(
            &scene.requester,
            &[&["--private-input"][..], &to_prover].concat(),
        ),
        "in mode private-input",
    );
    let both = ["--private-input", "--private-output"];
    refused(
        &infer(&scene.requester, &[&both[..], &to_prover[2..]].concat()),
        "who may prove it?",
    );
    refused(
        &infer(&scene.requester, &to_prover[..2]),
        "recipients are for private requests",
    );
    assert!(!secrets.exists());

    let made = infer(&scene.requester, &[&both[..], &to_prover].concat());
    let warned = String::from_utf8_lossy(&made.stderr).into_owned();
    assert!(
        warned.contains("warning: all 1 recipients can read the input"),
        "{warned}"
    );
    let request: RequestId = said(&made)["request"].as_str().unwrap().parse().unwrap();
    let terms = terms_of(&scene, request).await;
    assert!(terms.input_private && terms.output_private);
    assert!(scene.view(request).await.made.inline_input.is_empty());
    let envelope = closed_to_bystanders(&api, terms.input_hash).await;
    assert!(
        !envelope
            .windows(64)
            .any(|part| bytes[200..].starts_with(part))
    );
    refused(
        &infer(&scene.requester, &[&both[..], &to_prover].concat()),
        "secrets are never replaced",
    );

    // Who copies the envelope into a request of their own learns nothing: no prover takes it.
    let copier = market.actor("copier", FUNDS).await.unwrap();
    let sealed = Sealed {
        mode: Mode::new(true, true),
        input_digest: terms.input_digest,
        blob: terms.input_hash,
    };
    let copied_ask = assay_cli::commands::request::Ask {
        model: id,
        ..ask.clone()
    };
    let (copy, _) = make_private(&copier.account, &copied_ask, &sealed)
        .await
        .unwrap();
    logged(&mut worker, "its requester is another one").await;

    let fulfilled = scene.until(request, Status::Fulfilled, &mut worker).await;
    assert_eq!(scene.view(copy).await.best, None);
    assert_eq!(fulfilled.result, Some([0; 3]));
    let paid = scene.fulfilled(request).await.price;
    assert_eq!(
        scene.balance(&prover).await,
        (Amount(FUNDS.0 + paid.0), Amount::ZERO)
    );
    assert_eq!(scene.balance(&scene.provider).await, (FEE, Amount::ZERO));

    // The chain and the API show nothing of the output, also not to the provider of the model.
    let request_text = request.to_string();
    let shown = said(&scene.assay(
        &scene.provider,
        &["request", "status", &request_text, "--json"],
    ));
    assert_eq!(
        (&shown["output"], &shown["output_private"]),
        (&Value::Null, &true.into())
    );
    let output_blob: Word = shown["output_hash"].as_str().unwrap().parse().unwrap();
    closed_to_bystanders(&api, output_blob).await;

    // The requester opens it, and it is what the model says.
    let (_, class) = model
        .read_model()
        .unwrap()
        .evaluate(ask.input.lanes())
        .unwrap()
        .lanes();
    let open = |secrets: &Path| {
        let flags = [
            "request",
            "open",
            &request_text,
            "--secrets",
            path(secrets),
            "--json",
        ];
        scene.assay(
            &scene.requester,
            &[&flags[..], &["--api-url", &url]].concat(),
        )
    };
    let opened = said(&open(&secrets));
    assert_eq!(opened["output"], serde_json::json!(class));
    let mut bent: Value = serde_json::from_slice(&fs::read(&secrets).unwrap()).unwrap();
    let kept = bent.clone();
    let bent_file = folder.join("bent.json");
    bent["output_secret"] = bent["input_salt"].clone();
    files::write(&bent_file, bent.to_string().as_bytes(), true).unwrap();
    refused(&open(&bent_file), "do not open the commitment");

    everything_opens_with_its_salt(&scene, &request_text, &kept, &model, &input, class[0]);
}

/// Checks input, output and model of the proof on chain with the salts, and that nothing opens without them.
fn everything_opens_with_its_salt(
    scene: &Scene,
    request: &str,
    secrets: &Value,
    model: &ModelFiles,
    input: &Path,
    class: i64,
) {
    let folder = scene.dir.path();
    let vectors = root::find().unwrap().join("contracts/test/vectors");
    let (key, proof) = (
        vectors.join("verifying_key.json"),
        folder.join("proof.json"),
    );
    let fetch = [
        "proof",
        "fetch",
        request,
        "--verifying-key",
        path(&key),
        "--out",
        path(&proof),
        "--json",
    ];
    said(&scene.assay(&scene.requester, &fetch));
    let salt_file = |name: &str| {
        let file = folder.join(name);
        let salt = secrets[name].as_str().unwrap();
        files::write(&file, salt.as_bytes(), true).unwrap();
        file
    };
    let (input_salt, secret) = (salt_file("input_salt"), salt_file("output_secret"));
    let class = class.to_string();
    let open = |more: &[&str]| {
        let flags = [
            "proof",
            "open",
            path(&proof),
            "--verifying-key",
            path(&key),
            "--json",
        ];
        scene.assay(&scene.requester, &[&flags[..], more].concat())
    };
    let of_input = ["--side", "input", "--lanes", path(input)];
    let of_output = ["--side", "output", "--values", &class];
    for (flags, salt) in [
        (&of_input[..], &["--salt-file", path(&input_salt)][..]),
        (&of_output[..], &["--secret-file", path(&secret)]),
        (&["--side", "model", "--model", path(&model.model)], &[]),
    ] {
        let opened = said(&open(&[flags, salt].concat()));
        assert_eq!(
            (&opened["opens"], &opened["private"]),
            (&true.into(), &true.into())
        );
        assert_eq!(opened["verified"], true);
    }
    refused(&open(&of_input), "the input is private");
    refused(&open(&of_output), "the output is private");
    let wrong = [&of_output[..], &["--secret-file", path(&input_salt)]].concat();
    refused(&open(&wrong), "do not open the output commitment");
}
