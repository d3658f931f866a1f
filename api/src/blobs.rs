//! Content-addressed bytes in a folder: a blob's name is the sha-256 of what it holds, checked on every write and
//! on every read.

use std::path::{Path, PathBuf};

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;

use assay_market::Word;

use crate::error::{ApiError, Result};
use crate::limits::{MAX_BLOB_BYTES, MAX_BLOBS_IN_FLIGHT, UPLOAD_TIMEOUT};

/// First bytes of a file encrypted with `age`, binary or armored.
const AGE_HEADERS: [&[u8]; 2] = [
    b"age-encryption.org/v1\n",
    b"-----BEGIN AGE ENCRYPTED FILE-----",
];

/// Bytes kept from the beginning of an upload to look for an `age` header.
const HEADER_BYTES: usize = 64;

/// The folder of blobs.
#[derive(Debug)]
pub struct BlobFolder {
    folder: PathBuf,
    in_flight: Semaphore,
}

/// What an upload turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Bytes written.
    pub size_bytes: u64,
}

impl BlobFolder {
    /// Opens the folder and makes it if it is missing.
    pub async fn open(folder: &Path) -> std::io::Result<Self> {
        tokio::fs::create_dir_all(folder.join("incoming")).await?;
        Ok(Self {
            folder: folder.to_owned(),
            in_flight: Semaphore::new(MAX_BLOBS_IN_FLIGHT),
        })
    }

    /// Writes the stream under `digest` if that is what its bytes hash to. A private blob must be an `age` file:
    /// plain private bytes never reach the disk under a name that anybody can read.
    pub async fn write<S, E>(
        &self,
        digest: Word,
        private: bool,
        limit_bytes: u64,
        stream: S,
    ) -> Result<Written>
    where
        S: Stream<Item = std::result::Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let name = format!("{:032x}", rand::random::<u128>());
        let mut incoming = Incoming {
            path: self.folder.join("incoming").join(name),
            keep: false,
        };
        let receiving = receive(
            &incoming.path,
            digest,
            private,
            limit_bytes.min(MAX_BLOB_BYTES),
            stream,
        );
        let Ok(received) = tokio::time::timeout(UPLOAD_TIMEOUT, receiving).await else {
            let seconds = UPLOAD_TIMEOUT.as_secs();
            return Err(ApiError::invalid(
                "body",
                format!("the upload took longer than {seconds} s"),
            ));
        };
        let written = received?;
        let path = self.path(digest);
        if let Some(parent) = path.parent() {
            tokio::fs::create_dir_all(parent).await?;
        }
        tokio::fs::rename(&incoming.path, &path).await?;
        incoming.keep = true;
        Ok(written)
    }

    /// Reads the blob and checks that it still is what its name says.
    pub async fn read(&self, digest: Word) -> Result<Option<Vec<u8>>> {
        let _permit = self
            .in_flight
            .acquire()
            .await
            .map_err(|error| ApiError::Internal(error.into()))?;
        let bytes = match tokio::fs::read(self.path(digest)).await {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        if Sha256::digest(&bytes)[..] != digest.0[..] {
            return Err(ApiError::Damaged(digest.to_string()));
        }
        Ok(Some(bytes))
    }

    /// Two hex digits of folder keep directories small.
    fn path(&self, digest: Word) -> PathBuf {
        let name = hex::encode(digest.0);
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

/// A file under way. It is removed unless it was renamed, also when the client goes away and the upload is dropped.
struct Incoming {
    path: PathBuf,
    keep: bool,
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if !self.keep {
            // Nothing refers to it; if it stays behind it costs disk space only.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

async fn receive<S, E>(
    incoming: &Path,
    digest: Word,
    private: bool,
    limit_bytes: u64,
    stream: S,
) -> Result<Written>
where
    S: Stream<Item = std::result::Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut stream = std::pin::pin!(stream);
    let mut file = tokio::fs::File::create(incoming).await?;
    let mut hasher = Sha256::new();
    let mut head = Vec::with_capacity(HEADER_BYTES);
    let mut size_bytes = 0u64;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk
            .map_err(|error| ApiError::invalid("body", format!("the upload broke off: {error}")))?;
        size_bytes = size_bytes.saturating_add(chunk.len() as u64);
        if size_bytes > limit_bytes {
            return Err(ApiError::TooLarge {
                field: "body",
                limit_bytes,
            });
        }
        head.extend(chunk.iter().take(HEADER_BYTES - head.len()));
        hasher.update(&chunk);
        file.write_all(&chunk).await?;
    }
    if size_bytes == 0 {
        return Err(ApiError::invalid(
            "body",
            "expected at least one byte, got none",
        ));
    }
    if private && !is_age(&head) {
        return Err(ApiError::invalid(
            "visibility",
            "a private blob must be encrypted: expected an age file",
        ));
    }
    let got: [u8; 32] = hasher.finalize().into();
    if got != digest.0 {
        return Err(ApiError::DigestMismatch {
            expected: digest.to_string(),
            got: Word(got).to_string(),
        });
    }
    file.sync_all().await?;
    Ok(Written { size_bytes })
}

fn is_age(head: &[u8]) -> bool {
    AGE_HEADERS.iter().any(|header| head.starts_with(header))
}
