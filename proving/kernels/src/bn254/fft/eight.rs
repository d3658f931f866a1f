//! The two passes, eight columns or rows side by side.

/// Numbers side by side.
const LANES: usize = 8;

/// Points of the transforms that are finished first, for they fit in the innermost cache.
const INNER: usize = 64;

/// Defines `transform` for lanes of one path. A macro, as functions of a trait cannot be safe and have target
/// features; `$feature` is the attribute of every function.
macro_rules! passes {
    ($lanes:ty, $constant:ty, $constants:ident, $(#[$feature:meta])?) => {
        use ark_bn254::Fr;
        use rayon::prelude::*;

        use super::super::plan::Tables;
        use super::{INNER, LANES};

        /// Transforms in place.
        $(#[$feature])?
        pub(in super::super) fn transform(tables: &Tables, values: &mut [Fr]) {
            // Between the passes eight columns lie together: (group of columns, row, column of the group).
            let mut middle = vec![Fr::default(); values.len()];
            let input: &[Fr] = values;
            let roots = $constants(&tables.row_roots);
            let factors = $constants(&tables.input_factors);
            middle
                .par_chunks_mut(LANES * tables.rows)
                .enumerate()
                .for_each_init(Vec::new, |buffer, (group, out)| {
                    columns(tables, &roots, &factors, input, group * LANES, out, buffer);
                });

            // Eight values of each output row belong to one group of rows of the middle.
            let groups = tables.rows / LANES;
            let mut outputs: Vec<Vec<&mut [Fr]>> = Vec::new();
            outputs.resize_with(groups, || Vec::with_capacity(tables.columns));
            for (index, eight) in values.chunks_mut(LANES).enumerate() {
                outputs[index % groups].push(eight);
            }
            let roots = $constants(&tables.column_roots);
            let factors = $constants(&tables.output_factors);
            outputs
                .into_par_iter()
                .enumerate()
                .for_each_init(Vec::new, |buffer, (group, out)| {
                    rows(tables, &roots, &factors, &middle, group * LANES, out, buffer);
                });
        }

        /// Transforms eight columns from `first` on and multiplies them by the factors between the passes.
        $(#[$feature])?
        fn columns(
            tables: &Tables,
            roots: &[$constant],
            factors: &[$constant],
            input: &[Fr],
            first: usize,
            out: &mut [Fr],
            buffer: &mut Vec<$lanes>,
        ) {
            buffer.resize(tables.rows, <$lanes>::zero());
            for (row, values) in input.chunks(tables.columns).enumerate() {
                let mut value = load_eight(&values[first..]);
                if let Some(factor) = factors.get(row) {
                    value = value.mul(<$lanes>::constant(factor));
                }
                buffer[reversed(row, tables.rows)] = value;
            }
            transform_buffer(buffer, roots);
            let mut factor = load_eight(&tables.first[first..]);
            let ratio = load_eight(&tables.ratio[first..]);
            for (value, out) in buffer.iter().zip(out.chunks_mut(LANES)) {
                out.copy_from_slice(&value.mul(factor).store());
                factor = factor.mul(ratio);
            }
        }

        /// Transforms eight rows from `first` on.
        $(#[$feature])?
        fn rows(
            tables: &Tables,
            roots: &[$constant],
            factors: &[$constant],
            middle: &[Fr],
            first: usize,
            out: Vec<&mut [Fr]>,
            buffer: &mut Vec<$lanes>,
        ) {
            buffer.resize(tables.columns, <$lanes>::zero());
            for (group, columns) in middle.chunks(LANES * tables.rows).enumerate() {
                let square = &columns[LANES * first..][..LANES * LANES];
                for column in 0..LANES {
                    let at = reversed(group * LANES + column, tables.columns);
                    buffer[at] = <$lanes>::load([
                        &square[column],
                        &square[LANES + column],
                        &square[2 * LANES + column],
                        &square[3 * LANES + column],
                        &square[4 * LANES + column],
                        &square[5 * LANES + column],
                        &square[6 * LANES + column],
                        &square[7 * LANES + column],
                    ]);
                }
            }
            transform_buffer(buffer, roots);
            for (column, (value, out)) in buffer.iter().zip(out).enumerate() {
                let value = match factors.get(column) {
                    Some(factor) => value.mul(<$lanes>::constant(factor)),
                    None => value.reduce(),
                };
                out.copy_from_slice(&value.store());
            }
        }

        /// Cooley and Tukey's transform of values in bit-reversed order; `roots` are half of the powers.
        ///
        /// Values are not reduced: each round adds 2 to a bound, and a product takes 80.
        $(#[$feature])?
        fn transform_buffer(buffer: &mut [$lanes], roots: &[$constant]) {
            let inner = INNER.min(buffer.len());
            for block in buffer.chunks_mut(inner) {
                rounds(block, roots, 1);
            }
            rounds(buffer, roots, inner);
        }

        /// Joins transforms of `half` points until one transform is left.
        $(#[$feature])?
        fn rounds(buffer: &mut [$lanes], roots: &[$constant], mut half: usize) {
            while half < buffer.len() {
                let step = roots.len() / half;
                for block in buffer.chunks_exact_mut(2 * half) {
                    let (low, high) = block.split_at_mut(half);
                    let pairs = low.iter_mut().zip(high);
                    for ((low, high), root) in pairs.zip(roots.iter().step_by(step)) {
                        let product = high.mul(<$lanes>::constant(root));
                        *high = low.sub_lazy(product);
                        *low = low.add_lazy(product);
                    }
                }
                half *= 2;
            }
        }

        $(#[$feature])?
        #[inline]
        fn load_eight(values: &[Fr]) -> $lanes {
            <$lanes>::load([
                &values[0], &values[1], &values[2], &values[3], &values[4], &values[5], &values[6],
                &values[7],
            ])
        }

        fn reversed(index: usize, count: usize) -> usize {
            index.reverse_bits() >> (usize::BITS - count.ilog2())
        }
    };
}

/// Eight lanes on AVX-512 IFMA.
#[cfg(target_arch = "x86_64")]
pub(super) mod ifma {
    use crate::bn254::ifma::{Constant, FrLanes};

    fn constants(values: &[Fr]) -> Vec<Constant> {
        Constant::of_all(values)
    }

    passes!(
        FrLanes,
        Constant,
        constants,
        #[target_feature(enable = "avx2,avx512f,avx512dq,avx512vl,avx512ifma")]
    );
}

/// Eight elements one after another.
pub(super) mod portable {
    use super::lanes::Eight;

    fn constants(values: &[Fr]) -> Vec<Fr> {
        values.to_vec()
    }

    passes!(Eight, Fr, constants,);
}

mod lanes {
    use ark_bn254::Fr;
    use ark_ff::AdditiveGroup;

    /// Scalar code with the shape of vector code: always reduced.
    #[derive(Clone, Copy)]
    pub(super) struct Eight([Fr; 8]);

    impl Eight {
        pub(super) fn zero() -> Self {
            Self([Fr::ZERO; 8])
        }

        pub(super) fn constant(value: &Fr) -> Self {
            Self([*value; 8])
        }

        pub(super) fn load(values: [&Fr; 8]) -> Self {
            Self(values.map(|value| *value))
        }

        pub(super) fn store(self) -> [Fr; 8] {
            self.0
        }

        pub(super) fn reduce(self) -> Self {
            self
        }

        pub(super) fn mul(mut self, other: Self) -> Self {
            for (a, b) in self.0.iter_mut().zip(other.0) {
                *a *= b;
            }
            self
        }

        pub(super) fn add_lazy(mut self, other: Self) -> Self {
            for (a, b) in self.0.iter_mut().zip(other.0) {
                *a += b;
            }
            self
        }

        pub(super) fn sub_lazy(mut self, other: Self) -> Self {
            for (a, b) in self.0.iter_mut().zip(other.0) {
                *a -= b;
            }
            self
        }
    }
}
