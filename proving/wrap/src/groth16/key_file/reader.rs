//! Reading the body.

use ark_bn254::{Fq, G1Affine, G2Affine};
use ark_ff::BigInt;
use assay_kernels::bn254::msm::Point;
use rayon::prelude::*;

use super::super::proving_key::ProvingKey;
use super::{KeyFileError, check};

const FIELD_BYTES: usize = 32;

/// What is left to read.
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, bytes: usize) -> Result<&'a [u8], KeyFileError> {
        let (taken, rest) = self
            .0
            .split_at_checked(bytes)
            .ok_or(KeyFileError::Contents)?;
        self.0 = rest;
        Ok(taken)
    }

    pub(super) fn count(&mut self) -> Result<usize, KeyFileError> {
        let bytes = self.take(8)?.as_array().ok_or(KeyFileError::Contents)?;
        usize::try_from(u64::from_le_bytes(*bytes)).map_err(|_| KeyFileError::Contents)
    }

    /// Reads the proving key. Of its lists nothing is checked but that the file is long enough.
    pub(super) fn proving_key(&mut self) -> Result<ProvingKey, KeyFileError> {
        let [alpha_g1, beta_g1, delta_g1] = [self.g1()?, self.g1()?, self.g1()?];
        let [beta_g2, gamma_g2, delta_g2] = [self.g2()?, self.g2()?, self.g2()?];
        let inputs: Vec<Point<2>> = self.list()?;
        check::are_canonical(&inputs)?;
        Ok(ProvingKey {
            vk: ark_groth16::VerifyingKey {
                alpha_g1,
                beta_g2,
                gamma_g2,
                delta_g2,
                gamma_abc_g1: inputs.iter().map(G1Affine::from).collect(),
            },
            beta_g1,
            delta_g1,
            a: self.list()?,
            b_g1: self.list()?,
            h: self.list()?,
            l: self.list()?,
            b_g2: self.list()?,
        })
    }

    fn g1(&mut self) -> Result<G1Affine, KeyFileError> {
        let points = self.points::<2>(1)?;
        check::are_canonical(&points)?;
        Ok(G1Affine::from(&points[0]))
    }

    fn g2(&mut self) -> Result<G2Affine, KeyFileError> {
        let points = self.points::<4>(1)?;
        check::are_canonical(&points)?;
        Ok(G2Affine::from(&points[0]))
    }

    fn list<const N: usize>(&mut self) -> Result<Vec<Point<N>>, KeyFileError> {
        let count = self.count()?;
        self.points(count)
    }

    /// Copies points side by side.
    fn points<const N: usize>(&mut self, count: usize) -> Result<Vec<Point<N>>, KeyFileError> {
        let point_bytes = N * FIELD_BYTES;
        let length = count
            .checked_mul(point_bytes)
            .ok_or(KeyFileError::Contents)?;
        let points = self.take(length)?.par_chunks_exact(point_bytes);
        Ok(points.map(decode).collect())
    }
}

fn decode<const N: usize>(bytes: &[u8]) -> Point<N> {
    let mut point = Point::INFINITY;
    for (value, bytes) in point.0.iter_mut().zip(bytes.as_chunks::<FIELD_BYTES>().0) {
        let mut limbs = [0u64; 4];
        for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0) {
            *limb = u64::from_le_bytes(*bytes);
        }
        *value = Fq::new_unchecked(BigInt(limbs));
    }
    point
}
