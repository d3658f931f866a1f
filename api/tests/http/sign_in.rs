//! Sign-in with Ethereum: a key, a contract wallet, and every way to get it wrong.

use assay_chain::alloy::signers::SignerSync;
use assay_chain::alloy::signers::local::PrivateKeySigner;
use serde_json::{Value, json};

use crate::stack::{Client, Stack, assert_error};

/// Code of an account that accepts every signature: returns the selector of `isValidSignature`.
const ACCEPTS_ALL: &str = "0x631626ba7e60e01b60005260206000f3";

/// Code of an account that answers with a word that is not the selector.
const ACCEPTS_NONE: &str = "0x600160005260206000f3";

#[tokio::test(flavor = "multi_thread")]
async fn signed_message_becomes_a_token_once() {
    let stack = Stack::start().await;
    let (service, client) = stack.service("data", &[]).await;
    let signer = stack.account(2).signer().clone();

    let message = message(&client, &signer.address().to_string(), |_| {}).await;
    let (status, body) = post(&client, &message, &sign(&signer, &message)).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["address"], signer.address().to_string().to_lowercase());
    let lifetime = body["expires_at"].as_u64().unwrap() - now();
    assert!((800..=900).contains(&lifetime), "{lifetime}");
    assert_error(
        post(&client, &message, &sign(&signer, &message)).await,
        401,
        "unauthorized",
        None,
    );

    wrong_messages(&client, &signer).await;
    wrong_signatures(&stack, &client, &signer).await;
    contract_wallets(&stack, &client).await;
    service.stop().await;
}

async fn wrong_messages(client: &Client, signer: &PrivateKeySigner) {
    let address = signer.address().to_string();
    let changes: [fn(&mut Value); 4] = [
        |nonce| nonce["domain"] = json!("evil.example"),
        |nonce| nonce["uri"] = json!("http://evil.example"),
        |nonce| nonce["chain_id"] = json!(1),
        |nonce| nonce["nonce"] = json!("neverHandedOut123"),
    ];
    for change in changes {
        let message = message(client, &address, change).await;
        assert_error(
            post(client, &message, &sign(signer, &message)).await,
            401,
            "unauthorized",
            None,
        );
    }
    assert_error(
        post(client, "sign me in", "0x00").await,
        400,
        "invalid",
        Some("message"),
    );
    let message = message(client, &address, |_| {}).await;
    assert_error(
        post(client, &message, "0xzz").await,
        400,
        "invalid",
        Some("signature"),
    );
    assert_error(
        post(client, &message, &"0".repeat(9_000)).await,
        400,
        "invalid",
        Some("signature"),
    );
}

async fn wrong_signatures(stack: &Stack, client: &Client, signer: &PrivateKeySigner) {
    let other = stack.account(3).signer().clone();
    let message_of = |client: Client| async move {
        message(&client, &signer.address().to_string(), |_| {}).await
    };
    let text = message_of(client.clone()).await;
    assert_error(
        post(client, &text, &sign(&other, &text)).await,
        401,
        "unauthorized",
        None,
    );
    // That attempt cost the nonce.
    assert_error(
        post(client, &text, &sign(signer, &text)).await,
        401,
        "unauthorized",
        None,
    );
    let text = message_of(client.clone()).await;
    assert_error(post(client, &text, "0x").await, 401, "unauthorized", None);
    let text = message_of(client.clone()).await;
    let mut bent = sign(signer, &text).into_bytes();
    bent[9] = if bent[9] == b'0' { b'1' } else { b'0' };
    assert_error(
        post(client, &text, &String::from_utf8(bent).unwrap()).await,
        401,
        "unauthorized",
        None,
    );
}

async fn contract_wallets(stack: &Stack, client: &Client) {
    for (address, code, expected) in [
        (
            "0xA11CE00000000000000000000000000000000001",
            ACCEPTS_ALL,
            200,
        ),
        (
            "0xA11CE00000000000000000000000000000000002",
            ACCEPTS_NONE,
            401,
        ),
        ("0xA11CE00000000000000000000000000000000003", "0xfd", 401),
        ("0xA11CE00000000000000000000000000000000004", "0x", 401),
    ] {
        stack.rpc("anvil_setCode", json!([address, code])).await;
        let checksummed: assay_chain::alloy::primitives::Address = address.parse().unwrap();
        let message = message(client, &checksummed.to_string(), |_| {}).await;
        let (status, body) = post(client, &message, "0x1234").await;
        assert_eq!(status, expected, "{address}: {body}");
    }
}

/// Returns a token for an account that signs in.
pub async fn sign_in(client: &Client, signer: &PrivateKeySigner) -> String {
    let message = message(client, &signer.address().to_string(), |_| {}).await;
    let (status, body) = post(client, &message, &sign(signer, &message)).await;
    assert_eq!(status, 200, "{body}");
    body["token"].as_str().expect("a token").to_owned()
}

async fn message(client: &Client, address: &str, change: impl Fn(&mut Value)) -> String {
    let response = client
        .http
        .post(format!("{}/v1/auth/nonce", client.url))
        .send()
        .await
        .unwrap();
    let mut nonce: Value = response.json().await.unwrap();
    change(&mut nonce);
    let field = |name: &str| {
        nonce[name]
            .as_str()
            .map_or_else(|| nonce[name].to_string(), ToOwned::to_owned)
    };
    format!(
        "{} wants you to sign in with your Ethereum account:\n{address}\n\n\nURI: {}\nVersion: 1\nChain ID: {}\n\
         Nonce: {}\nIssued At: {}",
        field("domain"),
        field("uri"),
        field("chain_id"),
        field("nonce"),
        rfc3339(now()),
    )
}

async fn post(client: &Client, message: &str, signature: &str) -> (u16, Value) {
    let body = json!({ "message": message, "signature": signature });
    let response = client
        .http
        .post(format!("{}/v1/auth/verify", client.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    (
        response.status().as_u16(),
        response.json().await.unwrap_or(Value::Null),
    )
}

fn sign(signer: &PrivateKeySigner, message: &str) -> String {
    signer
        .sign_message_sync(message.as_bytes())
        .expect("signed")
        .to_string()
}

fn now() -> u64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
}

/// Seconds since 1970 as a date, by the civil-from-days rule of the Gregorian calendar.
fn rfc3339(seconds: u64) -> String {
    let (days, rest) = ((seconds / 86_400) as i64 + 719_468, seconds % 86_400);
    let era = days / 146_097;
    let day_of_era = days - era * 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / 3_600,
        rest / 60 % 60,
        rest % 60
    )
}
