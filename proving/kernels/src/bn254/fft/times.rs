use super::*;
use ark_ff::UniformRand;
use ark_poly::{EvaluationDomain, Radix2EvaluationDomain};
use std::time::Instant;

#[test]
#[ignore]
fn times() {
    let n = 1 << 20;
    let mut rng = ark_std::test_rng();
    let values: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
    let d = Radix2EvaluationDomain::<Fr>::new(n).unwrap();
    for _ in 0..3 {
        let mut v = values.clone();
        let t = Instant::now();
        d.fft_in_place(&mut v);
        println!("ark {:?}", t.elapsed());
        for path in Path::available() {
            let mut w = values.clone();
            let t = Instant::now();
            fft(path, &mut w);
            println!("{path} {:?}", t.elapsed());
            assert!(v == w);
        }
    }
}
