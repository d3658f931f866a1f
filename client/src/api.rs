//! The market's API as requesters and provers use it: health, sign-in, blobs.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use alloy::signers::Signer;
use alloy::signers::local::PrivateKeySigner;
use anyhow::{Context, bail};
use assay_market::Word;
use reqwest::{Client, Response};
use serde::Deserialize;
use serde_json::json;

use crate::dates::rfc3339;
use crate::envelope::blob_digest;

/// The API answers in milliseconds; an upload may take a while.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A sign-in message is signed and sent at once.
const SIGN_IN_SECS: u64 = 300;

/// A client of one API.
#[derive(Clone, Debug)]
pub struct Api {
    client: Client,
    base: String,
}

/// A signed-in session.
#[derive(Clone)]
pub struct Session {
    api: Api,
    token: String,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token opens the session: it is not for logs.
        f.debug_struct("Session")
            .field("api", &self.api)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Nonce {
    nonce: String,
    domain: String,
    uri: String,
    chain_id: u64,
}

#[derive(Deserialize)]
struct Token {
    token: String,
}

impl Api {
    /// Makes a client for an address such as `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let client = Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
        })
    }

    /// Returns the address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Returns the client underneath.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Returns whether the service says that it is well.
    pub async fn is_well(&self) -> bool {
        let answer = self.client.get(self.url("/healthz")).send().await;
        answer.is_ok_and(|response| response.status().is_success())
    }

    /// Returns the blob with this sha-256; refuses one that is larger than `limit` bytes or has another digest.
    pub async fn get_blob(&self, digest: Word, limit: u64) -> anyhow::Result<Vec<u8>> {
        let url = self.url(&format!("/v1/blobs/{digest}"));
        let mut response = accepted(self.client.get(url).send().await?).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > limit {
                bail!("the blob {digest} is larger than {limit} bytes");
            }
        }
        let got = blob_digest(&bytes);
        if got != digest {
            bail!("the blob has digest {got}, expected {digest}");
        }
        Ok(bytes)
    }

    /// Signs in with an account's key (EIP-4361) to the API of a chain.
    pub async fn sign_in(
        &self,
        signer: &PrivateKeySigner,
        chain_id: u64,
    ) -> anyhow::Result<Session> {
        let message = self.sign_in_message(signer, chain_id).await?;
        self.sign_in_as(&message, signer).await
    }

    /// Asks for a nonce and returns the message that signs the account in.
    pub async fn sign_in_message(
        &self,
        signer: &PrivateKeySigner,
        chain_id: u64,
    ) -> anyhow::Result<String> {
        let url = self.url("/v1/auth/nonce");
        let response = self.client.post(url).send().await?;
        let nonce: Nonce = accepted(response).await?.json().await?;
        self.check(chain_id, &nonce)?;
        message(signer, &nonce)
    }

    /// Signs a sign-in message and exchanges it for a session.
    pub async fn sign_in_as(
        &self,
        message: &str,
        signer: &PrivateKeySigner,
    ) -> anyhow::Result<Session> {
        let signature = signer.sign_message(message.as_bytes()).await?;
        let signature = format!("0x{}", hex::encode(signature.as_bytes()));
        let body = json!({ "message": message, "signature": signature });
        let url = self.url("/v1/auth/verify");
        let response = self.client.post(url).json(&body).send().await?;
        let token: Token = accepted(response).await.context("sign-in")?.json().await?;
        Ok(Session {
            api: self.clone(),
            token: token.token,
        })
    }

    /// A service that names another one would have us sign in there.
    fn check(&self, chain_id: u64, nonce: &Nonce) -> anyhow::Result<()> {
        let authority = self.base.split_once("://").map_or("", |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        if nonce.uri != self.base || nonce.domain != authority || nonce.chain_id != chain_id {
            bail!(
                "{} asks for a sign-in at {} ({}) on chain {}: nothing is signed",
                self.base,
                nonce.uri,
                nonce.domain,
                nonce.chain_id
            );
        }
        Ok(())
    }
}

impl Session {
    /// Stores a public blob and returns its address.
    pub async fn put_blob(&self, digest: Word, bytes: Vec<u8>) -> anyhow::Result<String> {
        self.put(digest, "public", bytes).await
    }

    /// Stores an age file and returns its address; the API refuses everything else.
    pub async fn put_private_blob(&self, digest: Word, bytes: Vec<u8>) -> anyhow::Result<String> {
        self.put(digest, "private", bytes).await
    }

    async fn put(&self, digest: Word, visibility: &str, bytes: Vec<u8>) -> anyhow::Result<String> {
        let url = self.api.url(&format!("/v1/blobs/{digest}"));
        let request = self
            .api
            .client
            .put(format!("{url}?visibility={visibility}"))
            .bearer_auth(&self.token)
            .body(bytes);
        accepted(request.send().await?).await.context("upload")?;
        Ok(url)
    }
}

/// Passes a good answer on; a refusal becomes an error with the service's own words.
async fn accepted(response: Response) -> anyhow::Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let text = response.text().await.unwrap_or_default();
    let value: Option<serde_json::Value> = serde_json::from_str(&text).ok();
    let words = value
        .as_ref()
        .and_then(|value| value.pointer("/error/message")?.as_str())
        .unwrap_or(&text);
    bail!("the API answered {status}: {words}")
}

fn message(signer: &PrivateKeySigner, nonce: &Nonce) -> anyhow::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    Ok(format!(
        "{} wants you to sign in with your Ethereum account:\n{}\n\nSign in to Assay.\n\nURI: {}\nVersion: 1\nChain ID: {}\nNonce: {}\nIssued At: {}\nExpiration Time: {}",
        nonce.domain,
        // EIP-4361 wants the checksummed form.
        signer.address(),
        nonce.uri,
        nonce.chain_id,
        nonce.nonce,
        rfc3339(now),
        rfc3339(now + SIGN_IN_SECS),
    ))
}
