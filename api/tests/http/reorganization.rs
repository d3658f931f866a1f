//! A reorganization of the chain: what it removed is gone, what it replaced is there, what it left alone stays.

use assay_market::Amount;
use serde_json::json;

use crate::stack::{INPUT, Stack};

#[tokio::test(flavor = "multi_thread")]
async fn reorganized_blocks_are_taken_back() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    stack.fund().await;
    let model = stack.model().await;
    let (requester, first, second) = (stack.account(2), stack.account(3), stack.account(4));
    let terms = stack.terms(model, 600).await;
    let (kept, _) = requester.request(&terms, 1, &INPUT).await.unwrap();
    first.bid(kept, 1, Amount(900_000)).await.unwrap();
    client.caught_up(&stack).await;
    let before = client.ok(&format!("/v1/requests/{kept}")).await;

    let snapshot = stack.rpc("evm_snapshot", json!([])).await;
    second.bid(kept, 1, Amount(500_000)).await.unwrap();
    let (gone, _) = requester.request(&terms, 2, &INPUT).await.unwrap();
    first.register_prover("age1gone", "").await.unwrap();
    client
        .until(&format!("/v1/requests/{gone}"), |body| {
            body["status"] == "open"
        })
        .await;
    client
        .until("/v1/provers", |body| {
            body["items"][0]["age_recipient"] == "age1gone"
        })
        .await;
    assert_eq!(client.ok(&format!("/v1/requests/{kept}")).await["bids"], 2);
    let listening = {
        let client = client.clone();
        tokio::spawn(async move { client.events("/v1/events?kind=request", 2).await })
    };
    client.until("/metrics", |_| true).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;

    // Another history from the snapshot on: other blocks of other times, and a bid of another price.
    stack.rpc("evm_revert", json!([snapshot])).await;
    stack.wait_on_chain(7).await;
    let signer = stack.account(4);
    signer.bid(kept, 1, Amount(600_000)).await.unwrap();

    let path = format!("/v1/requests/{kept}");
    let after = client
        .until(&path, |body| body["best"]["price"] == "600000")
        .await;
    assert_eq!((&after["bids"], &after["id"]), (&json!(2), &before["id"]));
    let bids = client.ok(&format!("{path}/bids")).await;
    let prices: Vec<_> = bids["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bid| bid["price"].clone())
        .collect();
    assert_eq!(prices, ["600000", "900000"]);
    assert_eq!(client.get(&format!("/v1/requests/{gone}")).await.0, 404);
    assert_eq!(client.ok("/v1/provers").await["items"], json!([]));

    let events = listening.await.unwrap();
    let names: Vec<&str> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["rollback", "BidPlaced"]);
    assert_eq!(events[1].1["payload"]["price"], "600000");
    service.stop().await;
}
