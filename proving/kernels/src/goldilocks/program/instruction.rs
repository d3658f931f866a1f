//! What a program consists of.

/// An index into the register file: a word for each point of a block.
pub(super) type Register = u32;

/// One step, for every point of a block. `coefficient` is an index into the run's coefficients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Instruction {
    Load {
        to: Register,
        slot: u32,
    },
    Splat {
        to: Register,
        coefficient: u32,
    },
    Add {
        to: Register,
        a: Register,
        b: Register,
    },
    AddCoefficient {
        to: Register,
        a: Register,
        coefficient: u32,
    },
    Sub {
        to: Register,
        a: Register,
        b: Register,
    },
    Mul {
        to: Register,
        a: Register,
        b: Register,
    },
    Square {
        to: Register,
        a: Register,
    },
    Sum {
        to: Register,
        sum: u32,
    },
    Output {
        index: u32,
        from: Register,
    },
}

/// A sum of a constant and terms, which are parts of the program's list: registers alone in `start..small`, registers
/// and coefficients below `2^31` in `small..wide`, registers and any coefficients in `wide..products`, pairs of
/// registers in `products..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SumPlan {
    pub(super) constant: u32,
    pub(super) start: usize,
    pub(super) small: usize,
    pub(super) wide: usize,
    pub(super) products: usize,
    pub(super) end: usize,
}

impl Instruction {
    /// Returns the register that is written.
    pub(super) fn writes(&self) -> Option<Register> {
        match *self {
            Self::Load { to, .. }
            | Self::Splat { to, .. }
            | Self::Add { to, .. }
            | Self::AddCoefficient { to, .. }
            | Self::Sub { to, .. }
            | Self::Mul { to, .. }
            | Self::Square { to, .. }
            | Self::Sum { to, .. } => Some(to),
            Self::Output { .. } => None,
        }
    }

    /// Calls `visit` with every register of the instruction but those of a sum's terms: what is read, then what is
    /// written, with `true`.
    pub(super) fn registers_mut(&mut self, mut visit: impl FnMut(&mut Register, bool)) {
        match self {
            Self::Load { to, .. } | Self::Splat { to, .. } | Self::Sum { to, .. } => {
                visit(to, true)
            }
            Self::Add { to, a, b } | Self::Sub { to, a, b } | Self::Mul { to, a, b } => {
                visit(a, false);
                visit(b, false);
                visit(to, true);
            }
            Self::AddCoefficient { to, a, .. } | Self::Square { to, a } => {
                visit(a, false);
                visit(to, true);
            }
            Self::Output { from, .. } => visit(from, false),
        }
    }
}
