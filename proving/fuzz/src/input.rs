//! The input of each case: a function of the run's number and the case's.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::mutate::{damage, mutate};
use crate::seeds::Seeds;
use crate::wire::{Kind, encode, parse};

/// Bytes of a case's input, at most: seeds have a few thousand, and larger ones only cost time.
const MAX_BYTES: usize = 64 << 10;

/// Returns the input of a case. The first cases are the seeds as they are.
#[must_use]
pub fn input(seeds: &Seeds, run: u64, case: u64) -> Vec<u8> {
    let files = seeds.files();
    if let Some((_, bytes)) = usize::try_from(case).ok().and_then(|case| files.get(case)) {
        return bytes.clone();
    }
    let mut rng = rng(run, case);
    let mut bytes = files[rng.gen_range(0..files.len())].1.clone();
    // Damage of bytes mostly tests the decoder; changed fields reach what is behind it.
    if rng.gen_bool(0.85)
        && let Some(mut fields) = parse(Kind::Model, &bytes)
    {
        for _ in 0..changes(&mut rng) {
            mutate(&mut fields, seeds, &mut rng);
        }
        bytes = encode(&fields);
    }
    if rng.gen_bool(0.2) {
        for _ in 0..changes(&mut rng) {
            damage(&mut bytes, &mut rng);
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

/// Returns the source of all chance in a case.
#[must_use]
pub fn rng(run: u64, case: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(run);
    rng.set_stream(case);
    rng
}

/// Returns a small number, one more often than not.
fn changes(rng: &mut impl Rng) -> usize {
    let mut count = 1;
    while count < 8 && rng.gen_bool(0.4) {
        count += 1;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inputs_are_the_same_every_time_and_differ_between_cases() {
        let seeds = Seeds::load().unwrap();
        let first = seeds.files().len() as u64;
        for case in first..first + 50 {
            assert_eq!(input(&seeds, 7, case), input(&seeds, 7, case));
        }
        let all: std::collections::HashSet<_> = (first..first + 400)
            .map(|case| input(&seeds, 7, case))
            .collect();
        assert!(all.len() > 350, "{}", all.len());
        assert_ne!(input(&seeds, 7, first), input(&seeds, 8, first));
    }
}
