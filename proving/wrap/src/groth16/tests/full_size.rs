//! A proof of the real circuit equals that of ark-groth16.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use ark_bn254::{Bn254, Fr, G1Affine, G2Affine};
use ark_groth16::{Groth16, ProvingKey};
use assay_kernels::Path;

use crate::MATRICES_DIGEST;
use crate::groth16::prove::{Blinding, prove_on};
use crate::groth16::reduction::{CompactReduction, quotient};
use crate::groth16::{InsecureDevSetup, KeyCache, KeyId, Keys, cache_directory};
use crate::r1cs::tests::fixture::{fixture, honest};

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    println!("{what}: {:.3} s", start.elapsed().as_secs_f64());
    result
}

fn keys() -> Keys {
    let directory: PathBuf = cache_directory(|name| std::env::var_os(name)).unwrap();
    let cache = KeyCache::new(directory);
    let id = KeyId {
        matrices_digest: MATRICES_DIGEST,
        setup: InsecureDevSetup::DEFAULT,
    };
    let synthesize = || Arc::new(fixture().circuit.synthesize().matrices);
    let load = || cache.load_or_set_up(&id, synthesize, &|event| println!("{event:?}"));
    timed("first load or setup", load).unwrap();
    timed("load", load).unwrap()
}

/// The key as ark-groth16 takes it.
fn ark_key(keys: &Keys) -> ProvingKey<Bn254> {
    let pk = keys.proving_key();
    let g1 = |points: &[_]| points.iter().map(G1Affine::from).collect();
    ProvingKey {
        vk: pk.vk.clone(),
        beta_g1: pk.beta_g1,
        delta_g1: pk.delta_g1,
        a_query: g1(&pk.a),
        b_g1_query: g1(&pk.b_g1),
        b_g2_query: pk.b_g2.iter().map(G2Affine::from).collect(),
        h_query: g1(&pk.h),
        l_query: g1(&pk.l[keys.matrices().num_inputs..]),
    }
}

#[test]
#[ignore = "sets keys up in the user's cache when there are none; a proof of ark-groth16 takes long"]
fn real_proof_equals_that_of_ark_groth16() {
    let keys = keys();
    let (matrices, assignment) = (keys.matrices(), honest());
    let (r, s) = (Fr::from(3u64), Fr::from(5u64));
    let h = quotient(Path::Portable, matrices, assignment).unwrap();
    let quotient_row = vec![vec![h.into_iter().map(|value| (value, 0)).collect()]];
    let key = ark_key(&keys);
    let prove = || {
        Groth16::<Bn254, CompactReduction>::create_proof_with_reduction_and_matrices(
            &key,
            r,
            s,
            &quotient_row,
            matrices.num_inputs,
            matrices.num_constraints(),
            assignment,
        )
    };
    let expected = timed("sums of ark-groth16", prove).unwrap();
    for path in Path::available() {
        let got = prove_on(path, &keys, assignment, &Blinding { r, s }).unwrap();
        assert_eq!(got, expected, "{path}");
    }
}
