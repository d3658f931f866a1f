//! Barycentric interpolation over a coset, in steps of bounded degree.
//!
//! Plonky2 evaluates the recurrences `e' = e · (x − d) + w · v · p` and `p' = p · (x − d)` point by point. A whole
//! step is `e' = e · E(x) + p · N(x)` and `p' = p · E(x)` with the polynomials `E = Π (x − d_i)` and
//! `N = Σ w_i v_i Π_{j≠i} (x − d_j)`, whose coefficients are constants (times values): with the powers of x reduced
//! once, a step costs a few products instead of two reductions a point.

use plonky2::field::types::{Field, PrimeField64};
use plonky2::gates::coset_interpolation::CosetInterpolationGate;

use super::{Algebra, Builder, D, Ext, F, GateVars};

/// The gate's layout and constants.
#[derive(Clone, Debug)]
pub(in crate::r1cs) struct Parameters {
    degree: usize,
    domain: Vec<F>,
    weights: Vec<F>,
}

impl From<&CosetInterpolationGate<F, D>> for Parameters {
    fn from(gate: &CosetInterpolationGate<F, D>) -> Self {
        Self {
            degree: gate.degree,
            domain: F::two_adic_subgroup(gate.subgroup_bits),
            weights: gate.barycentric_weights.clone(),
        }
    }
}

pub(super) fn eval(b: &mut Builder, vars: &GateVars<'_>, gate: &Parameters) -> Vec<Ext> {
    let points = gate.domain.len();
    let intermediates = (points - 2) / (gate.degree - 1);
    let start_point = 1 + D * points;
    let start_eval = start_point + 2 * D;
    let start_product = start_eval + D * intermediates;

    let shift = &vars.wires[0];
    let point = vars.algebra(start_point);
    let value = vars.algebra(start_point + D);
    let x = vars.algebra(start_product + D * intermediates);
    let mut constraints = Vec::new();
    constraints.extend(point.sub(&x.scale(b, shift)).0);

    let mut powers = vec![Algebra::one(), x.clone()];
    while powers.len() <= gate.degree {
        let next = powers[powers.len() - 1].mul(b, &x).reduce(b);
        powers.push(next);
    }
    let values: Vec<Algebra> = (0..points).map(|k| vars.algebra(1 + D * k)).collect();

    let mut start = 0;
    let mut end = gate.degree;
    let (mut eval, mut product) = step(b, gate, start..end, &powers, &values, None);
    for k in 0..intermediates {
        let next_eval = vars.algebra(start_eval + D * k);
        let next_product = vars.algebra(start_product + D * k);
        constraints.extend(next_eval.sub(&eval).0);
        constraints.extend(next_product.sub(&product).0);
        start = end;
        end = (start + gate.degree - 1).min(points);
        let before = Some((&next_eval, &next_product));
        (eval, product) = step(b, gate, start..end, &powers, &values, before);
    }
    constraints.extend(value.sub(&eval).0);
    constraints
}

/// The evaluation and the product after some points; before the first they are zero and one.
fn step(
    b: &mut Builder,
    gate: &Parameters,
    range: std::ops::Range<usize>,
    powers: &[Algebra],
    values: &[Algebra],
    before: Option<(&Algebra, &Algebra)>,
) -> (Algebra, Algebra) {
    let domain = &gate.domain[range.clone()];
    let vanishing = combine(powers, &product_of_roots(domain, None));
    let numerator = {
        let columns: Vec<Vec<F>> = (0..domain.len())
            .map(|k| product_of_roots(domain, Some(k)))
            .collect();
        let mut terms = Vec::new();
        for (power, x) in powers.iter().enumerate().take(domain.len()) {
            let parts: Vec<Algebra> = range
                .clone()
                .zip(&columns)
                .map(|(k, column)| {
                    let constant = gate.weights[k] * column[power];
                    values[k].mul_base_const(constant.to_canonical_u64())
                })
                .collect();
            let coefficient = Algebra::sum(&parts);
            terms.push(if power == 0 {
                coefficient
            } else {
                coefficient.mul(b, x)
            });
        }
        Algebra::sum(&terms)
    };
    let Some((eval, product)) = before else {
        return (numerator, vanishing);
    };
    let numerator = numerator.reduce(b);
    let next_eval = eval.mul(b, &vanishing).add(&product.mul(b, &numerator));
    (next_eval, product.mul(b, &vanishing))
}

/// `Σ coefficients[m] · x^m`.
fn combine(powers: &[Algebra], coefficients: &[F]) -> Algebra {
    let terms: Vec<Algebra> = powers
        .iter()
        .zip(coefficients)
        .map(|(power, coefficient)| power.mul_base_const(coefficient.to_canonical_u64()))
        .collect();
    Algebra::sum(&terms)
}

/// The coefficients of `Π (x − d)` over all points but one, lowest first.
fn product_of_roots(domain: &[F], without: Option<usize>) -> Vec<F> {
    let mut coefficients = vec![F::ONE];
    for (k, &root) in domain.iter().enumerate() {
        if Some(k) == without {
            continue;
        }
        coefficients.push(F::ZERO);
        for m in (0..coefficients.len()).rev() {
            let below = if m == 0 { F::ZERO } else { coefficients[m - 1] };
            coefficients[m] = below - root * coefficients[m];
        }
    }
    coefficients
}
