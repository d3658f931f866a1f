//! The format of a key file: a header with the digest of the rest, then points and matrices.
//!
//! Points lie in the file as they lie in memory, so that loading copies them. A file whose body is the pinned one is
//! taken as it is, but for the points of the verifying key and `beta`, `delta` in G1. Of any other file every point is
//! checked: the digest in its header says only that it has not been damaged.

mod check;
mod reader;
mod writer;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::r1cs::Matrices;

use super::keys::Keys;
use super::points::PointError;
use super::verifying_key::VerifyingKeyError;
use reader::Reader;
use writer::BodyWriter;

/// Raised whenever the layout below changes; part of the file name.
pub(super) const FORMAT_VERSION: u32 = 2;

const MAGIC: [u8; 8] = *b"ASSAYKEY";

/// Magic, version, matrices digest, body length, body digest.
const HEADER_BYTES: usize = 8 + 4 + 32 + 8 + 32;

/// The largest file that is read: several times a key of today, and less than would exhaust a prover's memory.
const MAX_FILE_BYTES: u64 = 4 << 30;

/// The body's digest is that of its blocks' digests, so that blocks can be hashed side by side.
const BLOCK_BYTES: usize = 4 << 20;

/// The digest of a body, see [`BLOCK_BYTES`].
pub(super) type BodyDigest = [u8; 32];

/// Why a key file is unusable.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    #[error("it is no regular file of at most {MAX_FILE_BYTES} bytes")]
    NoFile,
    #[error("it is not a key file of format {FORMAT_VERSION}")]
    Format,
    #[error("it holds keys of another constraint system")]
    OtherMatrices,
    #[error("its body has {got} bytes, expected {expected}")]
    Length { expected: u64, got: u64 },
    #[error("its contents do not match their digest")]
    Digest,
    #[error("its contents are not the pinned ones")]
    NotPinned,
    #[error("its contents are inconsistent")]
    Contents,
    #[error(transparent)]
    Point(#[from] PointError),
    #[error(transparent)]
    VerifyingKey(#[from] VerifyingKeyError),
}

/// Writes a new key file, waits until it is on disk, and returns the digest of its body. An existing file or link is an
/// error.
pub(super) fn write(
    path: &Path,
    matrices_digest: &[u8; 32],
    keys: &Keys,
) -> io::Result<BodyDigest> {
    let file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let mut file = BufWriter::new(file);
    file.write_all(&[0; HEADER_BYTES])?;
    let (body_bytes, body_digest) = write_body(&mut file, keys)?;

    file.seek(SeekFrom::Start(0))?;
    file.write_all(&MAGIC)?;
    file.write_all(&FORMAT_VERSION.to_le_bytes())?;
    file.write_all(matrices_digest)?;
    file.write_all(&body_bytes.to_le_bytes())?;
    file.write_all(&body_digest)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    Ok(body_digest)
}

/// Returns the digest that the body of these keys' file has.
#[cfg(test)]
pub(super) fn body_digest(keys: &Keys) -> BodyDigest {
    let (_, digest) = write_body(&mut io::sink(), keys).expect("a sink takes any bytes");
    digest
}

fn write_body(out: &mut impl Write, keys: &Keys) -> io::Result<(u64, BodyDigest)> {
    let mut body = BodyWriter::new(out);
    body.write_proving_key(keys.proving_key())?;
    keys.matrices().write_to(&mut body)?;
    body.finish()
}

/// Reads a key file and checks its digest: that it is the pinned one, or, without a pin, that it is the header's and
/// that the body holds a key.
pub(super) fn read(
    path: &Path,
    matrices_digest: &[u8; 32],
    pinned: Option<&BodyDigest>,
) -> Result<Keys, KeyFileError> {
    let bytes = read_limited(path)?;
    let (header, body) = bytes
        .split_at_checked(HEADER_BYTES)
        .ok_or(KeyFileError::Format)?;
    let mut header = Reader(header);
    if header.take(8)? != MAGIC || header.take(4)? != FORMAT_VERSION.to_le_bytes() {
        return Err(KeyFileError::Format);
    }
    if header.take(32)? != matrices_digest {
        return Err(KeyFileError::OtherMatrices);
    }
    let (expected, got) = (header.count()? as u64, body.len() as u64);
    if expected != got {
        return Err(KeyFileError::Length { expected, got });
    }
    let digest = digest_of_body(body);
    if digest.as_slice() != header.take(32)? {
        return Err(KeyFileError::Digest);
    }
    if pinned.is_some_and(|pinned| *pinned != digest) {
        return Err(KeyFileError::NotPinned);
    }

    let mut reader = Reader(body);
    let proving_key = reader.proving_key()?;
    check::fixed_points(&proving_key)?;
    if pinned.is_none() {
        check::lists(&proving_key)?;
        // All the rest is the matrices' own format, whose hash is their identity: nothing can trail it.
        if Sha256::digest(reader.0).as_slice() != matrices_digest {
            return Err(KeyFileError::Contents);
        }
    }
    let matrices = Matrices::read_from(&mut reader.0)?;
    check::consistency(&proving_key, &matrices)?;
    Ok(Keys::from_parts(proving_key, Arc::new(matrices))?)
}

fn read_limited(path: &Path) -> Result<Vec<u8>, KeyFileError> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() || metadata.len() > MAX_FILE_BYTES {
        return Err(KeyFileError::NoFile);
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn digest_of_body(body: &[u8]) -> BodyDigest {
    let blocks: Vec<[u8; 32]> = body
        .par_chunks(BLOCK_BYTES)
        .map(|block| Sha256::digest(block).into())
        .collect();
    Sha256::digest(blocks.as_flattened()).into()
}

#[cfg(test)]
mod tests;
