//! Emulated Goldilocks against Plonky2's own field, and every hint bent.

use crate::r1cs::goldilocks::P;
use crate::r1cs::testing::check_gadget;
use crate::r1cs::uint::U256;
use crate::r1cs::{Builder, Ext, Gl, Lc, Mode};
use ark_bn254::Fr;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::goldilocks_field::GoldilocksField as F;
use plonky2::field::types::{Field, PrimeField64};

const EDGES: [u64; 8] = [0, 1, 2, P - 1, P, P + 1, u64::MAX, 0x1234_5678_9abc_def0];

fn input(b: &Builder, index: usize) -> Gl {
    Gl::from_range_checked(b.input(index), 64)
}

fn input_ext(b: &Builder, index: usize) -> Ext {
    Ext {
        c0: input(b, index),
        c1: input(b, index + 1),
    }
}

fn field(value: u64) -> F {
    F::from_noncanonical_u64(value)
}

fn field_ext(c0: u64, c1: u64) -> QuadraticExtension<F> {
    QuadraticExtension([field(c0), field(c1)])
}

#[test]
fn products_sums_and_differences_agree_with_plonky2() {
    for x in EDGES {
        for y in EDGES {
            check_gadget(&[x, y], &[5, 9], |b| {
                let (a, c) = (input(b, 0), input(b, 1));
                let product = a.mul(b, &c).sub(&a).mul_const(P - 3).reduce(b);
                if b.check().is_ok()
                    && b.input(0).value() == x.into()
                    && b.input(1).value() == y.into()
                {
                    let expected = (field(x) * field(y) - field(x)) * -F::from_canonical_u64(3);
                    assert_eq!(product.residue(), expected.to_canonical_u64());
                }
            });
        }
    }
}

#[test]
fn canonical_form_is_below_p() {
    for x in EDGES {
        check_gadget(&[x], &[5], |b| {
            let out = input(b, 0).canonical(b);
            if b.check().is_ok() && b.input(0).value() == x.into() {
                assert_eq!(out.lc().value(), (x % P).into());
            }
        });
    }
}

#[test]
fn non_canonical_word_is_refused_where_the_integer_matters() {
    for (x, accepted) in [
        (0, true),
        (P - 1, true),
        (P, false),
        (P + 5, false),
        (u64::MAX, false),
    ] {
        let mut b = Builder::new(Mode::Synthesize, &[]);
        Gl::witness(&mut b, x).assert_canonical(&mut b);
        assert_eq!(b.is_satisfied().is_ok(), accepted, "word {x}");
    }
}

#[test]
fn extension_agrees_with_plonky2() {
    for [x0, x1, y0, y1] in [[1, 2, 3, 4], [P - 1, 7, u64::MAX, P], [0, 5, P - 5, P - 9]] {
        check_gadget(&[x0, x1, y0, y1], &[1, 1, 1, 1], |b| {
            let (x, y) = (input_ext(b, 0), input_ext(b, 2));
            let (fx, fy) = (field_ext(x0, x1), field_ext(y0, y1));
            let outs = [
                (x.mul(b, &y), fx * fy),
                (x.square(b).mul_add(b, &y, &x), fx * fx * fy + fx),
                (
                    x.sub(&y).mul_const([P - 2, 9]),
                    (fx - fy) * field_ext(P - 2, 9),
                ),
                (x.exp(b, 7), fx.exp_u64(7)),
                (x.exp_power_of_2(b, 2), fx.exp_power_of_2(2)),
                (x.powers(b, 6)[5].clone(), fx.exp_u64(5)),
                (x.inverse(b), fx.inverse()),
                (
                    Ext::inner_product(b, [(&x, &y), (&y, &y)]),
                    fx * fy + fy * fy,
                ),
            ];
            if b.check().is_ok()
                && x.residue() == [x0 % P, x1 % P]
                && y.residue() == [y0 % P, y1 % P]
            {
                for (k, (out, expected)) in outs.iter().enumerate() {
                    assert_eq!(
                        out.residue(),
                        super::super::extension::words_of(expected),
                        "operation {k}"
                    );
                }
            }
        });
    }
}

#[test]
fn long_unreduced_sums_stay_exact() {
    let (x, y) = (u64::MAX, u64::MAX - 1);
    check_gadget(&[x, y], &[2, 3], |b| {
        let (a, c) = (input(b, 0), input(b, 1));
        let cube = a.mul(b, &c).mul(b, &a);
        let terms: Vec<Gl> = (0..40).map(|_| cube.clone()).collect();
        let sum = Gl::sum(&terms).neg().add(&Gl::one());
        let fifth = (0..4)
            .fold(sum.clone(), |power, _| power.mul(b, &sum))
            .reduce(b);
        if b.check().is_ok() && a.residue() == x % P {
            let expected = F::ONE - field(x) * field(x) * field(y) * F::from_canonical_u64(40);
            assert_eq!(fifth.residue(), expected.exp_u64(5).to_canonical_u64());
        }
    });
}

/// Whatever the words are, an integer is in its interval: all that reductions and the absence of wrapping rest on.
#[test]
fn intervals_hold_their_integers() {
    for [x, y] in [[0, 0], [0, u64::MAX], [u64::MAX, 0], [u64::MAX; 2], [1, P]] {
        let mut b = Builder::new(Mode::Witness, &[Fr::from(x), Fr::from(y)]);
        let (a, c) = (input(&b, 0), input(&b, 1));
        let (difference, bit) = (a.sub(&c), b.boolean(x == 0));
        let constants = [3, P - 2, 7, 5].map(Gl::constant);
        let mut results = vec![
            a.add(&c),
            difference.clone(),
            difference.neg(),
            difference.neg().mul_const(P - 9),
            difference.scale(-3).sub(&difference.scale(5)),
            difference.mul(&mut b, &difference),
            difference.mul(&mut b, &a),
            c.mul(&mut b, &difference.neg()),
            Gl::select(&mut b, &bit, &difference, &a),
            Gl::select(&mut b, &bit, &a, &difference),
            Gl::sum([&difference, &c, &difference]),
        ];
        for hot in 0..constants.len() {
            let selector: Vec<Lc> = (0..constants.len())
                .map(|k| Lc::constant(Fr::from(u64::from(k == hot))))
                .collect();
            results.push(Gl::choose_constant(&selector, &constants));
        }
        for (k, result) in results.iter().enumerate() {
            let (below, above) = result.interval();
            let width = below.checked_add(above).unwrap();
            let shifted = U256::from_fr(&(result.lc().value() + below.to_fr()));
            assert!(shifted <= width, "result {k} of {x} and {y}");
        }
    }
}

/// Parts that do not fit together are reduced on the way, and none is left out.
#[test]
fn sums_of_wide_parts_are_exact() {
    let wide = |k: u64| U256([k * 77, u64::MAX - k, k << 40, u64::MAX >> 15]);
    let inputs: Vec<Fr> = (0..24).map(|k| wide(k).to_fr()).collect();
    let mut b = Builder::new(Mode::Synthesize, &inputs);
    let parts: Vec<Ext> = (0..12)
        .map(|k| Ext {
            c0: Gl::from_interval(b.input(k), U256::ZERO, U256::ones(249)),
            c1: Gl::from_interval(b.input(12 + k), U256::ZERO, U256::ones(249)),
        })
        .collect();
    let sum = Ext::sum_reducing(&mut b, &parts);
    b.is_satisfied().unwrap();
    let residue = |k: u64| field(wide(k).div_rem(P).1);
    let expected = [0..12, 12..24].map(|range| range.map(residue).sum::<F>());
    assert_eq!(sum.residue(), expected.map(|part| part.to_canonical_u64()));
}
