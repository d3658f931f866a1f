use super::*;
use ark_bn254::{Fr, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, VariableBaseMSM};
use ark_ff::UniformRand;
use std::time::Instant;

#[test]
#[ignore]
fn times() {
    let n = 1 << 18;
    let mut rng = ark_std::test_rng();
    let scalars: Vec<Fr> = (0..n).map(|_| Fr::rand(&mut rng)).collect();
    let g = G1Affine::generator();
    let mut p = g * Fr::rand(&mut rng);
    let m: Vec<_> = (0..n).map(|_| { p += g; p }).collect();
    let g1 = ark_bn254::G1Projective::normalize_batch(&m);
    let g = G2Affine::generator();
    let mut p = g * Fr::rand(&mut rng);
    let m: Vec<_> = (0..n).map(|_| { p += g; p }).collect();
    let g2 = ark_bn254::G2Projective::normalize_batch(&m);
    let b1: Vec<G1Point> = g1.iter().map(Into::into).collect();
    let b2: Vec<G2Point> = g2.iter().map(Into::into).collect();
    for _ in 0..3 {
        let t = Instant::now();
        let e1 = ark_bn254::G1Projective::msm(&g1, &scalars).unwrap();
        println!("ark g1 {:?}", t.elapsed());
        let t = Instant::now();
        let e2 = ark_bn254::G2Projective::msm(&g2, &scalars).unwrap();
        println!("ark g2 {:?}", t.elapsed());
        for path in Path::available() {
            let t = Instant::now();
            let s = Scalars::new(&scalars);
            println!("split {:?} bits {}", t.elapsed(), s.window_bits());
            let t = Instant::now();
            let (r, _) = sums(path, [Sum { bases: &b1, scalars: &s }], []);
            println!("{path} g1 {:?}", t.elapsed());
            assert!(r[0] == e1);
            let t = Instant::now();
            let (_, r) = sums(path, [], [Sum { bases: &b2, scalars: &s }]);
            println!("{path} g2 {:?}", t.elapsed());
            assert!(r[0] == e2);
        }
    }
}
