//! The Poseidon2 permutations over `Fr` as constraints: `t` = 4 for nodes and transcript, 8 and 16 for leaves.

use super::builder::Builder;
use super::lc::Lc;
use ark_bn254::Fr;
use std::sync::OnceLock;

const CONSTANTS: &str = include_str!("poseidon2_constants.txt");

/// The constants of one state size.
#[derive(Debug)]
pub struct Poseidon2 {
    width: usize,
    diagonal_minus_one: Vec<Fr>,
    external: Vec<Vec<Fr>>,
    internal: Vec<Fr>,
}

impl Poseidon2 {
    /// Returns the permutation of a width: 4, 8 or 16.
    ///
    /// # Panics
    /// At any other width.
    pub fn of_width(width: usize) -> &'static Self {
        static ALL: OnceLock<Vec<Poseidon2>> = OnceLock::new();
        let all = ALL.get_or_init(|| parse(CONSTANTS));
        all.iter()
            .find(|p| p.width == width)
            .expect("widths are 4, 8 and 16")
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
            self.width,
            "the state has the permutation's width"
        );
        multiply_external(state);
        let (first, last) = self.external.split_at(self.external.len() / 2);
        for constants in first {
            external_round(b, state, constants);
        }
        for constant in &self.internal {
            state[0] = sbox(b, &state[0].plus(*constant));
            let sum = Lc::sum(state.iter());
            for (lane, diagonal) in state.iter_mut().zip(&self.diagonal_minus_one) {
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

fn parse(text: &str) -> Vec<Poseidon2> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let mut out = Vec::new();
    while let Some(head) = lines.next() {
        let sizes: Vec<usize> = head
            .split(' ')
            .map(|n| n.parse().expect("sizes are decimal"))
            .collect();
        let [width, full, partial] = sizes[..] else {
            panic!("a section starts with three sizes")
        };
        let mut take =
            |count: usize| -> Vec<Fr> { lines.by_ref().take(count).map(parse_hex).collect() };
        let diagonal_minus_one = take(width);
        let external = (0..full).map(|_| take(width)).collect();
        let internal = take(partial);
        out.push(Poseidon2 {
            width,
            diagonal_minus_one,
            external,
            internal,
        });
    }
    out
}

fn parse_hex(line: &str) -> Fr {
    assert_eq!(line.len(), 64, "a constant has 64 digits");
    let digit = |c: char| Fr::from(c.to_digit(16).expect("constants are hexadecimal"));
    line.chars().fold(Fr::from(0u64), |value, c| {
        value * Fr::from(16u64) + digit(c)
    })
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
