//! Formulas over many points: the constraints of gates at every point of a quotient's domain.
//!
//! A [`ProgramBuilder`] records formulas over *inputs* (a word for each point) and *parameters* (words that are the
//! same at every point of a run, such as challenges). [`ProgramBuilder::build`] drops what no output needs, gathers
//! additions and products into sums that are reduced modulo `p` once, and shares registers, so that a block's words
//! stay near the processor. [`Program::run`] goes through the instructions once for each block of points.
//!
//! ```
//! use assay_kernels::Path;
//! use assay_kernels::goldilocks::program::{ProgramBuilder, Source};
//!
//! // filter * (a * b - c) * alpha, added to what the output holds.
//! let mut builder = ProgramBuilder::new();
//! let [filter, a, b, c] = [0, 1, 2, 3].map(|slot| builder.input(slot));
//! let alpha = builder.parameter(0);
//! let product = builder.mul(a, b);
//! let constraint = builder.sub(product, c);
//! let filtered = builder.mul(filter, constraint);
//! let term = builder.mul(filtered, alpha);
//! builder.output(term);
//! let program = builder.build();
//!
//! let columns = [[1, 1, 0], [2, 3, 4], [5, 6, 7], [10, 10, 10]];
//! let sources = columns.each_ref().map(|column| Source::column(column));
//! let mut sums = [100, 100, 100];
//! program.run(Path::current(), &sources, &[10], &mut [&mut sums])?;
//! assert_eq!(sums, [100, 180, 100]);
//! # Ok::<(), assay_kernels::goldilocks::program::ProgramError>(())
//! ```

mod builder;
mod compile;
mod form;
mod instruction;
mod interpreter;
mod registers;
#[cfg(test)]
mod tests;

pub use builder::{ProgramBuilder, Value};

use rayon::prelude::*;

use super::field::{self, canonical};
use crate::Path;
use form::Coefficient;
use instruction::{Instruction, Register, SumPlan};
use interpreter::{Words, run_block};

/// Points of a block: four vectors of AVX-512 hide the cost of finding the next instruction, and a hundred registers
/// are 25 KiB.
const BLOCK: usize = 32;

/// Points of a rayon task.
const TASK: usize = 16 * BLOCK;

/// Instructions for blocks of points.
#[derive(Clone, Debug, Default)]
pub struct Program {
    instructions: Vec<Instruction>,
    sums: Vec<SumPlan>,
    terms: Vec<(Register, u32)>,
    coefficients: Vec<Coefficient>,
    inputs: usize,
    parameters: usize,
    outputs: usize,
    registers: usize,
}

/// The words of an input: the one at point `i` is `words[offset + i * stride]`. Any words.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// A column, or a table in rows.
    pub words: &'a [u64],
    /// Where the first point's word is: the column, in a table in rows.
    pub offset: usize,
    /// From a point's word to the next point's: 1 in a column, a row's length in a table in rows.
    pub stride: usize,
}

/// What a run was given does not fit the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProgramError {
    /// The program reads inputs that there is no source for.
    #[error("the program reads {expected} inputs, there are {got}")]
    Inputs {
        /// The inputs that the program reads.
        expected: usize,
        /// The sources.
        got: usize,
    },
    /// The program reads parameters that are not there.
    #[error("the program reads {expected} parameters, there are {got}")]
    Parameters {
        /// The parameters that the program reads.
        expected: usize,
        /// The ones given.
        got: usize,
    },
    /// The program has more or fewer outputs.
    #[error("the program has {expected} outputs, not {got}")]
    Outputs {
        /// The program's outputs.
        expected: usize,
        /// The ones given.
        got: usize,
    },
    /// Outputs have different numbers of points.
    #[error("output {output} has {got} points, the first has {expected}")]
    Points {
        /// The output.
        output: usize,
        /// Points of the first output.
        expected: usize,
        /// Points of this one.
        got: usize,
    },
    /// A source ends before the last point.
    #[error("source {source_index} has no word for each of {points} points")]
    ShortSource {
        /// The source.
        source_index: usize,
        /// The points of the run.
        points: usize,
    },
}

impl<'a> Source<'a> {
    /// An input that lies in a column of its own.
    pub fn column(words: &'a [u64]) -> Self {
        Self {
            words,
            offset: 0,
            stride: 1,
        }
    }

    /// An input that is column `column` of a table with rows of `width` words.
    pub fn row_table(words: &'a [u64], column: usize, width: usize) -> Self {
        Self {
            words,
            offset: column,
            stride: width,
        }
    }

    fn covers(&self, points: usize) -> bool {
        let Some(last) = points.checked_sub(1) else {
            return true;
        };
        last.checked_mul(self.stride)
            .and_then(|distance| distance.checked_add(self.offset))
            .is_some_and(|index| index < self.words.len())
    }

    fn load(&self, start: usize, count: usize, to: &mut Words) {
        if self.stride == 1 {
            let start = self.offset + start;
            to.0[..count].copy_from_slice(&self.words[start..start + count]);
        } else {
            for (k, word) in to.0[..count].iter_mut().enumerate() {
                *word = self.words[self.offset + (start + k) * self.stride];
            }
        }
    }
}

impl Program {
    /// Adds output `k` at point `i` to `outputs[k][i]`, modulo `p`, for every output and every point, over rayon's
    /// threads. Input slots are indices into `sources`. Canonical words come out.
    pub fn run(
        &self,
        path: Path,
        sources: &[Source<'_>],
        parameters: &[u64],
        outputs: &mut [&mut [u64]],
    ) -> Result<(), ProgramError> {
        self.check(sources, parameters, outputs)?;
        let coefficients: Vec<u64> = self
            .coefficients
            .iter()
            .map(|coefficient| match coefficient {
                Coefficient::Constant(word) => *word,
                Coefficient::Parameter(index) => canonical(parameters[*index as usize]),
            })
            .collect();
        let points = outputs.first().map_or(0, |output| output.len());
        let mut tasks: Vec<Vec<&mut [u64]>> =
            (0..points.div_ceil(TASK)).map(|_| Vec::new()).collect();
        for output in outputs.iter_mut() {
            for (task, part) in tasks.iter_mut().zip(output.chunks_mut(TASK)) {
                task.push(part);
            }
        }
        let memory = || {
            (
                vec![Words([0; BLOCK]); self.registers],
                vec![Words([0; BLOCK]); self.outputs],
            )
        };
        tasks.into_par_iter().enumerate().for_each_init(
            memory,
            |(registers, blocks), (task, mut parts)| {
                let length = parts.first().map_or(0, |part| part.len());
                for from in (0..length).step_by(BLOCK) {
                    let count = BLOCK.min(length - from);
                    let start = task * TASK + from;
                    run_block(
                        path,
                        self,
                        sources,
                        (start, count),
                        &coefficients,
                        registers,
                        blocks,
                    );
                    for (part, block) in parts.iter_mut().zip(blocks.iter()) {
                        for (sum, word) in part[from..from + count].iter_mut().zip(&block.0) {
                            *sum = canonical(field::add(*sum, *word));
                        }
                    }
                }
            },
        );
        Ok(())
    }

    /// Returns the number of sources that the program reads: one more than its highest input slot.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Returns the number of parameters that the program reads: one more than its highest index.
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// Returns the number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Returns the number of instructions, a measure of cost.
    pub fn instructions(&self) -> usize {
        self.instructions.len()
    }

    /// Returns the number of registers, each of which takes 256 bytes.
    pub fn registers(&self) -> usize {
        self.registers
    }

    fn check(
        &self,
        sources: &[Source<'_>],
        parameters: &[u64],
        outputs: &[&mut [u64]],
    ) -> Result<(), ProgramError> {
        if sources.len() < self.inputs {
            return Err(ProgramError::Inputs {
                expected: self.inputs,
                got: sources.len(),
            });
        }
        if parameters.len() < self.parameters {
            return Err(ProgramError::Parameters {
                expected: self.parameters,
                got: parameters.len(),
            });
        }
        if outputs.len() != self.outputs {
            return Err(ProgramError::Outputs {
                expected: self.outputs,
                got: outputs.len(),
            });
        }
        let points = outputs.first().map_or(0, |output| output.len());
        if let Some((k, output)) = outputs
            .iter()
            .enumerate()
            .find(|(_, output)| output.len() != points)
        {
            return Err(ProgramError::Points {
                output: k,
                expected: points,
                got: output.len(),
            });
        }
        if let Some(source) = sources[..self.inputs]
            .iter()
            .position(|source| !source.covers(points))
        {
            return Err(ProgramError::ShortSource {
                source_index: source,
                points,
            });
        }
        Ok(())
    }
}
