//! The proving key in the form that sums take and that key files hold.

use ark_bn254::{Bn254, G1Affine};
use assay_kernels::bn254::msm::{G1Point, G2Point};
use rayon::prelude::*;

use crate::r1cs::Matrices;

/// A Groth16 proving key. Every list of variables has one point a column of the matrices.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ProvingKey {
    /// The verifying key.
    pub(super) vk: ark_groth16::VerifyingKey<Bn254>,
    /// `beta·G1`.
    pub(super) beta_g1: G1Affine,
    /// `delta·G1`.
    pub(super) delta_g1: G1Affine,
    /// `A_i(t)·G1`.
    pub(super) a: Vec<G1Point>,
    /// `B_i(t)·G1`.
    pub(super) b_g1: Vec<G1Point>,
    /// `t^i·Z(t)/delta·G1`, one fewer than the domain has points.
    pub(super) h: Vec<G1Point>,
    /// `(beta·A_i + alpha·B_i + C_i)(t)/delta·G1`; infinity for public inputs, which the verifier sums, so that the same
    /// scalars serve this list and the others.
    pub(super) l: Vec<G1Point>,
    /// `B_i(t)·G2`.
    pub(super) b_g2: Vec<G2Point>,
}

impl ProvingKey {
    /// Finds a list that has another length than these matrices ask for: its name, how many points it has, and how many it
    /// should have.
    pub(super) fn misfit(&self, matrices: &Matrices) -> Option<(&'static str, usize, usize)> {
        let variables = matrices.num_inputs + matrices.num_witness;
        let domain = (matrices.num_constraints() + matrices.num_inputs).next_power_of_two();
        let lengths = [
            ("inputs", self.vk.gamma_abc_g1.len(), matrices.num_inputs),
            ("A", self.a.len(), variables),
            ("B in G1", self.b_g1.len(), variables),
            ("B in G2", self.b_g2.len(), variables),
            ("H", self.h.len(), domain - 1),
            ("L", self.l.len(), variables),
        ];
        lengths
            .into_iter()
            .find(|(_, got, expected)| got != expected)
    }
}

impl From<ark_groth16::ProvingKey<Bn254>> for ProvingKey {
    fn from(key: ark_groth16::ProvingKey<Bn254>) -> Self {
        let num_inputs = key.vk.gamma_abc_g1.len();
        let mut l = vec![G1Point::INFINITY; num_inputs];
        l.par_extend(key.l_query.par_iter().map(G1Point::from));
        Self {
            vk: key.vk,
            beta_g1: key.beta_g1,
            delta_g1: key.delta_g1,
            // By value: each list is dropped when it has been packed.
            a: pack(key.a_query),
            b_g1: pack(key.b_g1_query),
            h: pack(key.h_query),
            l,
            b_g2: pack(key.b_g2_query),
        }
    }
}

fn pack<A: Send, P: for<'a> From<&'a A> + Send>(points: Vec<A>) -> Vec<P> {
    points
        .into_par_iter()
        .map(|point| P::from(&point))
        .collect()
}
