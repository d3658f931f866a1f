//! Writing the body.

use std::io::{self, Write};

use ark_bn254::Fq;
use assay_kernels::bn254::msm::{G1Point, G2Point, Point};
use sha2::{Digest, Sha256};

use super::super::proving_key::ProvingKey;
use super::{BLOCK_BYTES, BodyDigest};

/// Counts and hashes what is written.
pub(super) struct BodyWriter<'a, W: Write> {
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
    pub(super) fn new(inner: &'a mut W) -> Self {
        Self {
            inner,
            block: Vec::with_capacity(BLOCK_BYTES),
            bytes: 0,
            block_digests: Sha256::new(),
        }
    }

    /// Returns how many bytes the body has, and its digest.
    pub(super) fn finish(mut self) -> io::Result<(u64, BodyDigest)> {
        if !self.block.is_empty() {
            self.end_block()?;
        }
        Ok((self.bytes, self.block_digests.finalize().into()))
    }

    pub(super) fn write_proving_key(&mut self, pk: &ProvingKey) -> io::Result<()> {
        for point in [&pk.vk.alpha_g1, &pk.beta_g1, &pk.delta_g1] {
            self.write_point(&G1Point::from(point))?;
        }
        for point in [&pk.vk.beta_g2, &pk.vk.gamma_g2, &pk.vk.delta_g2] {
            self.write_point(&G2Point::from(point))?;
        }
        let inputs: Vec<G1Point> = pk.vk.gamma_abc_g1.iter().map(G1Point::from).collect();
        for points in [&inputs, &pk.a, &pk.b_g1, &pk.h, &pk.l] {
            self.write_list(points)?;
        }
        self.write_list(&pk.b_g2)
    }

    fn end_block(&mut self) -> io::Result<()> {
        self.block_digests.update(Sha256::digest(&self.block));
        self.inner.write_all(&self.block)?;
        self.bytes += self.block.len() as u64;
        self.block.clear();
        Ok(())
    }

    fn write_list<const N: usize>(&mut self, points: &[Point<N>]) -> io::Result<()> {
        self.write_all(&(points.len() as u64).to_le_bytes())?;
        points.iter().try_for_each(|point| self.write_point(point))
    }

    fn write_point<const N: usize>(&mut self, point: &Point<N>) -> io::Result<()> {
        point.0.iter().try_for_each(|value| self.write_field(value))
    }

    /// Limbs as they are in memory, the lowest first.
    fn write_field(&mut self, value: &Fq) -> io::Result<()> {
        let limbs = value.0.0.map(u64::to_le_bytes);
        self.write_all(limbs.as_flattened())
    }
}
