//! A program's instructions on a block of points, once for each path.

use super::{BLOCK, Program, Source};
use crate::Path;

/// A word for each point of a block, on whole cache lines, so that no vector takes two.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(super) struct Words(pub(super) [u64; BLOCK]);

/// Runs the program at points `start..start + count`, `count <= BLOCK`: `outputs` gets a block for each output, whose
/// words past the count mean nothing. Registers, coefficients, sources and outputs are at least as many as the program
/// has.
pub(super) fn run_block(
    path: Path,
    program: &Program,
    sources: &[Source<'_>],
    points: (usize, usize),
    coefficients: &[u64],
    registers: &mut [Words],
    outputs: &mut [Words],
) {
    match path {
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 if path.is_available() => {
            // SAFETY: the processor has AVX-512 F and IFMA, as was just asked.
            unsafe { avx512::run_block(program, sources, points, coefficients, registers, outputs) }
        }
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 if path.is_available() => {
            // SAFETY: the processor has AVX2, as was just asked.
            unsafe { avx2::run_block(program, sources, points, coefficients, registers, outputs) }
        }
        _ => scalar::run_block(program, sources, points, coefficients, registers, outputs),
    }
}

/// Writes the module of a path. `GROUP` vectors of a sum are accumulated side by side, so that one's latency is hidden
/// behind the others' work.
macro_rules! interpreter {
    ($name:ident, $group:literal, $(#[$feature:meta])?) => {
        mod $name {
            use super::{BLOCK, Program, Source, Words};
            use crate::goldilocks::lanes::$name::*;
            use crate::goldilocks::program::instruction::{Instruction, Register, SumPlan};

            const GROUP: usize = $group;

            $(#[$feature])?
            pub(super) fn run_block(
                program: &Program,
                sources: &[Source<'_>],
                (start, count): (usize, usize),
                coefficients: &[u64],
                registers: &mut [Words],
                outputs: &mut [Words],
            ) {
                for instruction in &program.instructions {
                    match *instruction {
                        Instruction::Load { to, slot } => {
                            sources[slot as usize].load(start, count, &mut registers[to as usize]);
                        }
                        Instruction::Splat { to, coefficient } => {
                            registers[to as usize] = Words([coefficients[coefficient as usize]; BLOCK]);
                        }
                        Instruction::Add { to, a, b } => {
                            for k in (0..BLOCK).step_by(LANES) {
                                put(registers, to, k, add(get(registers, a, k), get(registers, b, k)));
                            }
                        }
                        Instruction::AddCoefficient { to, a, coefficient } => {
                            let word = splat(coefficients[coefficient as usize]);
                            for k in (0..BLOCK).step_by(LANES) {
                                put(registers, to, k, add_canonical(get(registers, a, k), word));
                            }
                        }
                        Instruction::Sub { to, a, b } => {
                            for k in (0..BLOCK).step_by(LANES) {
                                put(registers, to, k, sub(get(registers, a, k), get(registers, b, k)));
                            }
                        }
                        Instruction::Mul { to, a, b } => {
                            for k in (0..BLOCK).step_by(LANES) {
                                put(registers, to, k, mul(get(registers, a, k), get(registers, b, k)));
                            }
                        }
                        Instruction::Square { to, a } => {
                            for k in (0..BLOCK).step_by(LANES) {
                                put(registers, to, k, square(get(registers, a, k)));
                            }
                        }
                        Instruction::Sum { to, sum } => {
                            let plan = &program.sums[sum as usize];
                            for k in (0..BLOCK).step_by(GROUP * LANES) {
                                let words = accumulate(&program.terms, plan, coefficients, registers, k);
                                for (g, words) in words.into_iter().enumerate() {
                                    put(registers, to, k + g * LANES, words);
                                }
                            }
                        }
                        Instruction::Output { index, from } => {
                            outputs[index as usize] = registers[from as usize];
                        }
                    }
                }
            }

            /// The sums of `GROUP` vectors from point `k` of the block.
            #[inline]
            $(#[$feature])?
            fn accumulate(
                terms: &[(Register, u32)],
                plan: &SumPlan,
                coefficients: &[u64],
                registers: &[Words],
                k: usize,
            ) -> [V; GROUP] {
                let mut sums = [Accumulator::new(splat(coefficients[plan.constant as usize])); GROUP];
                for (a, _) in &terms[plan.start..plan.small] {
                    for (g, sum) in sums.iter_mut().enumerate() {
                        sum.add(get(registers, *a, k + g * LANES));
                    }
                }
                for (a, coefficient) in &terms[plan.small..plan.wide] {
                    let factor = splat(coefficients[*coefficient as usize]);
                    for (g, sum) in sums.iter_mut().enumerate() {
                        sum.add_small(get(registers, *a, k + g * LANES), factor);
                    }
                }
                for (a, coefficient) in &terms[plan.wide..plan.products] {
                    let factor = splat(coefficients[*coefficient as usize]);
                    for (g, sum) in sums.iter_mut().enumerate() {
                        sum.add_product(get(registers, *a, k + g * LANES), factor);
                    }
                }
                for (a, b) in &terms[plan.products..plan.end] {
                    for (g, sum) in sums.iter_mut().enumerate() {
                        let k = k + g * LANES;
                        sum.add_product(get(registers, *a, k), get(registers, *b, k));
                    }
                }
                let mut words = [splat(0); GROUP];
                for (words, sum) in words.iter_mut().zip(sums) {
                    *words = sum.finish();
                }
                words
            }

            #[inline]
            $(#[$feature])?
            fn get(registers: &[Words], register: Register, k: usize) -> V {
                let (vectors, _) = registers[register as usize].0.as_chunks::<LANES>();
                load(&vectors[k / LANES])
            }

            #[inline]
            $(#[$feature])?
            fn put(registers: &mut [Words], register: Register, k: usize, words: V) {
                let (vectors, _) = registers[register as usize].0.as_chunks_mut::<LANES>();
                store(&mut vectors[k / LANES], words);
            }
        }
    };
}

interpreter!(scalar, 8,);
#[cfg(target_arch = "x86_64")]
interpreter!(avx2, 2, #[target_feature(enable = "avx2")]);
#[cfg(target_arch = "x86_64")]
interpreter!(avx512, 4, #[target_feature(enable = "avx512f,avx512ifma")]);
