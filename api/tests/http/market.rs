//! From the chain to the reader: models, requests, bids, proofs and events, and the index built anew.

use assay_market::{Amount, RequestId, request_id};
use serde_json::{Value, json};

use crate::stack::{Client, INPUT, Stack, delivery, registration, text};

#[tokio::test(flavor = "multi_thread")]
async fn market_is_indexed_as_the_chain_has_it() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("first", &[]).await;
    stack.fund().await;
    stack
        .account(3)
        .register_prover("age1\0example", "http://127.0.0.1:9")
        .await
        .unwrap();
    let model = stack.model().await;

    let seen = client
        .until(&format!("/v1/models/{model}"), |body| {
            body["circuits"][0]["attestations"][0].is_object()
        })
        .await;
    assert_eq!(seen["provider"], text(stack.account(1).address()));
    assert_eq!(seen["fee"], "5000");
    assert_eq!(
        seen["circuits"][0]["attestations"][0]["attester"],
        text(stack.account(0).address())
    );
    assert_eq!(
        client.ok("/v1/provers").await["items"][0]["age_recipient"],
        "age1\u{fffd}example"
    );

    copied_listing(&stack, &client, model).await;
    let cancelled = cancelled_request(&stack, &client, model).await;
    let fulfilled = life_of_a_request(&stack, &client, model).await;
    check_lists(&client, fulfilled, cancelled).await;
    check_events(&client, fulfilled).await;

    // Another service with an empty database arrives at the same state, reading what is old in ranges.
    stack.rpc("anvil_mine", json!([700])).await;
    client.caught_up(&stack).await;
    let (again, rebuilt) = stack.service("second", &[]).await;
    rebuilt.caught_up(&stack).await;
    for path in [
        "/v1/models",
        "/v1/requests",
        "/v1/bids",
        "/v1/proofs",
        "/v1/provers",
        "/v1/attesters",
        "/v1/verifiers",
        &format!("/v1/accounts/{}", stack.account(2).address()),
    ] {
        assert_eq!(
            timeless(rebuilt.ok(path).await),
            timeless(client.ok(path).await),
            "{path}"
        );
    }
    again.stop().await;
    service.stop().await;
}

/// Two bids, assignment by time, and a proof; at each step the API says what the contract says.
async fn life_of_a_request(
    stack: &Stack,
    client: &Client,
    model: assay_market::ModelId,
) -> RequestId {
    let (requester, first, second) = (stack.account(2), stack.account(3), stack.account(4));
    let terms = stack.terms(model, 300).await;
    let (id, _) = requester.request(&terms, 1, &INPUT).await.unwrap();
    let deployment = stack.chain.deployment();
    let market = assay_market::Address(deployment.market.into_array());
    assert_eq!(
        id,
        request_id(deployment.chain_id, market, requester.address(), 1, &terms)
    );
    let path = format!("/v1/requests/{id}");
    let open = client.until(&path, |body| body["status"] == "open").await;
    assert_eq!(open["input"]["inline"], "0x010203");
    assert_eq!((&open["bids"], &open["best"]), (&json!(0), &Value::Null));
    assert_eq!(
        (&open["nonce"], &open["paused"]),
        (&json!("1"), &json!(false))
    );
    assert_eq!(open["input"]["hash"], terms.input_hash.to_string());
    assert_eq!(open["offer"]["first_ceiling"], "1000000");
    assert_eq!(
        (&open["highest_bid"], &open["bounty"]),
        (&json!("1000000"), &json!("0"))
    );

    first.bid(id, 1, Amount(900_000)).await.unwrap();
    second.bid(id, 1, Amount(700_000)).await.unwrap();
    let bid = client.until(&path, |body| body["bids"] == 2).await;
    let on_chain = stack.chain.request(id).await.unwrap().expect("it exists");
    assert_eq!(bid["best"]["prover"], text(second.address()));
    assert_eq!(
        bid["best"]["bidding_deadline"],
        on_chain.best.expect("a bid").bidding_deadline.0
    );
    assert_eq!(
        bid["best"]["proving_deadline"],
        on_chain.proving_deadline.expect("a bid").0
    );
    assert_eq!(
        bid["snapshot"]["collateral"],
        on_chain.made.snapshot.collateral.to_string()
    );
    assert_eq!(
        bid["highest_bid"],
        on_chain.highest_bid.expect("open").to_string()
    );
    let bids = client.ok(&format!("{path}/bids")).await;
    assert_eq!(
        (&bids["items"][0]["number"], &bids["items"][1]["number"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(bids["items"][0]["outbid"], text(first.address()));
    assert_eq!(
        (&bids["items"][0]["price"], &bids["items"][1]["price"]),
        (&json!("700000"), &json!("900000"))
    );

    stack.wait_on_chain(300).await;
    client
        .until(&path, |body| body["status"] == "assigned")
        .await;
    let assigned = client
        .ok(&format!(
            "/v1/requests?status=assigned&prover={}",
            second.address()
        ))
        .await;
    assert_eq!(assigned["items"][0]["id"], id.to_string());
    assert_eq!(
        client.ok("/v1/requests?status=open").await["items"],
        json!([])
    );
    assert_eq!(client.get(&format!("{path}/proof")).await.0, 404);
    assert_eq!(client.ok(&path).await["highest_bid"], Value::Null);

    stack.accept_every_proof().await;
    second.fulfill(id, 1, &delivery()).await.unwrap();
    let done = client
        .until(&path, |body| body["status"] == "fulfilled")
        .await;
    assert_eq!(done["result"], json!(["7", "0", "0"]));
    let proof = client.ok(&format!("{path}/proof")).await;
    assert_eq!(
        (&proof["price"], &proof["fee"], &proof["refund"]),
        (&json!("700000"), &json!("5000"), &json!("300000"))
    );
    assert_eq!(proof["seal"], format!("0x{}", "09".repeat(256)));
    assert_eq!(proof["output"], "0x07");
    assert_eq!(proof["output_hash"], delivery().output_hash.to_string());
    assert_eq!(
        (&proof["late_fee"], &proof["bounty"]),
        (&json!("0"), &json!("0"))
    );
    id
}

/// Somebody else lists the same model: the later listing names the first one.
async fn copied_listing(stack: &Stack, client: &Client, first: assay_market::ModelId) {
    let (copy, _) = stack
        .account(4)
        .register_model(&registration())
        .await
        .unwrap();
    let flagged = client
        .until(&format!("/v1/models/{copy}"), |body| body["id"].is_string())
        .await;
    assert_eq!(
        (&flagged["first"], &flagged["copy_of"]),
        (&json!(first.to_string()), &json!(first.to_string()))
    );
    let original = client.ok(&format!("/v1/models/{first}")).await;
    assert_eq!(
        (&original["first"], &original["copy_of"]),
        (&json!(first.to_string()), &Value::Null)
    );
}

async fn cancelled_request(
    stack: &Stack,
    client: &Client,
    model: assay_market::ModelId,
) -> RequestId {
    let requester = stack.account(2);
    let (id, _) = requester
        .request(&stack.terms(model, 300).await, 2, &INPUT)
        .await
        .unwrap();
    requester.cancel(id).await.unwrap();
    client
        .until(&format!("/v1/requests/{id}"), |body| {
            body["status"] == "cancelled"
        })
        .await;
    id
}

/// Lists are newest first, page by page, and filters mean what they say.
async fn check_lists(client: &Client, newest: RequestId, before: RequestId) {
    let first = client.ok("/v1/requests?limit=1").await;
    assert_eq!(first["items"][0]["id"], newest.to_string());
    let cursor = first["next"].as_str().expect("another page");
    let second = client
        .ok(&format!("/v1/requests?limit=1&cursor={cursor}"))
        .await;
    assert_eq!(second["items"][0]["id"], before.to_string());
    assert_eq!(second["next"], Value::Null);
    let nobody = assay_market::Address([0xEE; 20]);
    assert_eq!(
        client.ok(&format!("/v1/requests?requester={nobody}")).await["items"],
        json!([])
    );
    assert_eq!(
        client.ok(&format!("/v1/bids?prover={nobody}")).await["items"],
        json!([])
    );
    assert_eq!(
        client.ok("/v1/proofs").await["items"][0]["request"],
        newest.to_string()
    );
}

/// The stream replays what happened, in order, and goes on where a client left off.
async fn check_events(client: &Client, id: RequestId) {
    let path = format!("/v1/events?kind=request&subject={id}");
    let events = client.events(&format!("{path}&after=0.0"), 5).await;
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Requested",
            "BidPlaced",
            "BidPlaced",
            "Assigned",
            "Fulfilled"
        ]
    );
    assert_eq!(events[2].1["payload"]["price"], "700000");
    let after = events[2].1["id"].as_str().expect("a place");
    let rest = client.events(&format!("{path}&after={after}"), 2).await;
    assert_eq!(rest, events[3..]);
}

/// Takes out what depends on the moment of asking.
fn timeless(mut body: Value) -> Value {
    for item in body["items"].as_array_mut().into_iter().flatten() {
        if let Some(fields) = item.as_object_mut() {
            fields.remove("as_of");
            fields.remove("finality");
        }
    }
    body
}
