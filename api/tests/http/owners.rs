//! What the owners of the contracts decide, how the read model follows, and how a reorganization takes it back.

use assay_chain::alloy::sol;
use assay_chain::bindings::{ProofMarket, VerifierRegistry};
use assay_market::{Amount, ModelId, RequestId, Status};
use serde_json::{Value, json};

use crate::stack::{Client, INPUT, Stack, registration, text};

sol! {
    function removeAttester(address attester) external;
    function proposeAttester(address attester) external;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_decisions_are_followed_and_taken_back() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    stack.fund().await;
    let model = stack.model().await;
    let terms = stack.terms(model, 600).await;
    let (id, _) = stack.account(2).request(&terms, 1, &INPUT).await.unwrap();
    client.caught_up(&stack).await;
    let before = owned(&client, model, id).await;
    assert_eq!(before["request"]["status"], "open");
    assert_eq!(words(&before).len(), 1);
    let attester = text(stack.account(0).address());
    assert_eq!(before["attesters"]["items"][0]["address"], attester);
    let verifier = terms.verifier_id.to_string();
    assert_eq!(before["verifiers"]["items"][0]["id"], verifier);

    let snapshot = stack.rpc("evm_snapshot", json!([])).await;
    decide(&stack, terms.verifier_id).await;
    client.caught_up(&stack).await;
    let after = owned(&client, model, id).await;
    assert_eq!(words(&after), Vec::<Value>::new());
    assert!(
        after["attesters"]["items"][0]["removed_at"].is_u64(),
        "{after}"
    );
    assert!(
        after["verifiers"]["items"][0]["tombstoned_at"].is_u64(),
        "{after}"
    );
    assert_eq!(after["request"]["status"], "voided");
    assert_eq!(after["market"]["paused"], true);
    assert_eq!(after["account"]["consents"][0]["allowance"], "7");
    let voided = client.ok("/v1/requests?status=voided").await;
    assert_eq!(voided["items"][0]["id"], id.to_string());
    let on_chain = stack.chain.request(id).await.unwrap().expect("it exists");
    assert_eq!((on_chain.status, on_chain.paused), (Status::Voided, true));
    check_events(&client, &attester, &verifier, &stack).await;

    // Another history from the snapshot on, in which nothing of it was decided.
    stack.rpc("evm_revert", json!([snapshot])).await;
    for _ in 0..9 {
        stack.wait_on_chain(1).await;
    }
    client
        .until("/v1/market", |market| market["paused"] == false)
        .await;
    client.caught_up(&stack).await;
    assert_eq!(owned(&client, model, id).await, before);
    // A service that never saw the other history has the same.
    let (again, rebuilt) = stack.service("again", &[]).await;
    rebuilt.caught_up(&stack).await;
    assert_eq!(owned(&rebuilt, model, id).await, before);
    again.stop().await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pause_moves_deadlines() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    stack.fund().await;
    let model = stack.model().await;
    let terms = stack.terms(model, 600).await;
    let (id, _) = stack.account(2).request(&terms, 1, &INPUT).await.unwrap();
    stack.account(3).bid(id, 1, Amount(900_000)).await.unwrap();
    let path = format!("/v1/requests/{id}");
    client.caught_up(&stack).await;
    let running = client.ok(&path).await;
    assert_eq!(running["highest_bid"], "882000");

    let (owner, market) = (stack.account(0), stack.chain.deployment().market);
    owner
        .call(market, &ProofMarket::pauseCall {})
        .await
        .unwrap();
    // Far past the deadline in the chain's time.
    stack.wait_on_chain(10_000).await;
    client.caught_up(&stack).await;
    let standing = client.until(&path, |body| body["paused"] == true).await;
    assert_eq!(standing["status"], "open");
    assert_eq!(standing["best"], running["best"]);
    assert_eq!(standing["highest_bid"], Value::Null);
    let moment = stack.chain.market_time().await.unwrap();
    assert_eq!(standing["as_of"], moment.now.0);
    let whole = client.ok("/v1/market").await;
    assert_eq!(
        (&whole["paused"], &whole["clock"]),
        (&json!(true), &json!(moment.now.0))
    );
    assert!(
        whole["chain_time"].as_u64() >= Some(moment.now.0 + 10_000),
        "{whole}"
    );
    assert_eq!(
        whole["parameters"]["grace"],
        stack.chain.grace_secs().await.unwrap()
    );

    owner
        .call(market, &ProofMarket::unpauseCall {})
        .await
        .unwrap();
    client.caught_up(&stack).await;
    let going = client.until(&path, |body| body["paused"] == false).await;
    assert_eq!(going["status"], "open");
    assert_eq!(going["best"], running["best"]);
    stack.wait_on_chain(600).await;
    client
        .until(&path, |body| body["status"] == "assigned")
        .await;
    let on_chain = stack.chain.request(id).await.unwrap().expect("it exists");
    assert_eq!(on_chain.status, Status::Assigned);
    let found = client.ok("/v1/requests?status=assigned").await;
    assert_eq!(found["items"][0]["id"], id.to_string());
    service.stop().await;
}

/// Removes the attester, tombstones the verifier and pauses the market; account 2 changes its consent.
async fn decide(stack: &Stack, verifier: assay_market::Word) {
    let (owner, deployment) = (stack.account(0), stack.chain.deployment());
    let attester = owner.signer().address();
    let registry = deployment.circuit_registry;
    owner
        .call(registry, &removeAttesterCall { attester })
        .await
        .unwrap();
    let attester = stack.account(4).signer().address();
    owner
        .call(registry, &proposeAttesterCall { attester })
        .await
        .unwrap();
    let verifier_id = verifier.0.into();
    let call = VerifierRegistry::tombstoneCall {
        verifierId: verifier_id,
    };
    owner
        .call(deployment.verifier_registry, &call)
        .await
        .unwrap();
    owner
        .call(deployment.market, &ProofMarket::pauseCall {})
        .await
        .unwrap();
    stack.account(2).consent(Amount(7)).await.unwrap();
}

/// Events of every new kind are about what they say.
async fn check_events(client: &Client, attester: &str, verifier: &str, stack: &Stack) {
    let deployment = stack.chain.deployment();
    let market = assay_market::Address(deployment.market.into_array()).to_string();
    let candidate = text(stack.account(4).address());
    for (kind, subject, expected) in [
        (
            "attester",
            attester,
            &["AttesterAdded", "AttesterRemoved"][..],
        ),
        ("attester", &candidate, &["AttesterProposed"]),
        (
            "verifier",
            verifier,
            &["VerifierAdded", "VerifierTombstoned"],
        ),
        ("market", &market, &["Paused"]),
        ("module", &market, &["ModuleProposed", "ModuleActivated"]),
        (
            "account",
            &text(stack.account(2).address()),
            &["Deposited", "Consented", "Locked", "Consented"],
        ),
    ] {
        let path = format!("/v1/events?kind={kind}&subject={subject}&after=0.0");
        let events = client.events(&path, expected.len()).await;
        let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, expected, "{kind}");
    }
}

/// Everything that the owners' decisions bear on, without what depends on the moment of asking.
async fn owned(client: &Client, model: ModelId, id: RequestId) -> Value {
    let mut request = client.ok(&format!("/v1/requests/{id}")).await;
    let mut market = client.ok("/v1/market").await;
    for (view, fields) in [
        (&mut request, &["as_of", "finality"][..]),
        (&mut market, &["clock", "chain_time"]),
    ] {
        let view = view.as_object_mut().expect("an object");
        view.retain(|name, _| !fields.contains(&name.as_str()));
    }
    let requester = request["requester"].as_str().expect("an address");
    json!({
        "account": client.ok(&format!("/v1/accounts/{requester}")).await,
        "model": client.ok(&format!("/v1/models/{model}")).await,
        "attesters": client.ok("/v1/attesters").await,
        "verifiers": client.ok("/v1/verifiers").await,
        "request": request,
        "market": market,
    })
}

/// The attesters' words for the model's circuit.
fn words(owned: &Value) -> Vec<Value> {
    let circuit = &owned["model"]["circuits"][0];
    assert_eq!(
        circuit["circuit"],
        registration().circuits[0].circuit.to_string()
    );
    circuit["attestations"].as_array().expect("a list").clone()
}
