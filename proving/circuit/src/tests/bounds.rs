//! Gates of which a relation could wrap around the field are not built; those just below are.

use std::panic::catch_unwind;

use crate::assert_no_wrap;
use crate::gates::{ArgMaxStep, Dividend, InRange, MaxPool, Requantize};

/// What a width of a gate gives: whether it is built.
fn builds<T>(build: impl Fn(u32) -> T, bits: u32) -> bool {
    catch_unwind(std::panic::AssertUnwindSafe(|| {
        build(bits);
    }))
    .is_ok()
}

#[test]
fn comparisons_ranges_and_poolings_of_64_bits_are_not_built() {
    assert_eq!(
        [62, 64].map(|bits| builds(ArgMaxStep::new, bits)),
        [true, false]
    );
    assert_eq!(
        [62, 64].map(|bits| builds(InRange::new, bits)),
        [true, false]
    );
    let pool = |bits| MaxPool::new(bits, false);
    assert_eq!([60, 64].map(|bits| builds(pool, bits)), [true, false]);
}

#[test]
fn requantization_whose_product_reaches_the_modulus_is_not_built() {
    let channel = |bits| Requantize::new(Dividend::Channel { bits }, false);
    let own = |bits| Requantize::new(Dividend::Own { bits }, true);
    assert_eq!([38, 40].map(|bits| builds(channel, bits)), [true, false]);
    assert_eq!([38, 40].map(|bits| builds(own, bits)), [true, false]);
}

/// The modulus is 2^64 - 2^32 + 1.
#[test]
fn bounds_may_sum_to_less_than_the_modulus_and_not_to_it() {
    let modulus = (1_u128 << 64) - (1 << 32) + 1;
    assert_no_wrap("a test", modulus - 2, 1);
    for (left, right) in [(modulus - 1, 1), (0, modulus)] {
        assert!(catch_unwind(|| assert_no_wrap("a test", left, right)).is_err());
    }
}
