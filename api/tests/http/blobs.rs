//! Blobs: who may store them, under which name, how large, and what happens when the disk lies.

use assay_market::Word;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::sign_in::sign_in;
use crate::stack::{Client, Stack, assert_error};

#[tokio::test(flavor = "multi_thread")]
async fn blobs_are_what_their_name_says() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    let token = sign_in(&client, stack.account(2).signer()).await;

    let (status, body) = put(
        &client,
        Some(&token),
        &name(b"hello"),
        "",
        b"hello".to_vec(),
    )
    .await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        (&body["size_bytes"], &body["encrypted"]),
        (&5.into(), &false.into())
    );
    let response = client
        .http
        .get(format!("{}/v1/blobs/{}", client.url, name(b"hello")))
        .send()
        .await
        .unwrap();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert_eq!(response.bytes().await.unwrap().as_ref(), b"hello");
    let info = client
        .ok(&format!("/v1/blobs/{}/info", name(b"hello")))
        .await;
    assert_eq!(info["uploader"], stack.account(2).address().to_string());
    let head = client
        .http
        .head(format!("{}/v1/blobs/{}", client.url, name(b"hello")))
        .send()
        .await
        .unwrap();
    assert_eq!(head.status().as_u16(), 200);

    refusals(&client, &token).await;
    private_blobs(&client, &token).await;

    let digits = name(b"hello")[2..].to_owned();
    let path = stack
        .folder
        .path()
        .join("data/blobs")
        .join(&digits[..2])
        .join(&digits[2..]);
    std::fs::write(&path, b"hullo").unwrap();
    assert_error(
        client.get(&format!("/v1/blobs/{}", name(b"hello"))).await,
        500,
        "blob_damaged",
        Some("digest"),
    );
    let leftovers = std::fs::read_dir(stack.folder.path().join("data/blobs/incoming"))
        .unwrap()
        .count();
    assert_eq!(leftovers, 0);
    service.stop().await;
}

async fn refusals(client: &Client, token: &str) {
    let (digest, bytes) = (name(b"other"), b"other".to_vec());
    assert_error(
        put(client, None, &digest, "", bytes.clone()).await,
        401,
        "unauthorized",
        None,
    );
    assert_error(
        put(client, Some("nonsense"), &digest, "", bytes.clone()).await,
        401,
        "unauthorized",
        None,
    );
    assert_error(
        put(client, Some(token), &digest, "", b"bytes".to_vec()).await,
        422,
        "digest_mismatch",
        Some("digest"),
    );
    assert_error(
        put(client, Some(token), &digest, "", Vec::new()).await,
        400,
        "invalid",
        Some("body"),
    );
    assert_error(
        put(client, Some(token), "0x12", "", bytes.clone()).await,
        400,
        "invalid",
        Some("digest"),
    );
    assert_error(
        put(client, Some(token), &digest, "?visibility=secret", bytes).await,
        400,
        "invalid",
        Some("query"),
    );
    let large = vec![0u8; usize::try_from(assay_api::limits::MAX_BLOB_BYTES).unwrap() + 1];
    assert_error(
        put(client, Some(token), &name(&large), "", large).await,
        413,
        "too_large",
        Some("body"),
    );
    assert_error(
        client.get(&format!("/v1/blobs/{digest}")).await,
        404,
        "not_found",
        None,
    );
    assert_error(
        client.get("/v1/blobs/hello").await,
        400,
        "invalid",
        Some("digest"),
    );
}

async fn private_blobs(client: &Client, token: &str) {
    let plain = b"weights in the open".to_vec();
    let refused = put(
        client,
        Some(token),
        &name(&plain),
        "?visibility=private",
        plain,
    )
    .await;
    assert_error(refused, 400, "invalid", Some("visibility"));
    let encrypted = b"age-encryption.org/v1\n-> X25519 abc\n--- mac\nciphertext".to_vec();
    let (status, body) = put(
        client,
        Some(token),
        &name(&encrypted),
        "?visibility=private",
        encrypted,
    )
    .await;
    assert_eq!((status, &body["encrypted"]), (200, &true.into()), "{body}");
}

fn name(bytes: &[u8]) -> String {
    Word(Sha256::digest(bytes).into()).to_string()
}

async fn put(
    client: &Client,
    token: Option<&str>,
    digest: &str,
    query: &str,
    bytes: Vec<u8>,
) -> (u16, Value) {
    let mut request = client
        .http
        .put(format!("{}/v1/blobs/{digest}{query}", client.url))
        .body(bytes);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().await.expect("the service answers");
    (
        response.status().as_u16(),
        response.json().await.unwrap_or(Value::Null),
    )
}
