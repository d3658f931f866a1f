//! Bad input of every kind gets the one envelope, names what is wrong, and costs nothing else.

use crate::stack::{Client, Stack, assert_error};

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_named_and_rates_are_limited() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    bad_input(&client).await;
    plain_routes(&stack, &client).await;
    service.stop().await;

    let (service, client) = stack
        .service("slow", &["--rate-per-second=1", "--rate-burst=3"])
        .await;
    let mut refused = 0;
    for _ in 0..6 {
        let answer = client.get("/healthz").await;
        if answer.0 != 200 {
            assert_error(answer, 429, "too_many", None);
            refused += 1;
        }
    }
    assert!((2..=3).contains(&refused), "{refused}");
    service.stop().await;
}

async fn bad_input(client: &Client) {
    let zero = "0".repeat(64);
    for (path, status, code, field) in [
        ("/v1/models/0x12".to_owned(), 400, "invalid", Some("id")),
        (format!("/v1/models/0x{zero}"), 404, "not_found", None),
        (format!("/v1/requests/0x{zero}"), 404, "not_found", None),
        (
            format!("/v1/requests/0x{zero}/bids"),
            404,
            "not_found",
            None,
        ),
        (
            format!("/v1/requests/0x{zero}/proof"),
            404,
            "not_found",
            None,
        ),
        (
            "/v1/accounts/me".to_owned(),
            400,
            "invalid",
            Some("address"),
        ),
        ("/v1/requests/%00".to_owned(), 400, "invalid", Some("id")),
        (
            "/v1/provers/0xzz".to_owned(),
            400,
            "invalid",
            Some("address"),
        ),
        (
            "/v1/requests?limit=0".to_owned(),
            400,
            "invalid",
            Some("limit"),
        ),
        (
            "/v1/requests?limit=101".to_owned(),
            400,
            "invalid",
            Some("limit"),
        ),
        (
            "/v1/requests?limit=x".to_owned(),
            400,
            "invalid",
            Some("query"),
        ),
        (
            "/v1/requests?cursor=x".to_owned(),
            400,
            "invalid",
            Some("cursor"),
        ),
        (
            "/v1/requests?status=lost".to_owned(),
            400,
            "invalid",
            Some("query"),
        ),
        (
            "/v1/requests?requester=me".to_owned(),
            400,
            "invalid",
            Some("requester"),
        ),
        (
            "/v1/bids?prover=0x".to_owned(),
            400,
            "invalid",
            Some("prover"),
        ),
        (
            "/v1/events?after=now".to_owned(),
            400,
            "invalid",
            Some("after"),
        ),
        (
            "/v1/events?subject=0x".to_owned(),
            400,
            "invalid",
            Some("kind"),
        ),
        ("/v1/nothing".to_owned(), 404, "not_found", None),
        ("/".to_owned(), 404, "not_found", None),
    ] {
        assert_error(client.get(&path).await, status, code, field);
    }
    for (body, status, code) in [
        ("{".to_owned(), 400, "invalid"),
        ("{}".to_owned(), 400, "invalid"),
        (
            format!("{{\"message\":\"{}\"}}", "x".repeat(20_000)),
            413,
            "too_large",
        ),
    ] {
        let request = client.http.post(format!("{}/v1/auth/verify", client.url));
        let response = request
            .header("content-type", "application/json")
            .body(body)
            .send()
            .await
            .unwrap();
        let answer = (response.status().as_u16(), response.json().await.unwrap());
        assert_error(answer, status, code, Some("body"));
    }
}

async fn plain_routes(stack: &Stack, client: &Client) {
    client.caught_up(stack).await;
    let health = client.ok("/healthz").await;
    assert_eq!(
        (health["status"].as_str(), health["chain_id"].as_u64()),
        (Some("ok"), Some(31_337))
    );
    let metrics = client
        .http
        .get(format!("{}/metrics", client.url))
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(
        metrics.contains(
            "assay_http_requests_total{method=\"GET\",route=\"/v1/models/{id}\",status=\"404\"} 1"
        ),
        "{metrics}"
    );
    assert!(
        metrics.contains("# TYPE assay_indexed_block gauge"),
        "{metrics}"
    );
    assert!(client.ok("/openapi.json").await["paths"]["/v1/requests"]["get"].is_object());
}
