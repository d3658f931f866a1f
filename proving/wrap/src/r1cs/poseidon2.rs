//! The Poseidon2 permutations over `Fr` as constraints: `t` = 4 for nodes and transcript, 8 and 16 for leaves.

use super::builder::Builder;
use super::lc::Lc;
use ark_bn254::Fr;
use assay_kernels::bn254::poseidon2::Parameters;

/// The permutation of one state size.
#[derive(Debug)]
pub struct Poseidon2(&'static Parameters);

impl Poseidon2 {
    /// Returns the permutation of a width: 4, 8 or 16.
    ///
    /// # Panics
    /// At any other width.
    pub fn of_width(width: usize) -> Self {
        Self(Parameters::of_width(width))
    }

    /// Applies the permutation.
    ///
    /// # Constraints
    /// Three for each S-box, `x^5` as `x^2`, `x^4`, `x^4 * x`. All else is linear; in the partial rounds the
    /// combinations grow by one term a round, which costs entries and no constraints.
    ///
    /// # Costs
    /// 264 at width 4, 363 at width 8, 555 at width 16.
    pub fn permute(&self, b: &mut Builder, state: &mut [Lc]) {
        assert_eq!(
            state.len(),
            self.0.width,
            "the state has the permutation's width"
        );
        multiply_external(state);
        let (first, last) = self.0.external.split_at(self.0.external.len() / 2);
        for constants in first {
            external_round(b, state, constants);
        }
        for constant in &self.0.internal {
            state[0] = sbox(b, &state[0].plus(*constant));
            let sum = Lc::sum(state.iter());
            for (lane, diagonal) in state.iter_mut().zip(&self.0.diagonal_minus_one) {
                *lane = &lane.scale(*diagonal) + &sum;
            }
        }
        for constants in last {
            external_round(b, state, constants);
        }
    }
}

fn external_round(b: &mut Builder, state: &mut [Lc], constants: &[Fr]) {
    for (lane, constant) in state.iter_mut().zip(constants) {
        *lane = sbox(b, &lane.plus(*constant));
    }
    multiply_external(state);
}

fn sbox(b: &mut Builder, x: &Lc) -> Lc {
    let square = b.mul(x, x);
    let fourth = b.mul(&square, &square);
    b.mul(&fourth, x)
}

/// The 4x4 matrix of the Poseidon2 paper on each four lanes, then each lane plus the sum of its position over the
/// groups (only when there are several).
fn multiply_external(state: &mut [Lc]) {
    const M4: [[u64; 4]; 4] = [[5, 7, 1, 3], [4, 6, 1, 1], [1, 3, 5, 7], [1, 1, 4, 6]];
    let lanes = state.to_vec();
    for (group, chunk) in lanes.chunks(4).enumerate() {
        for (row, coefficients) in M4.iter().enumerate() {
            state[4 * group + row] = Lc::weighted(chunk.iter().zip(coefficients.map(Fr::from)));
        }
    }
    if state.len() > 4 {
        let sums: Vec<Lc> = (0..4)
            .map(|k| Lc::sum(state.iter().skip(k).step_by(4)))
            .collect();
        for (k, lane) in state.iter_mut().enumerate() {
            *lane += &sums[k % 4];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r1cs::testing::check_gadget_fr;
    use ark_ff::UniformRand;
    use rand::SeedableRng;
    use rand::rngs::StdRng;
    use taceo_poseidon2::bn254::{t4, t8, t16};

    fn check(width: usize, native: impl Fn(&[Fr]) -> Vec<Fr>) {
        let mut rng = StdRng::seed_from_u64(width as u64);
        for _ in 0..4 {
            let inputs: Vec<Fr> = (0..width).map(|_| Fr::rand(&mut rng)).collect();
            let mut b = Builder::new(crate::r1cs::Mode::Synthesize, &inputs);
            let mut state: Vec<Lc> = (0..width).map(|k| b.input(k)).collect();
            Poseidon2::of_width(width).permute(&mut b, &mut state);
            b.is_satisfied().unwrap();
            let values: Vec<Fr> = state.iter().map(Lc::value).collect();
            assert_eq!(values, native(&inputs));
        }
    }

    #[test]
    fn permutations_are_those_of_the_crate() {
        check(4, |x| t4::permutation(x.try_into().unwrap()).to_vec());
        check(8, |x| t8::permutation(x.try_into().unwrap()).to_vec());
        check(16, |x| t16::permutation(x.try_into().unwrap()).to_vec());
    }

    #[test]
    fn every_s_box_variable_is_constrained() {
        for (width, cost) in [(4, 264), (8, 363), (16, 555)] {
            let mut rng = StdRng::seed_from_u64(99);
            let mut random = || (0..width).map(|_| Fr::rand(&mut rng)).collect::<Vec<_>>();
            check_gadget_fr(&random(), &random(), |b| {
                let mut state: Vec<Lc> = (0..width).map(|k| b.input(k)).collect();
                Poseidon2::of_width(width).permute(b, &mut state);
                assert_eq!(b.num_constraints(), cost);
            });
        }
    }
}
