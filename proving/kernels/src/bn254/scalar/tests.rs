use super::*;
use crate::bn254::limbs::times;
use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{BigInt, UniformRand};
use ark_std::test_rng;
use std::marker::PhantomData;

type Element<C> = Fp<MontBackend<C, 4>, 4>;

/// Values of any bound: canonical ones, with multiples of `p` added, and the largest that four words hold.
fn words<C: MontConfig<4>>() -> Vec<Words> {
    let p = C::MODULUS.0;
    let mut rng = test_rng();
    let mut out = vec![
        [0; 4],
        [1, 0, 0, 0],
        p,
        [u64::MAX; 4],
        [u64::MAX, u64::MAX, u64::MAX, 0],
    ];
    out.push(subtract(p, [1, 0, 0, 0]).0);
    out.push(subtract(times(p, 2), [1, 0, 0, 0]).0);
    for _ in 0..300 {
        out.push(Element::<C>::rand(&mut rng).0.0);
    }
    for k in 0..300 {
        out.push(add(&Element::<C>::rand(&mut rng).0.0, &times(p, k % 5)));
    }
    out
}

fn below<C: MontConfig<4>>(x: &Words, bound: u64) -> bool {
    subtract(*x, times(C::MODULUS.0, bound)).1
}

/// Says whether a value is below `bound·p`, or less than `2^-24·p` above it.
fn below_or_just_above<C: MontConfig<4>>(x: &Words, bound: u64) -> bool {
    let (less, negative) = subtract(*x, [0, 0, 0, 1 << 36]);
    negative || below::<C>(&less, bound)
}

fn element<C: MontConfig<4>>(x: &Words) -> Element<C> {
    let mut rest = *x;
    while !below::<C>(&rest, 1) {
        rest = subtract(rest, C::MODULUS.0).0;
    }
    Fp(BigInt(rest), PhantomData)
}

fn check<C: MontConfig<4>>() {
    let all = words::<C>();
    for (k, a) in all.iter().enumerate() {
        let b = &all[(k * 7 + 2) % all.len()];
        let (x, y) = (element::<C>(a), element::<C>(b));
        if below::<C>(a, 4) {
            assert_eq!(element::<C>(&mul::<C>(a, b)), x * y);
        }
        if below::<C>(a, 4) {
            assert_eq!(element::<C>(&square::<C>(a)), x.square());
        }
        if below::<C>(a, 2) {
            assert!(below::<C>(&square::<C>(a), 2));
            assert_eq!(canonical::<C>(a), x.0.0);
        }
        let factor = Factor::new::<C>(&y);
        let product = mul_factor::<C>(a, &factor);
        assert!(below::<C>(&product, 3));
        assert_eq!(element::<C>(&product), x * y);

        let mut sum = Sum::new(a);
        // Up to 64 times four words of ones: just below the limit of 2^262.
        for _ in 0..5 {
            sum = sum.plus(&sum);
        }
        let twice = sum.plus(&sum);
        assert_eq!(
            element::<C>(&twice.reduce::<C>()),
            x * Element::<C>::from(64u64)
        );
        let reduced = sum.plus_value(b).reduce::<C>();
        assert!(below_or_just_above::<C>(&reduced, 1));
        assert_eq!(element::<C>(&reduced), x * Element::<C>::from(32u64) + y);
    }
}

#[test]
fn words_agree_with_arkworks() {
    check::<FrConfig>();
    check::<FqConfig>();
}
