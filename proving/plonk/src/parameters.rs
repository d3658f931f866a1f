//! What the recorded code takes from a proof that is the same at every point.

use plonky2::field::types::Field;

use crate::field::F;
use crate::shape::Shape;
use crate::symbol::Symbol;

/// Where the parameters are: the public inputs' hash; for each challenge `β`, `γ` and `β` times the shift of each
/// routed wire; the powers of each challenge's `α`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parameters {
    challenges: usize,
    routed: usize,
}

/// The challenges of a proof, as far as they are known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Challenges<'a> {
    pub(crate) betas: &'a [F],
    pub(crate) gammas: &'a [F],
    pub(crate) alphas: &'a [F],
}

impl Parameters {
    pub(crate) fn new(shape: &Shape) -> Self {
        Self {
            challenges: shape.challenges,
            routed: shape.routed,
        }
    }

    pub(crate) fn public_inputs_hash(&self) -> [Symbol; 4] {
        std::array::from_fn(Symbol::parameter)
    }

    pub(crate) fn beta(&self, challenge: usize) -> Symbol {
        Symbol::parameter(self.of_challenge(challenge))
    }

    pub(crate) fn gamma(&self, challenge: usize) -> Symbol {
        Symbol::parameter(self.of_challenge(challenge) + 1)
    }

    /// `β` times the shift of a routed wire.
    pub(crate) fn shifted_beta(&self, challenge: usize, wire: usize) -> Symbol {
        Symbol::parameter(self.of_challenge(challenge) + 2 + wire)
    }

    /// Power `exponent` of `α`.
    pub(crate) fn alpha_power(&self, challenge: usize, exponent: usize) -> Symbol {
        let powers = self.of_challenge(self.challenges);
        Symbol::parameter(powers + exponent * self.challenges + challenge)
    }

    /// Returns the parameters of a proof, with as many powers of `α` as asked for.
    pub(crate) fn words(
        &self,
        hash: [F; 4],
        shifts: &[F],
        challenges: Challenges<'_>,
        powers: usize,
    ) -> Vec<u64> {
        let mut words: Vec<u64> = hash.iter().map(|word| word.0).collect();
        for (&beta, &gamma) in challenges.betas.iter().zip(challenges.gammas) {
            words.extend([beta.0, gamma.0]);
            words.extend(shifts[..self.routed].iter().map(|&shift| (beta * shift).0));
        }
        let mut power = vec![F::ONE; challenges.alphas.len()];
        for _ in 0..powers {
            words.extend(power.iter().map(|power| power.0));
            power
                .iter_mut()
                .zip(challenges.alphas)
                .for_each(|(power, &alpha)| *power *= alpha);
        }
        words
    }

    fn of_challenge(&self, challenge: usize) -> usize {
        4 + challenge * (2 + self.routed)
    }
}
