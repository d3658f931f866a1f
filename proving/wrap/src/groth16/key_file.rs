//! The format of a key file: a header with the digest of the rest, then points and matrices.
//!
//! Points are uncompressed and, because the digest vouches for them, not checked again: loading takes seconds.

use std::fs::{self, File};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use ark_bn254::{Bn254, Fq, Fq2, G1Affine, G2Affine};
use ark_ec::AffineRepr;
use ark_ec::pairing::Pairing;
use ark_ff::{BigInt, PrimeField, Zero};
use ark_groth16::ProvingKey;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::r1cs::Matrices;

use super::keys::Keys;
use super::verifying_key::VerifyingKeyError;

/// Raised whenever the layout below changes; part of the file name.
pub(super) const FORMAT_VERSION: u32 = 1;

const MAGIC: [u8; 8] = *b"ASSAYKEY";

/// Magic, version, matrices digest, body length, body digest.
const HEADER_BYTES: usize = 8 + 4 + 32 + 8 + 32;

/// The body's digest is that of its blocks' digests, so that blocks can be hashed side by side.
const BLOCK_BYTES: usize = 4 << 20;

const FIELD_BYTES: usize = 32;
const G1_BYTES: usize = 2 * FIELD_BYTES;
const G2_BYTES: usize = 4 * FIELD_BYTES;

/// Why a key file is unusable.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyFileError {
    #[error("cannot read it: {0}")]
    Io(#[from] io::Error),
    #[error("it is not a key file of format {FORMAT_VERSION}")]
    Format,
    #[error("it holds keys of another constraint system")]
    OtherMatrices,
    #[error("its body has {got} bytes, expected {expected}")]
    Length { expected: u64, got: u64 },
    #[error("its contents do not match their digest")]
    Digest,
    #[error("its contents are inconsistent")]
    Contents,
    #[error(transparent)]
    VerifyingKey(#[from] VerifyingKeyError),
}

/// Writes a key file and waits until it is on disk.
pub(super) fn write(path: &Path, matrices_digest: &[u8; 32], keys: &Keys) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(&[0; HEADER_BYTES])?;
    let mut body = BodyWriter::new(&mut file);
    write_proving_key(&mut body, keys.proving_key())?;
    keys.matrices().write_to(&mut body)?;
    let (body_bytes, body_digest) = body.finish()?;

    file.seek(SeekFrom::Start(0))?;
    file.write_all(&MAGIC)?;
    file.write_all(&FORMAT_VERSION.to_le_bytes())?;
    file.write_all(matrices_digest)?;
    file.write_all(&body_bytes.to_le_bytes())?;
    file.write_all(&body_digest)?;
    file.flush()?;
    file.get_ref().sync_all()
}

/// Reads a key file and checks its digest.
pub(super) fn read(path: &Path, matrices_digest: &[u8; 32]) -> Result<Keys, KeyFileError> {
    let bytes = fs::read(path)?;
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
    let block_digests: Vec<[u8; 32]> = body
        .par_chunks(BLOCK_BYTES)
        .map(|block| Sha256::digest(block).into())
        .collect();
    if Sha256::digest(block_digests.as_flattened()).as_slice() != header.take(32)? {
        return Err(KeyFileError::Digest);
    }

    let mut reader = Reader(body);
    let proving_key = reader.proving_key()?;
    // All the rest is the matrices' own format, whose hash is their identity: nothing can trail it.
    if Sha256::digest(reader.0).as_slice() != matrices_digest {
        return Err(KeyFileError::Contents);
    }
    let matrices = Matrices::read_from(&mut reader.0)?;
    check_proving_key(&proving_key, &matrices)?;
    Ok(Keys::new(proving_key, Arc::new(matrices))?)
}

/// Checks what a file that vouches for itself can still get wrong: the lengths, and that both groups hold the same
/// secrets.
fn check_proving_key(pk: &ProvingKey<Bn254>, matrices: &Matrices) -> Result<(), KeyFileError> {
    let variables = matrices.num_inputs + matrices.num_witness;
    let domain = (matrices.num_constraints() + matrices.num_inputs).next_power_of_two();
    let lengths = [
        (pk.vk.gamma_abc_g1.len(), matrices.num_inputs),
        (pk.a_query.len(), variables),
        (pk.b_g1_query.len(), variables),
        (pk.b_g2_query.len(), variables),
        (pk.h_query.len(), domain - 1),
        (pk.l_query.len(), matrices.num_witness),
    ];
    // e(beta·G1, delta·G2) = e(delta·G1, beta·G2); the generators themselves are not part of a key.
    let same_secrets =
        Bn254::pairing(pk.beta_g1, pk.vk.delta_g2) == Bn254::pairing(pk.delta_g1, pk.vk.beta_g2);
    if lengths.iter().all(|(got, expected)| got == expected) && same_secrets {
        Ok(())
    } else {
        Err(KeyFileError::Contents)
    }
}

/// Counts and hashes what is written.
struct BodyWriter<'a, W: Write> {
    inner: &'a mut W,
    block: Vec<u8>,
    bytes: u64,
    block_digests: Sha256,
}

impl<W: Write> Write for BodyWriter<'_, W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let fits = data.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&data[..fits]);
        if self.block.len() == BLOCK_BYTES {
            self.end_block()?;
        }
        Ok(fits)
    }

    /// Does nothing: blocks end where they are full, whoever asks.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a, W: Write> BodyWriter<'a, W> {
    fn new(inner: &'a mut W) -> Self {
        Self {
            inner,
            block: Vec::with_capacity(BLOCK_BYTES),
            bytes: 0,
            block_digests: Sha256::new(),
        }
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.block_digests.update(Sha256::digest(&self.block));
        self.inner.write_all(&self.block)?;
        self.bytes += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<(u64, [u8; 32])> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        Ok((self.bytes, self.block_digests.finalize().into()))
    }

    fn write_count(&mut self, count: usize) -> io::Result<()> {
        self.write_all(&(count as u64).to_le_bytes())
    }

    fn write_field<F: PrimeField<BigInt = BigInt<4>>>(&mut self, value: &F) -> io::Result<()> {
        for limb in value.into_bigint().0 {
            self.write_all(&limb.to_le_bytes())?;
        }
        Ok(())
    }

    /// Infinity is written as zeros, which satisfy neither curve equation.
    fn write_g1(&mut self, point: &G1Affine) -> io::Result<()> {
        let (x, y) = point.xy().unwrap_or_default();
        self.write_field(&x)?;
        self.write_field(&y)
    }

    fn write_g2(&mut self, point: &G2Affine) -> io::Result<()> {
        let (x, y) = point.xy().unwrap_or_default();
        for value in [x.c0, x.c1, y.c0, y.c1] {
            self.write_field(&value)?;
        }
        Ok(())
    }

    fn write_g1_list(&mut self, points: &[G1Affine]) -> io::Result<()> {
        self.write_count(points.len())?;
        points.iter().try_for_each(|point| self.write_g1(point))
    }
}

fn write_proving_key<W: Write>(
    body: &mut BodyWriter<'_, W>,
    pk: &ProvingKey<Bn254>,
) -> io::Result<()> {
    for point in [&pk.vk.alpha_g1, &pk.beta_g1, &pk.delta_g1] {
        body.write_g1(point)?;
    }
    for point in [&pk.vk.beta_g2, &pk.vk.gamma_g2, &pk.vk.delta_g2] {
        body.write_g2(point)?;
    }
    let lists = [
        &pk.vk.gamma_abc_g1,
        &pk.a_query,
        &pk.b_g1_query,
        &pk.h_query,
        &pk.l_query,
    ];
    for points in lists {
        body.write_g1_list(points)?;
    }
    body.write_count(pk.b_g2_query.len())?;
    pk.b_g2_query
        .iter()
        .try_for_each(|point| body.write_g2(point))
}

/// What is left to read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize) -> Result<&'a [u8], KeyFileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(bytes)
            .ok_or(KeyFileError::Contents)?;
        self.0 = rest;
        Ok(taken)
    }

    fn count(&mut self) -> Result<usize, KeyFileError> {
        let bytes = self.take(8)?.as_array().ok_or(KeyFileError::Contents)?;
        usize::try_from(u64::from_le_bytes(*bytes)).map_err(|_| KeyFileError::Contents)
    }

    /// `count` items of `SIZE` bytes, decoded side by side.
    fn items<const SIZE: usize, T: Send>(
        &mut self,
        count: usize,
        decode: impl Fn(&[u8; SIZE]) -> Option<T> + Sync + Send,
    ) -> Result<Vec<T>, KeyFileError> {
        let length = count.checked_mul(SIZE).ok_or(KeyFileError::Contents)?;
        let (chunks, _) = self.take(length)?.as_chunks::<SIZE>();
        let items: Option<Vec<T>> = chunks.par_iter().map(decode).collect();
        items.ok_or(KeyFileError::Contents)
    }

    fn list<const SIZE: usize, T: Send>(
        &mut self,
        decode: impl Fn(&[u8; SIZE]) -> Option<T> + Sync + Send,
    ) -> Result<Vec<T>, KeyFileError> {
        let count = self.count()?;
        self.items(count, decode)
    }

    fn proving_key(&mut self) -> Result<ProvingKey<Bn254>, KeyFileError> {
        let g1: Vec<G1Affine> = self.items(3, decode_g1)?;
        let g2: Vec<G2Affine> = self.items(3, decode_g2)?;
        let gamma_abc_g1 = self.list(decode_g1)?;
        Ok(ProvingKey {
            vk: ark_groth16::VerifyingKey {
                alpha_g1: g1[0],
                beta_g2: g2[0],
                gamma_g2: g2[1],
                delta_g2: g2[2],
                gamma_abc_g1,
            },
            beta_g1: g1[1],
            delta_g1: g1[2],
            a_query: self.list(decode_g1)?,
            b_g1_query: self.list(decode_g1)?,
            h_query: self.list(decode_g1)?,
            l_query: self.list(decode_g1)?,
            b_g2_query: self.list(decode_g2)?,
        })
    }
}

fn decode_field<F: PrimeField<BigInt = BigInt<4>>>(bytes: &[u8; FIELD_BYTES]) -> Option<F> {
    let mut limbs = [0u64; 4];
    for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_le_bytes(*chunk);
    }
    F::from_bigint(BigInt(limbs))
}

fn decode_g1(bytes: &[u8; G1_BYTES]) -> Option<G1Affine> {
    let (coordinates, _) = bytes.as_chunks::<FIELD_BYTES>();
    let x: Fq = decode_field(&coordinates[0])?;
    let y: Fq = decode_field(&coordinates[1])?;
    if x.is_zero() && y.is_zero() {
        return Some(G1Affine::identity());
    }
    Some(G1Affine::new_unchecked(x, y))
}

fn decode_g2(bytes: &[u8; G2_BYTES]) -> Option<G2Affine> {
    let (coordinates, _) = bytes.as_chunks::<FIELD_BYTES>();
    let x = Fq2::new(
        decode_field(&coordinates[0])?,
        decode_field(&coordinates[1])?,
    );
    let y = Fq2::new(
        decode_field(&coordinates[2])?,
        decode_field(&coordinates[3])?,
    );
    if x.is_zero() && y.is_zero() {
        return Some(G2Affine::identity());
    }
    Some(G2Affine::new_unchecked(x, y))
}

#[cfg(test)]
mod tests;
