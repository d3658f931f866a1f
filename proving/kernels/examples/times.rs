//! Times kernels on every path and one thread, Plonky2's and arkworks' own code beside them.
//!
//! `cargo run --release -p assay-kernels --example times`: the least time of many runs is shown, so that a few that were
//! disturbed do not count.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use ark_bn254::Fr;
use ark_ff::Field as _;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use assay_kernels::Path;
use assay_kernels::bn254::fft::fft;
use assay_kernels::goldilocks::fft::LowDegreeExtension;
use assay_kernels::goldilocks::field::GENERATOR;
use assay_kernels::goldilocks::poseidon::{Poseidon, PoseidonConstants, WIDTH};
use plonky2::field::goldilocks_field::GoldilocksField as F;
use plonky2::field::polynomial::PolynomialCoeffs;
use plonky2::field::types::Field;
use plonky2::hash::poseidon::{ALL_ROUND_CONSTANTS, Poseidon as Plonky2Poseidon};

const RUNS: usize = 30;
const STATES: usize = 1 << 9;
const LOG_EXTENDED: u32 = 14;
const RATE_BITS: u32 = 3;
const LOG_POINTS: u32 = 14;

fn main() -> Result<(), Box<dyn Error>> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    pool.install(|| -> Result<(), String> {
        poseidon().map_err(|error| error.to_string())?;
        extension().map_err(|error| error.to_string())?;
        transform();
        Ok(())
    })?;
    Ok(())
}

/// Plonky2's permutation of 12 words.
fn poseidon() -> Result<(), impl Error> {
    let poseidon = Poseidon::new(&PoseidonConstants {
        rounds: ALL_ROUND_CONSTANTS,
        circulant: F::MDS_MATRIX_CIRC,
        diagonal: F::MDS_MATRIX_DIAG,
        partial_first: F::FAST_PARTIAL_FIRST_ROUND_CONSTANT,
        partial: F::FAST_PARTIAL_ROUND_CONSTANTS,
    })?;
    println!("Poseidon over Goldilocks, microseconds a state");
    let mut state = [F::TWO; WIDTH];
    show("plonky2", 1e6 / STATES as f64, || {
        for _ in 0..STATES {
            state = F::poseidon(state);
        }
    });
    let mut states = vec![[2; WIDTH]; STATES];
    for path in Path::available() {
        show(path.name(), 1e6 / STATES as f64, || {
            poseidon.permute_many(path, &mut states);
        });
    }
    black_box((state, states));
    Ok::<_, assay_kernels::goldilocks::poseidon::PoseidonConstantsError>(())
}

/// A column's values on the code's coset.
fn extension() -> Result<(), impl Error> {
    println!(
        "extension over Goldilocks, 2^{LOG_EXTENDED} words to 2^{RATE_BITS} times as many, milliseconds"
    );
    let words: Vec<u64> = (1..=1 << LOG_EXTENDED).collect();
    let column = PolynomialCoeffs::new(words.iter().copied().map(F::from_canonical_u64).collect());
    show("plonky2", 1e3, || {
        black_box(column.lde(RATE_BITS as usize).coset_fft(F::coset_shift()));
    });
    let extension = LowDegreeExtension::new(LOG_EXTENDED, RATE_BITS, GENERATOR)?;
    for path in Path::available() {
        show(path.name(), 1e3, || {
            black_box(extension.extend(path, &words).ok());
        });
    }
    Ok::<_, assay_kernels::goldilocks::fft::FftError>(())
}

/// A transform over BN254.
fn transform() {
    println!("transform over BN254 of 2^{LOG_POINTS} points, milliseconds");
    let mut values: Vec<Fr> =
        std::iter::successors(Some(Fr::ONE), |value| Some(value.square() + Fr::ONE))
            .take(1 << LOG_POINTS)
            .collect();
    if let Some(domain) = Radix2EvaluationDomain::<Fr>::new(values.len()) {
        show("arkworks", 1e3, || {
            domain.fft_in_place(&mut values);
        });
    }
    for path in Path::available() {
        show(path.name(), 1e3, || fft(path, &mut values));
    }
    black_box(values);
}

fn show(name: &str, scale: f64, mut work: impl FnMut()) {
    let least = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    println!("{name:>10} {:>9.3}", least * scale);
}
