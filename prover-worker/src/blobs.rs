//! Inputs that are too large for the chain: fetched from the API by digest, and never believed.

use std::time::Duration;

use assay_market::Word;
use reqwest::Client;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// The largest blob that is read: an input of a million lanes.
const MAX_BLOB_BYTES: u64 = 1 << 20;

/// A blob that takes longer would eat into the proving window.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Why a blob is not at hand.
#[derive(Debug, Error)]
pub enum BlobError {
    /// The worker was started without an API.
    #[error("the input is a blob, and no API is configured")]
    NoApi,
    /// The API could not deliver it.
    #[error("the API did not deliver the blob: {0}")]
    Unavailable(#[from] reqwest::Error),
    /// It is larger than the limit.
    #[error("the blob is larger than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// The bytes are not the ones asked for.
    #[error("the blob has digest {got}, expected {expected}")]
    WrongDigest {
        /// Digest asked for.
        expected: Word,
        /// Digest of what came.
        got: Word,
    },
}

/// Reads blobs from the market's API.
#[derive(Clone, Debug)]
pub struct Blobs {
    client: Client,
    base: Option<String>,
}

impl Blobs {
    /// Makes a reader; without an address every blob is unavailable.
    pub fn new(api: Option<&str>) -> Result<Self, BlobError> {
        let client = Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self {
            client,
            base: api.map(|api| api.trim_end_matches('/').to_owned()),
        })
    }

    /// Returns the blob with this sha-256.
    pub async fn get(&self, digest: Word) -> Result<Vec<u8>, BlobError> {
        let base = self.base.as_deref().ok_or(BlobError::NoApi)?;
        let url = format!("{base}/v1/blobs/{digest}");
        let mut response = self.client.get(url).send().await?.error_for_status()?;
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() as u64 > MAX_BLOB_BYTES {
                return Err(BlobError::TooLarge {
                    limit: MAX_BLOB_BYTES,
                });
            }
        }
        let got = Word(Sha256::digest(&bytes).into());
        if got == digest {
            Ok(bytes)
        } else {
            Err(BlobError::WrongDigest {
                expected: digest,
                got,
            })
        }
    }
}
