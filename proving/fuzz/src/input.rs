//! The input of each case: a function of the run's number and the case's.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use serde_json::Value;

use crate::format::Format;
use crate::json;
use crate::model_file::Parts;
use crate::mutate::{damage, mutate};
use crate::seeds::Seeds;
use crate::wire::{Kind, encode, parse};

/// Bytes of a case's input, at most: seeds have a few thousand, and larger ones only cost time.
const MAX_BYTES: usize = 64 << 10;

/// Returns format and bytes of the input of a case. The first cases are the seeds as they are.
#[must_use]
pub fn input(seeds: &Seeds, run: u64, case: u64) -> (Format, Vec<u8>) {
    let files = seeds.files();
    if let Some(file) = usize::try_from(case).ok().and_then(|case| files.get(case)) {
        return (file.format, file.bytes.clone());
    }
    let mut rng = rng(run, case);
    let file = &files[rng.gen_range(0..files.len())];
    let mut bytes = file.bytes.clone();
    // Damage of bytes mostly tests the decoder; changed fields reach what is behind it.
    if rng.gen_bool(0.85) {
        bytes = changed(file.format, bytes, seeds, &mut rng);
    }
    if rng.gen_bool(0.2) {
        for _ in 0..changes(&mut rng) {
            damage(&mut bytes, &mut rng);
        }
    }
    bytes.truncate(MAX_BYTES);
    (file.format, bytes)
}

/// Returns a file with some of its fields changed, as its format has them; as it is where it cannot be read.
fn changed(format: Format, bytes: Vec<u8>, seeds: &Seeds, rng: &mut impl Rng) -> Vec<u8> {
    let count = changes(rng);
    match format {
        Format::Onnx => {
            let Some(mut fields) = parse(Kind::Model, &bytes) else {
                return bytes;
            };
            (0..count).for_each(|_| mutate(&mut fields, seeds, rng));
            encode(&fields)
        }
        Format::Card => {
            let Ok(mut card) = serde_json::from_slice::<Value>(&bytes) else {
                return bytes;
            };
            (0..count).for_each(|_| json::mutate(&mut card, seeds.json(), rng));
            card.to_string().into_bytes()
        }
        Format::Model => {
            let Some(mut parts) = Parts::read(&bytes) else {
                return bytes;
            };
            (0..count).for_each(|_| parts.change(seeds.json(), rng));
            parts.write(rng)
        }
    }
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
            .map(|case| input(&seeds, 7, case).1)
            .collect();
        assert!(all.len() > 350, "{}", all.len());
        assert_ne!(input(&seeds, 7, first), input(&seeds, 8, first));
    }
}
