use super::{Element, Factor, Lanes, Sum};
use crate::Path;
use ark_bn254::{FqConfig, FrConfig};
use ark_ff::{AdditiveGroup, BigInt, Field, Fp, MontConfig, PrimeField, UniformRand};
use ark_std::test_rng;
use std::array::from_fn;
use std::marker::PhantomData;

/// Edge values by their integers and by their Montgomery forms, then random ones, in shifting lanes.
fn batches<C: MontConfig<4>>() -> Vec<[Element<C>; 8]> {
    let mut rng = test_rng();
    let one = Element::<C>::from(1u64);
    let form = |limbs: [u64; 4]| Fp(BigInt(limbs), PhantomData);
    let mut largest = C::MODULUS.0;
    largest[0] -= 1;
    let edges = [
        Element::<C>::ZERO,
        one,
        -one,
        Element::<C>::from(2u64),
        one / Element::<C>::from(2u64),
        form([1, 0, 0, 0]),
        form(largest),
        form([u64::MAX, u64::MAX, u64::MAX, 0]),
        form([0, 0, 0, C::MODULUS.0[3]]),
    ];
    let mut values = edges.to_vec();
    values.extend((0..200).map(|_| Element::<C>::rand(&mut rng)));
    values.extend(edges);
    let n = values.len();
    (0..n)
        .map(|start| from_fn(|lane| values[(start + lane) % n]))
        .collect()
}

#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn check<C: MontConfig<4>>() {
    let batches = batches::<C>();
    for (k, a) in batches.iter().enumerate() {
        let b = &batches[(k * 7 + 3) % batches.len()];
        let c = &batches[(k * 5 + 1) % batches.len()];
        let expect = |got: Lanes<C>, value: &dyn Fn(usize) -> Element<C>, what: &str| {
            assert_eq!(got.canonical().store(), from_fn(value), "{what}, batch {k}");
            assert_eq!(got.store(), from_fn(value), "{what}, batch {k}");
        };
        let (x, y, z) = (
            Lanes::load(a.each_ref()),
            Lanes::load(b.each_ref()),
            Lanes::load(c.each_ref()),
        );
        expect(x, &|i| a[i], "load");
        expect(x.mul(y), &|i| a[i] * b[i], "mul");
        expect(x.square(), &|i| a[i].square(), "square");
        expect(x.add(y), &|i| a[i] + b[i], "add");
        expect(x.sub(y), &|i| a[i] - b[i], "sub");
        expect(x.neg(), &|i| -a[i], "neg");
        expect(x.double(), &|i| a[i].double(), "double");
        expect(x.add_lazy(y).reduce(), &|i| a[i] + b[i], "add_lazy");
        expect(x.sub_lazy(y).reduce(), &|i| a[i] - b[i], "sub_lazy");
        let factor = Factor::new(&b[2]);
        let product = x.mul_factor(&factor, Sum::new(z));
        expect(product.reduce(), &|i| a[i] * b[2] + c[i], "mul_factor");
        let sum = (0..7)
            .fold(Sum::new(x), |sum, _| sum.double())
            .plus(Sum::new(y));
        let times = Element::<C>::from(128u64);
        expect(sum.reduce(), &|i| a[i] * times + b[i], "sum");
        let integers = a.map(|element| element.into_bigint().0);
        expect(
            Lanes::load_integers(integers.each_ref()),
            &|i| a[i],
            "load_integers",
        );
        expect(Lanes::splat(&a[3]), &|_| a[3], "splat");
        let mask = (k * 37 % 256) as u8;
        let chosen = |i: usize| if mask >> i & 1 == 1 { a[i] } else { b[i] };
        expect(Lanes::select(mask, x, y), &chosen, "select");

        let zeros =
            |value: &dyn Fn(usize) -> bool| (0..8).map(|i| u8::from(value(i)) << i).sum::<u8>();
        assert_eq!(x.is_zero(), zeros(&|i| a[i] == Element::<C>::ZERO));
        assert_eq!(x.sub(y).is_zero(), zeros(&|i| a[i] == b[i]));
        assert_eq!(
            Lanes::select(mask, x, y).sub(x).is_zero(),
            zeros(&|i| chosen(i) == a[i])
        );
    }
    assert_eq!(Lanes::<C>::one().store(), [Element::<C>::from(1u64); 8]);
    assert_eq!(Lanes::<C>::zero().store(), [Element::<C>::ZERO; 8]);
}

/// Operands at the largest bounds that the operations take: multiples of `p` added to a value change nothing.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn check_bounds<C: MontConfig<4>>() {
    let p = Lanes::<C>::new(super::broadcast(Lanes::<C>::P));
    let plus = |x: Lanes<C>, times: usize| (0..times).fold(x, |x, _| x.add_lazy(p));
    for a in batches::<C>() {
        let x = Lanes::load(a.each_ref()).canonical();
        let squares: [Element<C>; 8] = from_fn(|i| a[i].square());
        for (k, l) in [(1, 80), (8, 10), (20, 4), (2, 2)] {
            assert_eq!(
                plus(x, k - 1).mul(plus(x, l - 1)).store(),
                squares,
                "bounds {k} and {l}"
            );
        }
        assert_eq!(plus(x, 7).square().store(), squares);
        assert_eq!(plus(x, 83).reduce().store(), a);
        let product = plus(x, 83).mul_factor(&Factor::new(&a[5]), Sum::new(plus(x, 77)));
        assert_eq!(product.reduce().store(), from_fn(|i| a[i] * a[5] + a[i]));
        let doubled = (0..7).fold(Sum::new(plus(x, 83)), |sum, _| sum.double());
        assert_eq!(
            doubled.reduce().store(),
            from_fn(|i| a[i] * Element::<C>::from(128u64))
        );
        assert_eq!(plus(x, 1).store(), a);
        assert_eq!(plus(x, 1).canonical().store(), a);
        assert_eq!(
            plus(x, 1).add(plus(x, 1)).store(),
            from_fn(|i| a[i].double())
        );
        assert_eq!(x.sub(plus(x, 1)).store(), [Element::<C>::ZERO; 8]);
        assert_eq!(plus(x, 1).sub(x).is_zero(), u8::MAX);
    }
}

/// A long chain keeps its bounds: a function that gave too much would overflow soon.
#[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
fn check_chain<C: MontConfig<4>>() {
    let mut rng = test_rng();
    let start: [Element<C>; 8] = from_fn(|_| Element::<C>::rand(&mut rng));
    let (mut x, mut y) = (
        Lanes::load(start.each_ref()),
        Lanes::load(start.each_ref()).square(),
    );
    let (mut a, mut b) = (start, start.map(|a| a.square()));
    for _ in 0..1000 {
        (x, y) = (x.mul(y).add(x.double()), y.sub(x).square().neg());
        (a, b) = (
            from_fn(|i| a[i] * b[i] + a[i].double()),
            from_fn(|i| -(b[i] - a[i]).square()),
        );
    }
    assert_eq!(x.store(), a);
    assert_eq!(y.store(), b);
}

#[test]
fn lanes_agree_with_arkworks() {
    if !Path::Avx512.is_available() {
        return;
    }
    // SAFETY: the processor has the instructions.
    unsafe {
        check::<FrConfig>();
        check::<FqConfig>();
        check_bounds::<FrConfig>();
        check_bounds::<FqConfig>();
        check_chain::<FrConfig>();
        check_chain::<FqConfig>();
    }
}
