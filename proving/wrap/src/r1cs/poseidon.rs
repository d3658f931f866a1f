//! Plonky2's Goldilocks Poseidon on emulated words: the hash of the public inputs.

use super::builder::Builder;
use super::goldilocks::Gl;
use plonky2::field::goldilocks_field::GoldilocksField;
use plonky2::hash::poseidon::{
    ALL_ROUND_CONSTANTS, HALF_N_FULL_ROUNDS, N_PARTIAL_ROUNDS, N_ROUNDS, Poseidon, SPONGE_RATE,
    SPONGE_WIDTH,
};

/// A lane that grows past this many bits in the partial rounds is reduced: the matrix adds eight bits a round, and
/// wider ones could not be reduced in the batch.
const MAX_LANE_BITS: u32 = super::reductions::MAX_DIFFERENCE_BITS - 8;

/// Returns Plonky2's `hash_n_to_hash_no_pad`: rate 8, inputs overwrite, four words of output below 2^64.
pub fn hash_no_pad(b: &mut Builder, inputs: &[Gl]) -> [Gl; 4] {
    let mut state: [Gl; SPONGE_WIDTH] = std::array::from_fn(|_| Gl::zero());
    for block in inputs.chunks(SPONGE_RATE) {
        state[..block.len()].clone_from_slice(block);
        permute(b, &mut state);
    }
    let [a, c, d, e, ..] = state;
    [a, c, d, e].map(|word| word.reduce(b))
}

/// The permutation. Lanes enter an S-box reduced and leave it as integers of 192 bits; the matrix adds eight.
fn permute(b: &mut Builder, state: &mut [Gl; SPONGE_WIDTH]) {
    let partial = HALF_N_FULL_ROUNDS..HALF_N_FULL_ROUNDS + N_PARTIAL_ROUNDS;
    for round in 0..N_ROUNDS {
        for (k, lane) in state.iter_mut().enumerate() {
            *lane = lane.add(&Gl::constant(ALL_ROUND_CONSTANTS[k + SPONGE_WIDTH * round]));
        }
        if partial.contains(&round) {
            // One short S-box output, and eleven lanes that only grow.
            for lane in &mut *state {
                *lane = if round == partial.start {
                    lane.reduce(b)
                } else {
                    lane.reduce_over(b, MAX_LANE_BITS)
                };
            }
            state[0] = sbox(b, &state[0]).reduce(b);
        } else {
            for lane in &mut *state {
                *lane = sbox(b, lane);
            }
        }
        multiply(state);
    }
}

/// `x^7` as `x (x^3)^2`, with `x` and `x^3` reduced.
fn sbox(b: &mut Builder, x: &Gl) -> Gl {
    let x = x.reduce_over(b, 66);
    let cube = x.square(b).mul(b, &x).reduce(b);
    cube.square(b).mul(b, &x)
}

fn multiply(state: &mut [Gl; SPONGE_WIDTH]) {
    let circulant = GoldilocksField::MDS_MATRIX_CIRC;
    let diagonal = GoldilocksField::MDS_MATRIX_DIAG;
    let row = |r: usize| {
        let mut terms: Vec<Gl> = (0..SPONGE_WIDTH)
            .map(|i| state[(i + r) % SPONGE_WIDTH].mul_const(circulant[i]))
            .collect();
        terms.push(state[r].mul_const(diagonal[r]));
        Gl::sum(&terms)
    };
    *state = std::array::from_fn(row);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::r1cs::Mode;
    use crate::r1cs::testing::check_part;
    use ark_bn254::Fr;
    use plonky2::field::types::{Field, PrimeField64};
    use plonky2::hash::poseidon::PoseidonHash;
    use plonky2::plonk::config::Hasher;

    #[test]
    fn hash_is_that_of_plonky2() {
        for (count, seed) in [(24, 1u64), (24, u64::MAX), (5, 3)] {
            let words: Vec<u64> = (0..count)
                .map(|k| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(k))
                .collect();
            let inputs: Vec<Fr> = words.iter().map(|w| Fr::from(*w)).collect();
            let mut b = Builder::new(Mode::Synthesize, &inputs);
            let words: Vec<Gl> = (0..words.len())
                .map(|k| Gl::from_range_checked(b.input(k), 64))
                .collect();
            let hash = hash_no_pad(&mut b, &words);
            b.is_satisfied().unwrap();
            let native: Vec<GoldilocksField> = words
                .iter()
                .map(|w| GoldilocksField::from_noncanonical_u64(w.residue()))
                .collect();
            let expected = PoseidonHash::hash_no_pad(&native)
                .elements
                .map(|e| e.to_canonical_u64());
            assert_eq!(hash.map(|word| word.residue()), expected);
        }
    }

    #[test]
    fn bent_hints_are_refused() {
        let inputs: Vec<Fr> = (0..24u64).map(|k| Fr::from(u64::MAX - 3 * k)).collect();
        check_part(0, 3, |mode, bends| {
            let mut b = Builder::new(mode, &inputs);
            for (hint, delta) in bends {
                b.bend_hint(*hint, *delta);
            }
            b.defer_reductions();
            let words: Vec<Gl> = (0..inputs.len())
                .map(|k| Gl::from_range_checked(b.input(k), 64))
                .collect();
            hash_no_pad(&mut b, &words);
            b.in_scope("reductions", |b| b.settle_reductions(&[]));
            b
        });
    }
}
