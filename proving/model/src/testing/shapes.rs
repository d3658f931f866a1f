//! Random architectures out of a list of random numbers.

use assay_statement::Lane;

use crate::quant::limits::accumulator_limit;
use crate::quant::ops::{
    Add, ArgMax, ArgMin, Compare, Concat, Conv, Dense, Embedding, Expand, LayerNorm, Mask, Matmul,
    Max, MaxPool, Min, Mul, OpSpec, Pad, Parameter, Relation, Reshape, Resize, Runs, Slice,
    Softmax, Sum, Table, Transpose, Where, Window,
};
use crate::{Architecture, Lanes, TensorSpec, ValueId};

/// Elements of a random value, at most.
const MAX_ELEMENTS: usize = 96;

/// Nodes of a random architecture, at most, before its ends are joined.
const MAX_NODES: usize = 7;

/// Numbers that decide, used up from the front.
struct Choices<'a>(&'a [u32]);

impl Choices<'_> {
    /// Returns a number below `limit`, 0 when the choices are used up.
    fn below(&mut self, limit: usize) -> usize {
        let Some((&first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        first as usize % limit.max(1)
    }

    fn flag(&mut self) -> bool {
        self.below(2) == 1
    }

    fn each(&mut self, count: usize, mut limit: impl FnMut(usize) -> usize) -> Vec<usize> {
        (0..count).map(|index| self.below(limit(index))).collect()
    }
}

/// Returns the architecture that these numbers decide.
pub(super) fn architecture(choices: &[u32], allowed: fn(&OpSpec) -> bool) -> Architecture {
    let mut choices = Choices(choices);
    let input = match choices.below(4) {
        0 => vec![1, 1 + choices.below(9)],
        1 => vec![1, 1 + choices.below(3), 1 + choices.below(8)],
        2 => vec![
            1,
            1 + choices.below(3),
            2 + choices.below(4),
            2 + choices.below(4),
        ],
        _ => vec![1, 1 + choices.below(4), 2 + choices.below(4)],
    };
    let lane = if choices.below(4) == 3 {
        Lane::Int16
    } else {
        Lane::Int8
    };
    let mut architecture = Architecture::new(TensorSpec { shape: input, lane });
    for _ in 0..=choices.below(MAX_NODES) {
        // The latest values twice as often as all of them, so that chains get long.
        let last = architecture.output;
        let id = if choices.flag() {
            last
        } else {
            choices.below(last + 1)
        };
        add(&mut architecture, &mut choices, id, allowed);
    }
    if architecture.output == 0 {
        let op = dense(&mut choices, architecture.value(0));
        push(&mut architecture, op, &[0]);
    }
    join(&mut architecture);
    let last = architecture.output;
    match choices.below(4) {
        1 => push(&mut architecture, OpSpec::ArgMax(ArgMax {}), &[last]),
        2 => push(&mut architecture, OpSpec::ArgMin(ArgMin {}), &[last]),
        _ => {
            let last = narrow(&mut architecture, last);
            architecture.output = last;
        }
    }
    architecture
}

fn push(architecture: &mut Architecture, op: OpSpec, inputs: &[ValueId]) {
    push_as(architecture, op, inputs, Lane::Int8);
}

fn push_as(architecture: &mut Architecture, op: OpSpec, inputs: &[ValueId], lane: Lane) {
    architecture
        .push_as(op, inputs, lane)
        .expect("random operators fit what they read");
}

/// Returns the value, or three int8 lanes made of it if it is int16.
fn narrow(architecture: &mut Architecture, id: ValueId) -> ValueId {
    let tensor = architecture.value(id);
    if tensor.lane == Lane::Int8 {
        return id;
    }
    let inputs = tensor.elements();
    let shape = vec![1, inputs];
    push(architecture, OpSpec::Reshape(Reshape { shape }), &[id]);
    let row = architecture.output;
    let op = OpSpec::Dense(Dense {
        inputs,
        outputs: 3,
        relu: false,
    });
    push(architecture, op, &[row]);
    architecture.output
}

/// Returns whether an operator takes lanes of these types and no accumulator is too wide.
fn fits(op: &OpSpec, types: &[&TensorSpec]) -> bool {
    let lanes = Lanes::of(types, Lane::Int16);
    let limit = accumulator_limit(lanes.inputs).unsigned_abs();
    types.iter().all(|tensor| op.takes(tensor.lane))
        && (op.accumulator_bound(lanes)).is_none_or(|bound| bound < limit.into())
}

/// Adds a random operator that reads a value, unless its result would be too large.
fn add(
    architecture: &mut Architecture,
    choices: &mut Choices<'_>,
    id: ValueId,
    allowed: fn(&OpSpec) -> bool,
) {
    let input = architecture.value(id).clone();
    let mut inputs = vec![id];
    let op = match choices.below(24) {
        0 | 1 => dense(choices, &input),
        2 | 3 if input.shape.len() >= 3 => conv(choices, &input),
        4 if input.shape.len() >= 3 => OpSpec::MaxPool(MaxPool {
            window: window(choices, &input.shape[2..], true),
        }),
        5 => reshape(choices, &input),
        6 => transpose(choices, &input),
        7 => slice(choices, &input),
        8 => concat(architecture, choices, &mut inputs),
        9 => pad(choices, &input),
        10 => expand(choices, &input),
        11 | 14 => of_two(architecture, choices, &mut inputs),
        15 => {
            let shape = input.shape.clone();
            inputs.clear();
            OpSpec::Parameter(Parameter { shape })
        }
        16 => matmul(architecture, &mut inputs),
        22 | 23 => {
            let relations = [Relation::Less, Relation::LessOrEqual, Relation::Equal];
            let relation = relations[choices.below(3)];
            inputs.push(latest_like(architecture, id));
            if input.lane != Lane::Int8 {
                return;
            }
            let compare = OpSpec::Compare(Compare { relation });
            if choices.flag() || !allowed(&compare) || !allowed(&OpSpec::Where(Where {})) {
                compare
            } else {
                push(architecture, compare, &inputs);
                inputs.insert(0, architecture.output);
                OpSpec::Where(Where {})
            }
        }
        12 if input.shape.len() >= 3 => OpSpec::Sum(Sum {
            window: window(choices, &input.shape[2..], false),
        }),
        13 => OpSpec::Table(Table {}),
        17 => OpSpec::Mask(Mask {
            runs: runs(choices, &input, 0),
        }),
        18 => OpSpec::Softmax(Softmax { runs: vec![] }),
        19 => OpSpec::Softmax(Softmax {
            runs: runs(choices, &input, 1),
        }),
        20 => OpSpec::LayerNorm(LayerNorm {
            width: input.width(),
        }),
        21 if architecture.input.shape.len() <= 3 && architecture.input.lane == Lane::Int8 => {
            inputs = vec![0];
            OpSpec::Embedding(Embedding {
                symbols: [1, 2, 7, 128][choices.below(4)],
                width: 1 + choices.below(5),
            })
        }
        _ => resize(choices, &input),
    };
    let types: Vec<&TensorSpec> = inputs.iter().map(|&id| architecture.value(id)).collect();
    let tensor = op
        .infer(&types)
        .expect("random operators fit what they read");
    if tensor.elements() <= MAX_ELEMENTS && allowed(&op) && fits(&op, &types) {
        let lane = if choices.below(3) == 2 {
            Lane::Int16
        } else {
            Lane::Int8
        };
        push_as(architecture, op, &inputs, lane);
    }
}

fn dense(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    OpSpec::Dense(Dense {
        inputs: input.width(),
        outputs: 1 + choices.below(9),
        relu: choices.flag(),
    })
}

fn conv(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let channels = input.shape[1];
    let groups = match choices.below(3) {
        0 => channels,
        _ => 1,
    };
    OpSpec::Conv(Conv {
        inputs: channels,
        outputs: groups * (1 + choices.below(3)),
        groups,
        window: window(choices, &input.shape[2..], false),
        relu: choices.flag(),
    })
}

/// Returns windows that fit; where `inside`, none lies wholly on padding.
fn window(choices: &mut Choices<'_>, spatial: &[usize], inside: bool) -> Window {
    let kernel = choices.each(spatial.len(), |axis| spatial[axis].min(3));
    let kernel: Vec<usize> = kernel.iter().map(|size| size + 1).collect();
    let mut window = Window::new(&kernel);
    for axis in 0..spatial.len() {
        window.strides[axis] = 1 + choices.below(3);
        if (kernel[axis] - 1) * 2 < spatial[axis] {
            window.dilations[axis] = 1 + choices.below(2);
        }
        let most = if inside && window.dilations[axis] == 1 {
            kernel[axis]
        } else {
            1
        };
        let most = if inside { most } else { 3 };
        window.pads_before[axis] = choices.below(most);
        window.pads_after[axis] = choices.below(most);
    }
    window
}

fn reshape(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let elements = input.elements();
    let divisors: Vec<usize> = (1..=elements)
        .filter(|size| elements.is_multiple_of(*size))
        .collect();
    let outer = divisors[choices.below(divisors.len())];
    let shape = if choices.flag() {
        vec![1, outer, elements / outer]
    } else {
        vec![1, elements]
    };
    OpSpec::Reshape(Reshape { shape })
}

fn transpose(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let mut permutation: Vec<usize> = (0..input.shape.len()).collect();
    for axis in 1..permutation.len() {
        let other = axis + choices.below(permutation.len() - axis);
        permutation.swap(axis, other);
    }
    OpSpec::Transpose(Transpose { permutation })
}

fn slice(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let mut slice = Slice {
        starts: Vec::new(),
        sizes: Vec::new(),
        steps: Vec::new(),
    };
    for &size in &input.shape {
        let start = choices.below(size);
        let step = [1_i32, 2, -1, -2][choices.below(4)];
        let room = if step > 0 { size - 1 - start } else { start };
        slice.starts.push(start);
        slice.sizes.push(1 + room / step.unsigned_abs() as usize);
        slice.steps.push(step);
    }
    OpSpec::Slice(slice)
}

/// Returns a concatenation of the value with itself and every other value of its shape but for one axis.
fn concat(
    architecture: &Architecture,
    choices: &mut Choices<'_>,
    inputs: &mut Vec<ValueId>,
) -> OpSpec {
    let first = architecture.value(inputs[0]);
    // The batch dimension stays, as convolutions need it.
    let axis = 1 + choices.below(first.shape.len() - 1);
    for id in (0..=architecture.output).rev() {
        let concat = Concat { axis };
        let pair = [first, architecture.value(id)];
        if inputs.len() < 3 && OpSpec::Concat(concat).infer(&pair).is_ok() {
            inputs.push(id);
        }
    }
    OpSpec::Concat(Concat { axis })
}

/// Returns an operator on the value and the latest other value of its shape, or itself.
fn of_two(
    architecture: &Architecture,
    choices: &mut Choices<'_>,
    inputs: &mut Vec<ValueId>,
) -> OpSpec {
    let first = inputs[0];
    let kind = choices.below(4);
    inputs.push(match kind {
        1 | 2 => latest_like(architecture, first),
        // These take lanes of two types.
        _ => latest_shaped(architecture, first),
    });
    match kind {
        0 => OpSpec::Mul(Mul {}),
        1 => OpSpec::Max(Max {}),
        2 => OpSpec::Min(Min {}),
        _ => OpSpec::Add(Add {
            subtract: choices.flag(),
            relu: choices.flag(),
            wide: choices.flag(),
        }),
    }
}

/// Returns the latest other value of a value's type, or the value itself.
fn latest_like(architecture: &Architecture, first: ValueId) -> ValueId {
    let same = |id: &ValueId| architecture.value(*id) == architecture.value(first);
    let other = (0..=architecture.output)
        .rev()
        .find(|id| *id != first && same(id));
    other.unwrap_or(first)
}

/// Returns the latest other value of a value's shape, or the value itself.
fn latest_shaped(architecture: &Architecture, first: ValueId) -> ValueId {
    let shape = |id: ValueId| &architecture.value(id).shape;
    let mut others = (0..=architecture.output).rev();
    let other = others.find(|&id| id != first && shape(id) == shape(first));
    other.unwrap_or(first)
}

/// Returns a product of the value and the latest value that fits it; where none does, a table.
fn matmul(architecture: &Architecture, inputs: &mut Vec<ValueId>) -> OpSpec {
    let first = architecture.value(inputs[0]);
    let op = OpSpec::Matmul(Matmul {
        inner: first.width(),
    });
    let fits = |id: &ValueId| op.infer(&[first, architecture.value(*id)]).is_ok();
    match (0..=architecture.output).rev().find(fits) {
        Some(other) => {
            inputs.push(other);
            op
        }
        None => OpSpec::Table(Table {}),
    }
}

/// Returns a run of at least `least` columns for each row.
fn runs(choices: &mut Choices<'_>, input: &TensorSpec, least: usize) -> Runs {
    let (rows, width) = (input.shape[input.shape.len() - 2], input.width());
    let run = |_| {
        let first = choices.below(width);
        [
            first,
            first + least + choices.below(width - first + 1 - least),
        ]
    };
    (0..rows).map(run).collect()
}

fn pad(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let mut side = || {
        let mut sizes = choices.each(input.shape.len(), |_| 3);
        sizes[0] = 0;
        sizes
    };
    OpSpec::Pad(Pad {
        before: side(),
        after: side(),
    })
}

fn expand(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let mut shape = input.shape.clone();
    for size in shape.iter_mut().skip(1).filter(|size| **size == 1) {
        *size = 1 + choices.below(3);
    }
    OpSpec::Expand(Expand { shape })
}

fn resize(choices: &mut Choices<'_>, input: &TensorSpec) -> OpSpec {
    let axis = input.shape.len() - 1;
    let count = 1 + choices.below(6);
    OpSpec::Resize(Resize {
        axis,
        indices: choices.each(count, |_| input.shape[axis]),
    })
}

/// Joins all values that nobody reads into one row.
fn join(architecture: &mut Architecture) {
    let read = |id: &ValueId| architecture.readers(*id).next().is_none();
    let ends: Vec<ValueId> = (1..=architecture.output).filter(read).collect();
    if ends.len() == 1 {
        architecture.output = ends[0];
        return;
    }
    let mut rows = Vec::new();
    for id in ends {
        let id = narrow(architecture, id);
        let shape = vec![1, architecture.value(id).elements()];
        push(architecture, OpSpec::Reshape(Reshape { shape }), &[id]);
        rows.push(architecture.output);
    }
    push(architecture, OpSpec::Concat(Concat { axis: 1 }), &rows);
}
