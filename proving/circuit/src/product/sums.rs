//! Sums of values times powers of a challenge.

use std::collections::BTreeMap;

use plonky2::field::extension::Extendable;
use plonky2::iop::ext_target::ExtensionTarget;
use plonky2::iop::target::Target;

use crate::challenge::Ext;
use crate::field::{D, F};
use crate::gates::{Formula, Horner, Slide};
use crate::layout::Layout;

/// Sizes of [`Horner`] in use: each kind of gate in a circuit costs the proofs above it.
const SIZES: [usize; 4] = [Horner::MAX_VALUES, 34, 20, 10];

/// Below so many values of the challenge field single multiply-adds are cheaper than two [`Horner`] runs.
const FEW: usize = 6;

/// Returns `Σ v_i·base^(n-1-i)`.
pub fn horner(layout: &mut Layout, base: Ext, values: &[Target]) -> Ext {
    let gate = cheapest(values.len());
    let zero = layout.builder.zero();
    // Zeros of the highest powers change nothing.
    let absent = values.len().next_multiple_of(gate.values()) - values.len();
    let padded = std::iter::repeat_n(zero, absent)
        .chain(values.iter().copied())
        .collect::<Vec<_>>();
    let mut sum = layout.builder.zero_extension();
    for run in padded.chunks(gate.values()) {
        let operation = layout.place(gate, &[]);
        for (i, &value) in run.iter().enumerate() {
            layout
                .builder
                .connect(operation.wire(Horner::value(i)), value);
        }
        layout.connect_pair(operation.pair(Horner::BASE), base);
        layout.connect_pair(operation.pair(Horner::BEFORE), sum);
        sum = operation.pair(Horner::AFTER);
    }
    sum
}

/// Returns the sum of base-field values.
pub fn total(layout: &mut Layout, values: &[Target]) -> Target {
    if values.len() < 2 * FEW {
        layout.make_room(0);
        return layout.builder.add_many(values);
    }
    let one = layout.builder.one_extension();
    horner(layout, one, values).0[0]
}

/// Returns the gate that takes the fewest rows for runs of a length.
fn cheapest(length: usize) -> Horner {
    let rows = |size: usize| {
        let gate = Horner::new(size);
        // In parts of a row that every count of operations divides.
        (length.div_ceil(size) * 60).div_ceil(gate.ops())
    };
    let size = SIZES.into_iter().min_by_key(|&size| rows(size));
    Horner::new(size.expect("there are sizes"))
}

/// Returns `Σ v_i·base^(n-1-i)` of values of the challenge field.
pub fn horner_ext(layout: &mut Layout, base: Ext, values: &[Ext]) -> Ext {
    layout.make_room(0);
    if values.len() < FEW {
        let Some((&first, rest)) = values.split_first() else {
            return layout.builder.zero_extension();
        };
        return rest.iter().fold(first, |sum, &value| {
            layout.builder.mul_add_extension(sum, base, value)
        });
    }
    // v = v0 + v1·√7, and so is the sum; a Horner of base-field values is one of the challenge field.
    let [low, high] = [0, 1].map(|part| {
        let parts = values.iter().map(|value| value.0[part]).collect::<Vec<_>>();
        horner(layout, base, &parts).0
    });
    let builder = &mut layout.builder;
    ExtensionTarget([
        builder.mul_const_add(<F as Extendable<D>>::W, high[1], low[0]),
        builder.add(low[1], high[0]),
    ])
}

/// Returns `Σ_g outer^(G-1-g) Σ_i inner^(n-1-i)·v[g][i]`, summing along the longer dimension first.
pub fn double_sum(layout: &mut Layout, outer: Ext, inner: Ext, values: &[Vec<Target>]) -> Ext {
    let length = values.first().map_or(0, Vec::len);
    if length >= values.len() {
        let sums = values
            .iter()
            .map(|run| horner(layout, inner, run))
            .collect::<Vec<_>>();
        return horner_ext(layout, outer, &sums);
    }
    let sums = (0..length)
        .map(|i| {
            let run = values.iter().map(|run| run[i]).collect::<Vec<_>>();
            horner(layout, outer, &run)
        })
        .collect::<Vec<_>>();
    horner_ext(layout, inner, &sums)
}

/// A row or column of values that windows slide over.
pub enum Line {
    /// Of the base field.
    Base(Vec<Target>),
    /// Of the challenge field.
    Ext(Vec<Ext>),
}

impl Line {
    fn get(&self, layout: &mut Layout, index: usize) -> Ext {
        match self {
            Self::Base(values) => {
                let zero = layout.builder.zero();
                ExtensionTarget([values[index], zero])
            }
            Self::Ext(values) => values[index],
        }
    }

    /// Returns the sum over the positions `start, start + stride, ..`, `count` of them.
    fn sum(&self, layout: &mut Layout, base: Ext, start: usize, windows: &Windows) -> Ext {
        let positions = (0..windows.count).map(|i| start + i * windows.stride);
        match self {
            Self::Base(values) => {
                let run = positions.map(|at| values[at]).collect::<Vec<_>>();
                horner(layout, base, &run)
            }
            Self::Ext(values) => {
                let run = positions.map(|at| values[at]).collect::<Vec<_>>();
                horner_ext(layout, base, &run)
            }
        }
    }
}

/// The positions that one tap of a kernel meets along one dimension: `offset + i·stride` for `i < count`.
#[derive(Debug, Clone)]
pub struct Windows {
    /// Positions of a tap.
    pub count: usize,
    /// Distance between them.
    pub stride: usize,
    /// Where each tap starts, increasing.
    pub offsets: Vec<usize>,
}

/// Returns for each offset and each line `Σ_i line[offset + i·stride]·base^(count-1-i)`.
///
/// `power` is `base^count`. A sum that starts a few strides after another slides there, one value out and one
/// in, so every value of a line is read a fixed number of times, however many taps the kernel has.
pub fn window_sums(
    layout: &mut Layout,
    base: Ext,
    power: Ext,
    lines: &[Line],
    windows: &Windows,
) -> Vec<Vec<Ext>> {
    let mut known = BTreeMap::<usize, Vec<Ext>>::new();
    // Of each residue of the stride the last start: the nearest one before any offset that follows.
    let mut last = BTreeMap::<usize, usize>::new();
    for &offset in &windows.offsets {
        let near = |start: &usize| {
            (offset - start) / windows.stride <= windows.count.div_ceil(Slide::SUMS)
        };
        let before = last.insert(offset % windows.stride, offset);
        let mut sums = match before.filter(near) {
            Some(start) => (start, known[&start].clone()),
            None => {
                let sum = |line: &Line| line.sum(layout, base, offset, windows);
                (offset, lines.iter().map(sum).collect())
            }
        };
        while sums.0 < offset {
            let (leaving, entering) = (sums.0, sums.0 + windows.count * windows.stride);
            let moves = lines
                .iter()
                .zip(&sums.1)
                .map(|(line, &sum)| [sum, line.get(layout, leaving), line.get(layout, entering)])
                .collect::<Vec<_>>();
            sums = (leaving + windows.stride, slide(layout, base, power, &moves));
        }
        known.insert(offset, sums.1);
    }
    windows
        .offsets
        .iter()
        .map(|offset| known[offset].clone())
        .collect()
}

/// Moves independent sums `[before, leaving, entering]` on by one value.
fn slide(layout: &mut Layout, base: Ext, power: Ext, moves: &[[Ext; 3]]) -> Vec<Ext> {
    let zero = layout.builder.zero_extension();
    let mut moved = Vec::with_capacity(moves.len());
    for row in moves.chunks(Slide::SUMS) {
        let operation = layout.place(Slide, &[]);
        layout.connect_pair(operation.pair(Slide::BASE), base);
        layout.connect_pair(operation.pair(Slide::POWER), power);
        for sum in 0..Slide::SUMS {
            let [before, leaving, entering] = row.get(sum).copied().unwrap_or([zero; 3]);
            layout.connect_pair(operation.pair(Slide::before(sum)), before);
            layout.connect_pair(operation.pair(Slide::leaving(sum)), leaving);
            layout.connect_pair(operation.pair(Slide::entering(sum)), entering);
        }
        moved.extend((0..row.len()).map(|sum| operation.pair(Slide::after(sum))));
    }
    moved
}

/// Returns `base^exponent`.
pub fn power(layout: &mut Layout, base: Ext, exponent: usize) -> Ext {
    layout.builder.exp_u64_extension(base, exponent as u64)
}
