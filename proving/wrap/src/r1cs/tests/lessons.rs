//! What audits found in published verifiers of this kind, as tests of ours. The numbers are those of the Veridise
//! audit of the best-known one (VAR_Succinct).

use crate::r1cs::extension::Ext;
use crate::r1cs::goldilocks::P;
use crate::r1cs::uint::U256;
use crate::r1cs::{Builder, Gl, Lc, Mode};
use ark_bn254::Fr;
use ark_ff::Field;

fn accepts(circuit: impl Fn(&mut Builder)) -> bool {
    let mut b = Builder::new(Mode::Synthesize, &[]);
    circuit(&mut b);
    b.is_satisfied().is_ok()
}

/// VUL-001: an inverse that was not range-checked let a prover choose it in `Fr`.
#[test]
fn inverse_is_a_word_and_not_any_field_element() {
    let x = 12_345u64;
    let mut b = Builder::new(Mode::Synthesize, &[Fr::from(x)]);
    let word = Gl::from_range_checked(b.input(0), 64);
    // x * inverse = 1 holds in Fr for this hint, without being an inverse modulo p.
    let honest = crate::r1cs::goldilocks::invert(x);
    b.bend_hint(0, Fr::from(x).inverse().unwrap() - Fr::from(honest));
    word.inverse(&mut b);
    assert!(b.is_satisfied().is_err());
}

/// The same for zero, which has no inverse.
#[test]
fn zero_has_no_inverse() {
    for zero in [0, P] {
        assert!(!accepts(|b| drop(Gl::witness(b, zero).inverse(b))));
        assert!(!accepts(|b| drop(Ext::witness(b, [zero, 0]).inverse(b))));
    }
    assert!(accepts(|b| drop(Ext::witness(b, [0, 1]).inverse(b))));
}

/// VUL-002, VUL-003: `x = q p + r` was never enforced. Here `q` is no variable at all, and any other remainder asks
/// for a quotient that is no small integer.
#[test]
fn remainder_and_quotient_belong_to_the_value() {
    let x = U256([7, 9, 11, 0]);
    for delta in [
        Fr::from(1u64),
        -Fr::from(1u64),
        Fr::from(P) + Fr::from(1u64),
        Fr::from(1u64 << 40),
    ] {
        let mut b = Builder::new(Mode::Synthesize, &[x.to_fr()]);
        b.bend_hint(0, delta);
        let value = Gl::from_interval(b.input(0), U256::ZERO, U256::ones(150));
        value.reduce(&mut b);
        assert!(b.is_satisfied().is_err(), "remainder bent by {delta}");
    }
}

/// The one other remainder that is accepted denotes the same element: `r + p` when it has 64 bits.
#[test]
fn only_other_remainder_denotes_the_same_element() {
    let mut b = Builder::new(
        Mode::Synthesize,
        &[Fr::from(5u64) + Fr::from(P) * Fr::from(3u64)],
    );
    b.bend_hint(0, Fr::from(P));
    let out = Gl::from_interval(b.input(0), U256::ZERO, U256::ones(150)).reduce(&mut b);
    assert_eq!(out.residue(), 5);
    assert!(b.is_satisfied().is_ok());
    let mut b = Builder::new(
        Mode::Synthesize,
        &[Fr::from(5u64) + Fr::from(P) * Fr::from(3u64)],
    );
    b.bend_hint(0, Fr::from(P));
    Gl::from_interval(b.input(0), U256::ZERO, U256::ones(150)).canonical(&mut b);
    assert!(
        b.is_satisfied().is_err(),
        "where the integer matters it is refused"
    );
}

/// A quotient wide enough to wrap around the order of `Fr` would prove any remainder: building refuses it.
#[test]
#[should_panic(expected = "stay below the order of Fr")]
fn interval_as_wide_as_the_field_is_refused() {
    Gl::from_interval(Lc::one(), U256::ZERO, U256::modulus());
}

/// The same where a value fits and its quotient would not: a prover free in all 190 bits of the quotient could take one
/// that is `r` larger, and any remainder with it.
#[test]
#[should_panic(expected = "stay below the order of Fr")]
fn quotient_that_could_wrap_around_is_refused() {
    let mut b = Builder::new(Mode::Synthesize, &[]);
    Gl::from_interval(Lc::zero(), U256::ZERO, U256::ones(253)).assert_zero(&mut b);
}

/// What is claimed of a word is what intervals are computed from: it may not be less than what was checked.
#[test]
fn claim_below_what_was_checked_is_refused() {
    let panics = |checked: Option<u32>, claimed: u32| {
        std::panic::catch_unwind(|| {
            let mut b = Builder::new(Mode::Synthesize, &[]);
            let word = b.witness(Fr::from(5u64));
            if let Some(bits) = checked {
                b.range_check(&word, bits);
            }
            Gl::from_checked(&b, word, claimed);
        })
        .is_err()
    };
    assert!(!panics(Some(32), 32));
    assert!(!panics(Some(31), 32));
    assert!(panics(Some(33), 32));
    assert!(panics(None, 64));
}

/// GHSA-rjjm-x32p-m3f7: range checks that were exact only for aligned widths.
#[test]
fn range_checks_are_exact_at_every_width() {
    for bits in 0..=253 {
        let max = U256::ones(bits).to_fr();
        assert!(accepts(|b| {
            let value = b.witness(max);
            b.range_check(&value, bits);
        }));
        for outside in [max + Fr::from(1u64), -Fr::from(1u64)] {
            assert!(
                !accepts(|b| {
                    let value = b.witness(outside);
                    b.range_check(&value, bits);
                }),
                "{outside} has more than {bits} bits"
            );
        }
    }
}

/// Bits that are not zero or one can add up to the same value: two of the lowest make up for one of the next.
#[test]
fn bits_are_zero_or_one() {
    type Part = fn(&mut Builder, &Lc);
    let parts: [Part; 2] = [|b, lc| drop(b.bits(lc, 8)), |b, lc| b.range_check(lc, 8)];
    for part in parts {
        for deltas in [[2i64, -1], [-2, 1], [4, -2]] {
            let mut b = Builder::new(Mode::Witness, &[Fr::from(0b0101_0110u64)]);
            for (hint, delta) in deltas.into_iter().enumerate() {
                b.bend_hint(hint, Fr::from(delta));
            }
            let value = b.input(0);
            part(&mut b, &value);
            b.check().unwrap_err();
        }
    }
}

/// What is selected is one of both, and which one depends on the bit.
#[test]
fn selection_is_that_of_the_bit() {
    for set in [false, true] {
        let mut b = Builder::new(Mode::Synthesize, &[Fr::from(11u64), Fr::from(22u64)]);
        let bit = b.boolean(set);
        let (one, zero) = (b.input(0), b.input(1));
        let selected = b.select(&bit, &one, &zero);
        b.is_satisfied().unwrap();
        assert_eq!(selected.value(), Fr::from(if set { 11u64 } else { 22 }));
    }
}

/// An element is zero if both its parts are, in whichever form.
#[test]
fn both_parts_of_zero_are_zero() {
    for (parts, expected) in [
        ([0, 0], true),
        ([P, 0], true),
        ([0, P], true),
        ([1, 0], false),
        ([0, 1], false),
        ([0, P - 1], false),
    ] {
        let accepted = accepts(|b| Ext::witness(b, parts).assert_zero(b));
        assert_eq!(accepted, expected, "{parts:?}");
    }
}
