//! Each module against integers of 128 bits, with the edges in every pair.

use crate::goldilocks::field::ORDER;
use crate::goldilocks::testing::{EDGES, words};

fn residue(x: u128) -> u64 {
    (x % u128::from(ORDER)) as u64
}

/// Edges against edges, then random words.
fn cases() -> Vec<(u64, u64, u64)> {
    let mut cases = Vec::new();
    for a in EDGES {
        for b in EDGES {
            cases.extend(EDGES.map(|c| (a, b, c)));
        }
    }
    cases.extend(
        words(7, 3 * 4096)
            .chunks(3)
            .map(|word| (word[0], word[1], word[2])),
    );
    cases
}

macro_rules! lanes_agree {
    ($name:ident, $($feature:tt),*) => {
        mod $name {
            use super::*;
            use crate::goldilocks::lanes::$name::*;

            $(#[target_feature(enable = $feature)])*
            fn check(cases: &[(u64, u64, u64)]) {
                for group in cases.chunks_exact(LANES) {
                    let a: [u64; LANES] = std::array::from_fn(|k| group[k].0);
                    let b: [u64; LANES] = std::array::from_fn(|k| group[k].1);
                    let c: [u64; LANES] = std::array::from_fn(|k| group[k].2);
                    let (x, y, z) = (load(&a), load(&b), load(&c));
                    let got = [
                        add(x, y),
                        add_canonical(x, canonical(y)),
                        sub(x, y),
                        mul(x, y),
                        square(x),
                        {
                            let mut sum = Accumulator::new(z);
                            sum.add_product(x, y);
                            sum.add(x);
                            sum.add_small(y, high(shl::<31>(high(z))));
                            sum.finish()
                        },
                        join(high(x), low(y)),
                        join(x, shl::<32>(high(y))),
                        join(x, add_raw(low(y), shl::<31>(high(y)))),
                    ]
                    .map(|v| {
                        let mut words = [0; LANES];
                        store(&mut words, canonical(v));
                        words
                    });
                    for k in 0..LANES {
                        let [p, q, r] = [a[k], b[k], c[k]].map(u128::from);
                        let order = u128::from(ORDER);
                        let expected = [
                            p + q,
                            p + q,
                            p + 2 * order - q,
                            p * q,
                            p * p,
                            u128::from(residue(p * q)) + r + p + q * (r >> 33),
                            (p >> 32) + ((q & 0xffff_ffff) << 32),
                            p + (q >> 32 << 32 << 32),
                            p + ((q & 0xffff_ffff) + (q >> 32 << 31) << 32),
                        ]
                        .map(residue);
                        assert_eq!(got.map(|words| words[k]), expected, "{:x?}", (a[k], b[k], c[k]));
                    }
                }
            }

            #[test]
            fn agrees_with_integers() {
                $(
                    if !std::arch::is_x86_feature_detected!($feature) {
                        return;
                    }
                )*
                let cases = cases();
                assert!(cases.len().is_multiple_of(LANES));
                #[allow(unused_unsafe)]
                // SAFETY: the processor has the feature, or none is needed.
                unsafe {
                    check(&cases);
                }
            }
        }
    };
}

lanes_agree!(scalar,);
#[cfg(target_arch = "x86_64")]
lanes_agree!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
lanes_agree!(avx512, "avx512f", "avx512ifma");

macro_rules! long_sums_agree {
    ($name:ident, $($feature:tt),*) => {
        {
            use crate::goldilocks::lanes::$name::*;

            $(#[target_feature(enable = $feature)])*
            fn sum(word: u64, terms: usize) -> u64 {
                let mut sum = Accumulator::new(splat(word));
                for _ in 0..terms {
                    sum.add_product(splat(word), splat(word));
                }
                let mut words = [0; LANES];
                store(&mut words, canonical(sum.finish()));
                words[LANES - 1]
            }

            let available = true $(&& std::arch::is_x86_feature_detected!($feature))*;
            for word in EDGES {
                let terms = super::MAX_TERMS;
                let square = residue(u128::from(word) * u128::from(word));
                let expected = residue(u128::from(word) + u128::from(square) * terms as u128);
                #[allow(unused_unsafe)]
                // SAFETY: the processor has the features, as was just asked, or none is needed.
                let got = available.then(|| unsafe { sum(word, terms) });
                assert_eq!(got.unwrap_or(expected), expected);
            }
        }
    };
}

#[test]
fn the_longest_sums_are_reduced() {
    long_sums_agree!(scalar,);
    #[cfg(target_arch = "x86_64")]
    long_sums_agree!(avx2, "avx2");
    #[cfg(target_arch = "x86_64")]
    long_sums_agree!(avx512, "avx512f", "avx512ifma");
}
