//! What a file that vouches for itself can still get wrong.

use ark_bn254::{Bn254, G1Affine, G2Affine};
use ark_ec::pairing::Pairing;
use assay_kernels::bn254::msm::{G1Point, G2Point, Point};
use rayon::prelude::*;

use crate::r1cs::Matrices;

use super::super::points::{self, PointError};
use super::super::proving_key::ProvingKey;
use super::KeyFileError;

/// Checks that coordinates are below the modulus, without which nothing can be computed with them.
pub(super) fn are_canonical<const N: usize>(points: &[Point<N>]) -> Result<(), KeyFileError> {
    if points.par_iter().all(Point::is_canonical) {
        Ok(())
    } else {
        Err(KeyFileError::Contents)
    }
}

/// Checks the points that are no list of the prover's: none may be infinity, as `beta` and `delta` at infinity in G1
/// would take the blinding out of proofs that verify, and a pairing of a point off the curve is not defined.
pub(super) fn fixed_points(pk: &ProvingKey) -> Result<(), PointError> {
    points::check_g1("alpha", &pk.vk.alpha_g1)?;
    points::check_g1("beta", &pk.beta_g1)?;
    points::check_g1("delta", &pk.delta_g1)?;
    points::check_g2("beta", &pk.vk.beta_g2)?;
    points::check_g2("gamma", &pk.vk.gamma_g2)?;
    points::check_g2("delta", &pk.vk.delta_g2)?;
    let mut inputs = pk.vk.gamma_abc_g1.iter();
    inputs.try_for_each(|point| points::check_g1("of an input", point))
}

/// Checks every point of the prover's lists; infinity is one that variables without entries have.
pub(super) fn lists(pk: &ProvingKey) -> Result<(), KeyFileError> {
    let g1 = [&pk.a, &pk.b_g1, &pk.h, &pk.l];
    g1.into_iter()
        .try_for_each(|points| are_canonical(points))?;
    are_canonical(&pk.b_g2)?;
    let is_g1 = |point: &G1Point| {
        point.is_infinity() || points::check_g1("of a list", &G1Affine::from(point)).is_ok()
    };
    let is_g2 = |point: &G2Point| {
        point.is_infinity() || points::check_g2("of a list", &G2Affine::from(point)).is_ok()
    };
    let all_g1 = g1.into_iter().all(|points| points.par_iter().all(is_g1));
    if all_g1 && pk.b_g2.par_iter().all(is_g2) {
        Ok(())
    } else {
        Err(KeyFileError::Contents)
    }
}

/// Checks the lengths, and that both groups hold the same secrets. The fixed points have been checked.
pub(super) fn consistency(pk: &ProvingKey, matrices: &Matrices) -> Result<(), KeyFileError> {
    // e(beta·G1, delta·G2) = e(delta·G1, beta·G2); the generators themselves are not part of a key.
    let same_secrets =
        Bn254::pairing(pk.beta_g1, pk.vk.delta_g2) == Bn254::pairing(pk.delta_g1, pk.vk.beta_g2);
    let fits =
        pk.misfit(matrices).is_none() && pk.l[..matrices.num_inputs].iter().all(Point::is_infinity);
    if fits && same_secrets {
        Ok(())
    } else {
        Err(KeyFileError::Contents)
    }
}
