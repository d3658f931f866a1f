//! What travels beside the chain: inputs, fetched from the API by digest and never believed, and private outputs.

use std::time::Duration;

use assay_chain::Account;
use assay_client::Api;
use assay_client::envelope::blob_digest;
use assay_market::Word;
use reqwest::Client;
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
    /// The API did not take it.
    #[error("the API did not take the blob: {0}")]
    NotTaken(String),
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

/// Reads blobs from the market's API, and leaves private outputs there.
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
        let got = blob_digest(&bytes);
        if got == digest {
            Ok(bytes)
        } else {
            Err(BlobError::WrongDigest {
                expected: digest,
                got,
            })
        }
    }

    /// Stores an age file, signed in as the prover.
    pub async fn put(&self, account: &Account, bytes: Vec<u8>) -> Result<(), BlobError> {
        let base = self.base.as_deref().ok_or(BlobError::NoApi)?;
        let chain_id = account.chain().deployment().chain_id;
        let upload = async {
            let session = Api::new(base)?.sign_in(account.signer(), chain_id).await?;
            session.put_private_blob(blob_digest(&bytes), bytes).await
        };
        match tokio::time::timeout(TIMEOUT, upload).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(BlobError::NotTaken(format!("{error:#}"))),
            Err(_) => Err(BlobError::NotTaken("it took too long".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use sha2::{Digest, Sha256};

    use super::*;

    const BYTES: &[u8] = b"an input";

    /// Answers one request with these bytes, whatever was asked for, and returns the address.
    fn serve(body: Vec<u8>) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            // The reader may hang up in the middle.
            let _ = stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body));
        });
        format!("http://{address}/")
    }

    async fn get(body: Vec<u8>) -> Result<Vec<u8>, BlobError> {
        let digest = Word(Sha256::digest(BYTES).into());
        Blobs::new(Some(&serve(body)))?.get(digest).await
    }

    #[tokio::test]
    async fn only_the_bytes_that_were_asked_for_are_taken() {
        assert_eq!(get(BYTES.into()).await.unwrap(), BYTES);

        let lie = b"another input".to_vec();
        let hashes = (Sha256::digest(BYTES).into(), Sha256::digest(&lie).into());
        match get(lie).await {
            Err(BlobError::WrongDigest { expected, got }) => {
                assert_eq!((expected, got), (Word(hashes.0), Word(hashes.1)));
            }
            other => panic!("{other:?}"),
        }

        let flood = vec![0; MAX_BLOB_BYTES as usize + 1];
        let refused = get(flood).await;
        assert!(
            matches!(
                refused,
                Err(BlobError::TooLarge {
                    limit: MAX_BLOB_BYTES
                })
            ),
            "{refused:?}"
        );
        let nobody = Blobs::new(None).unwrap().get(Word::ZERO).await;
        assert!(matches!(nobody, Err(BlobError::NoApi)), "{nobody:?}");
    }
}
