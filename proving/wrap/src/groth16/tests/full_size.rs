//! The real circuit: times of a load and of a proof.

use std::path::PathBuf;
use std::time::Instant;

use crate::MATRICES_DIGEST;
use crate::groth16::{InsecureDevSetup, KeyCache, KeyId, cache_directory, prove};
use crate::r1cs::tests::fixture::{fixture, honest};

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    println!("{what}: {:.3} s", start.elapsed().as_secs_f64());
    result
}

#[test]
#[ignore = "sets keys up in the user's cache when there are none; prints times"]
fn times_of_a_load_and_a_proof() {
    let directory: PathBuf = cache_directory(|name| std::env::var_os(name)).unwrap();
    let cache = KeyCache::new(directory);
    let id = KeyId {
        matrices_digest: MATRICES_DIGEST,
        setup: InsecureDevSetup::DEFAULT,
    };
    let synthesize = || std::sync::Arc::new(fixture().circuit.synthesize().matrices);
    timed("keys", || {
        cache.load_or_set_up(&id, synthesize, &|event| println!("{event:?}"))
    })
    .unwrap();
    let keys = timed("load", || {
        cache.load_or_set_up(&id, synthesize, &|_| ())
    })
    .unwrap();
    let assignment = honest();
    let bits = |limit: u64| {
        let limit = ark_bn254::Fr::from(limit);
        assignment.iter().filter(|value| **value < limit).count()
    };
    println!(
        "{} constraints, {} variables: {} zero, {} zero or one, {} below 2^63",
        keys.matrices().num_constraints(),
        assignment.len(),
        bits(1),
        bits(2),
        bits(1 << 63)
    );
    for _ in 0..3 {
        timed("proof", || prove(&keys, assignment)).unwrap();
    }
}
