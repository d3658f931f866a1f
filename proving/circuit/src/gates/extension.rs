//! Elements of the challenge field as pairs of values: `(x0, x1)` is `x0 + x1·√7`.

use plonky2::field::extension::Extendable;
use plonky2::field::extension::quadratic::QuadraticExtension;
use plonky2::field::types::Field;

use super::formula::Algebra;
use crate::field::{D, F};

/// A pair of wires, or of what is computed from them.
pub type Pair<V> = [V; 2];

/// Returns `x·y`, of the summed degree.
pub fn pair_mul<A: Algebra>(a: &mut A, x: Pair<A::V>, y: Pair<A::V>) -> Pair<A::V> {
    let zero = a.constant(F::ZERO);
    pair_mul_add(a, x, y, [zero; 2])
}

/// Returns `x·y + z`.
pub fn pair_mul_add<A: Algebra>(
    a: &mut A,
    x: Pair<A::V>,
    y: Pair<A::V>,
    z: Pair<A::V>,
) -> Pair<A::V> {
    let nonresidue = <F as Extendable<D>>::W;
    let high = a.product(nonresidue, x[1], y[1], F::ONE, z[0]);
    let mixed = a.mul_add(x[1], y[0], z[1]);
    [a.mul_add(x[0], y[0], high), a.mul_add(x[0], y[1], mixed)]
}

/// Returns `x·s + z` for a value `s` of the base field.
pub fn pair_scale_add<A: Algebra>(a: &mut A, x: Pair<A::V>, s: A::V, z: Pair<A::V>) -> Pair<A::V> {
    [a.mul_add(x[0], s, z[0]), a.mul_add(x[1], s, z[1])]
}

/// Returns the element of two wires that start at `wire`.
pub fn read_pair(read: &impl Fn(usize) -> F, wire: usize) -> QuadraticExtension<F> {
    QuadraticExtension([read(wire), read(wire + 1)])
}

/// Writes an element to two wires that start at `wire`.
pub fn write_pair(write: &mut impl FnMut(usize, F), wire: usize, value: QuadraticExtension<F>) {
    let QuadraticExtension([low, high]) = value;
    write(wire, low);
    write(wire + 1, high);
}
