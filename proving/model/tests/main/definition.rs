//! What every operator means, written as plainly as it can be: unbounded integers, one element at a time.

use std::collections::HashMap;

use assay_model::quant::ops::{OpSpec, Relation, TreeResult};
use assay_model::{Output, OutputSpec, Part, QuantizedModel, TensorSpec, Window};
use assay_statement::Lane;

type Point = Vec<i128>;

/// A tensor as a map from coordinates to numbers.
#[derive(Clone)]
struct Tensor {
    shape: Vec<i128>,
    values: HashMap<Point, i128>,
}

impl Tensor {
    fn new(shape: &[usize], lanes: impl IntoIterator<Item = i128>) -> Self {
        let shape: Vec<i128> = shape.iter().map(|&size| size as i128).collect();
        let values = points(&shape).into_iter().zip(lanes).collect();
        Self { shape, values }
    }

    fn from_fn(shape: &[usize], value: impl Fn(&Point) -> i128) -> Self {
        let shape: Vec<i128> = shape.iter().map(|&size| size as i128).collect();
        let values = points(&shape)
            .into_iter()
            .map(|point| (point.clone(), value(&point)))
            .collect();
        Self { shape, values }
    }

    fn lanes(&self) -> Vec<i128> {
        points(&self.shape)
            .iter()
            .map(|point| self.values[point])
            .collect()
    }
}

/// Returns all points of a shape in row-major order.
fn points(shape: &[i128]) -> Vec<Point> {
    shape.iter().fold(vec![vec![]], |points, &size| {
        let longer = |point: Point| (0..size).map(move |at| [point.clone(), vec![at]].concat());
        points.into_iter().flat_map(longer).collect()
    })
}

fn rescaled(
    sum: i128,
    multiplier: i128,
    zero: i128,
    relu: bool,
    (shift, lane): (u32, Lane),
) -> i128 {
    let [least, most] = match lane {
        Lane::Int8 => [-128, 127],
        Lane::Int16 => [-32_768, 32_767],
        Lane::Int32 => panic!("nothing is rescaled to int32"),
    };
    let (product, one) = (sum * multiplier, 1_i128 << shift);
    let nearest = product.signum() * ((product.abs() + one / 2) / one);
    (nearest + zero)
        .min(most)
        .max(if relu { zero } else { least })
}

/// Returns the points of a window's taps, those on padding included.
fn taps(window: &Window, at: &[i128]) -> Vec<Point> {
    let kernel: Vec<i128> = window.kernel.iter().map(|&size| size as i128).collect();
    let place = |tap: Point| {
        (0..tap.len())
            .map(|axis| {
                let start =
                    at[axis] * window.strides[axis] as i128 - window.pads_before[axis] as i128;
                start + tap[axis] * window.dilations[axis] as i128
            })
            .collect()
    };
    points(&kernel).into_iter().map(place).collect()
}

/// Computes a model from its committed data alone.
pub fn definition<L: Copy + Into<i32>>(model: &QuantizedModel, input: &[L]) -> Output {
    let architecture = model.architecture();
    let mut data: HashMap<(usize, Part), Vec<i128>> = HashMap::new();
    for section in model.committed_data() {
        let values = section.values.iter().map(|&value| value.into()).collect();
        data.insert((section.spec.node, section.spec.part), values);
    }
    let lanes = input.iter().map(|&lane| i128::from(lane.into()));
    let mut values = vec![Tensor::new(&architecture.input.shape, lanes)];
    for (index, node) in architecture.nodes.iter().enumerate() {
        let inputs: Vec<&Tensor> = node.inputs.iter().map(|&id| &values[id]).collect();
        let part = |part| data.get(&(index, part)).map_or(&[][..], Vec::as_slice);
        let is_wide = |id: &usize| architecture.value(*id).lane == Lane::Int16;
        let is_wide = node.inputs.iter().any(is_wide);
        let value = operator(&node.op, &node.tensor, &inputs, is_wide, part);
        values.push(value);
    }
    let lanes = values[architecture.output].lanes();
    match architecture.output() {
        OutputSpec::Class { .. } => Output::Class(u32::try_from(lanes[0]).unwrap()),
        OutputSpec::Lanes { .. } => Output::Lanes(
            lanes
                .into_iter()
                .map(|lane| i8::try_from(lane).unwrap())
                .collect(),
        ),
    }
}

fn operator<'a>(
    op: &OpSpec,
    result: &TensorSpec,
    inputs: &[&Tensor],
    is_wide: bool,
    part: impl Fn(Part) -> &'a [i128],
) -> Tensor {
    let shape = result.shape.as_slice();
    let Some(&x) = inputs.first() else {
        return Tensor::new(shape, part(Part::Values).iter().copied());
    };
    let shift = match op {
        OpSpec::Dense(_) | OpSpec::Conv(_) if is_wide => 28,
        OpSpec::Mul(_) | OpSpec::Matmul(_) if is_wide => 32,
        _ => 24,
    };
    let requantized = |sum, channel: i128, relu| {
        let multiplier = part(Part::Multipliers)[channel as usize];
        rescaled(
            sum,
            multiplier,
            part(Part::OutputZeroPoint)[0],
            relu,
            (shift, result.lane),
        )
    };
    match op {
        OpSpec::Dense(dense) => Tensor::from_fn(shape, |at| {
            let (&j, row) = at.split_last().unwrap();
            let mut sum = part(Part::Bias)[j as usize];
            for k in 0..dense.inputs {
                let point = [row, &[k as i128]].concat();
                sum += part(Part::Weights)[j as usize * dense.inputs + k] * x.values[&point];
            }
            requantized(sum, j, dense.relu)
        }),
        OpSpec::Conv(conv) => Tensor::from_fn(shape, |at| {
            let j = at[1];
            let per_group = conv.inputs / conv.groups;
            let group = j as usize / (conv.outputs / conv.groups);
            let mut weights =
                part(Part::Weights)[j as usize * per_group * conv.window.taps()..].iter();
            let mut sum = part(Part::Bias)[j as usize];
            for channel in group * per_group..(group + 1) * per_group {
                for tap in taps(&conv.window, &at[2..]) {
                    let point = [vec![0, channel as i128], tap].concat();
                    let outside = || part(Part::InputZeroPoint)[0];
                    let lane = x.values.get(&point).copied().unwrap_or_else(outside);
                    sum += weights.next().unwrap() * lane;
                }
            }
            requantized(sum, j, conv.relu)
        }),
        OpSpec::MaxPool(pool) => Tensor::from_fn(shape, |at| {
            let points = taps(&pool.window, &at[2..]).into_iter();
            let lane = |tap: Point| x.values.get(&[&at[..2], &tap].concat()).copied();
            points.filter_map(lane).max().unwrap()
        }),
        OpSpec::ArgMax(_) => {
            let lanes = x.lanes();
            let max = lanes.iter().max().unwrap();
            Tensor::new(
                shape,
                [lanes.iter().position(|lane| lane == max).unwrap() as i128],
            )
        }
        OpSpec::Add(add) => Tensor::from_fn(shape, |at| {
            let term = |index: usize| {
                let lane = inputs[index].values[at] - part(Part::InputZeroPoint)[index];
                part(Part::Multipliers)[index] * lane
            };
            let sign = if add.subtract { -1 } else { 1 };
            let zero = part(Part::OutputZeroPoint)[0];
            rescaled(
                term(0) + sign * term(1),
                1,
                zero,
                add.relu,
                (shift, result.lane),
            )
        }),
        OpSpec::Sum(pool) => Tensor::from_fn(shape, |at| {
            let lane = |tap: Point| x.values.get(&[&at[..2], &tap].concat()).copied();
            let lanes = taps(&pool.window, &at[2..]).into_iter().filter_map(lane);
            let sum = lanes.map(|lane| lane - part(Part::InputZeroPoint)[0]).sum();
            requantized(sum, 0, false)
        }),
        OpSpec::Mul(_) => Tensor::from_fn(shape, |at| {
            let factor =
                |index: usize| inputs[index].values[at] - part(Part::InputZeroPoint)[index];
            requantized(factor(0) * factor(1), 0, false)
        }),
        OpSpec::Max(_) => Tensor::from_fn(shape, |at| x.values[at].max(inputs[1].values[at])),
        OpSpec::Min(_) => Tensor::from_fn(shape, |at| x.values[at].min(inputs[1].values[at])),
        OpSpec::Matmul(matmul) => Tensor::from_fn(shape, |at| {
            let (batch, [i, j]) = at.split_last_chunk::<2>().unwrap();
            let zeros = part(Part::InputZeroPoint);
            let product = |k: i128| {
                let left = x.values[&[batch, &[*i, k]].concat()] - zeros[0];
                left * (inputs[1].values[&[batch, &[k, *j]].concat()] - zeros[1])
            };
            requantized((0..matmul.inner as i128).map(product).sum(), 0, false)
        }),
        OpSpec::Compare(compare) => Tensor::from_fn(shape, |at| {
            let (a, b) = (x.values[at], inputs[1].values[at]);
            i128::from(match compare.relation {
                Relation::Less => a < b,
                Relation::LessOrEqual => a <= b,
                Relation::Equal => a == b,
            })
        }),
        OpSpec::Where(_) => Tensor::from_fn(shape, |at| match x.values[at] {
            0 => inputs[2].values[at],
            1 => inputs[1].values[at],
            other => panic!("{other} is not a truth value"),
        }),
        OpSpec::ArgMin(_) => {
            let lanes = x.lanes();
            let min = lanes.iter().min().unwrap();
            let index = lanes.iter().position(|lane| lane == min).unwrap();
            Tensor::new(shape, [index as i128])
        }
        OpSpec::Mask(mask) => Tensor::from_fn(shape, |at| {
            let [first, end] = mask.runs[at[at.len() - 2] as usize].map(|column| column as i128);
            if (first..end).contains(at.last().unwrap()) {
                x.values[at]
            } else {
                part(Part::InputZeroPoint)[0]
            }
        }),
        OpSpec::Softmax(softmax) => Tensor::from_fn(shape, |at| {
            let (column, row) = at.split_last().unwrap();
            let width = *shape.last().unwrap();
            let run = softmax.runs.get(*row.last().unwrap() as usize);
            let [first, end] = run.copied().unwrap_or([0, width]).map(|end| end as i128);
            if !(first..end).contains(column) {
                return -128;
            }
            let lane = |column: i128| x.values[&[row, &[column]].concat()];
            let most = (first..end).map(lane).max().unwrap();
            let power = |column: i128| match most - lane(column) {
                0 => 1 << 15,
                difference => part(Part::Exponentials)[difference as usize - 1],
            };
            let sum: i128 = (first..end).map(power).sum();
            let reciprocal = ((1 << 30) - (1 << 21) - 1) / sum;
            (power(*column) * reciprocal * 2 + (1 << 22)).div_euclid(1 << 23) - 128
        }),
        OpSpec::LayerNorm(norm) => Tensor::from_fn(shape, |at| {
            let (&column, row) = at.split_last().unwrap();
            let n = norm.width as i128;
            let lane = |column: i128| x.values[&[row, &[column]].concat()];
            let sum: i128 = (0..n).map(lane).sum();
            // n^2 times the variance: n times the sum of squared differences of n times each.
            let squares = (0..n).map(|column| (n * lane(column) - sum).pow(2));
            let variance = squares.sum::<i128>() / n + part(Part::Epsilon)[0];
            let root = (0..=25).rev().fold(0_i128, |root, bit| {
                let larger = root + (1 << bit);
                if larger.pow(2) * variance <= 1 << 48 {
                    larger
                } else {
                    root
                }
            });
            let normal = (n * lane(column) - sum) * (2 * root + 1);
            let scaled = normal * part(Part::ColumnScales)[column as usize];
            let shifted = scaled + part(Part::Bias)[column as usize] * (1 << 17);
            (2 * shifted + (1 << 33))
                .div_euclid(1 << 34)
                .clamp(-128, 127)
        }),
        OpSpec::Embedding(embedding) => Tensor::from_fn(shape, |at| {
            let (&column, at) = at.split_last().unwrap();
            part(Part::Values)[(x.values[at] * embedding.width as i128 + column) as usize]
        }),
        OpSpec::TreeEnsemble(trees) => {
            let x = x.lanes();
            let mut scores = part(Part::Bias).to_vec();
            for tree in 0..trees.trees {
                let (inner, mut node) = ((1 << trees.depth) - 1, 0);
                while node < inner {
                    let feature = part(Part::Features)[tree * inner + node];
                    let threshold = part(Part::Thresholds)[tree * inner + node];
                    node = 2 * node
                        + if x[feature as usize] <= threshold {
                            1
                        } else {
                            2
                        };
                }
                for number in 0..trees.leaf_scores {
                    let score = if trees.leaf_scores == 1 {
                        tree % trees.scores
                    } else {
                        number
                    };
                    let leaf = tree * (inner + 1) + node - inner;
                    scores[score] += part(Part::Leaves)[leaf * trees.leaf_scores + number];
                }
            }
            let largest = *scores.iter().max().unwrap();
            let class = match trees.result {
                TreeResult::Lanes => {
                    return Tensor::from_fn(shape, |at| {
                        requantized(scores[at[1] as usize], 0, false)
                    });
                }
                TreeResult::ArgMax => scores.iter().position(|score| *score == largest).unwrap(),
                TreeResult::Sign => usize::from(largest > 0),
            };
            Tensor::new(shape, [class as i128])
        }
        OpSpec::Parameter(_) => unreachable!("it has no input"),
        OpSpec::Table(_) => Tensor::from_fn(shape, |at| {
            part(Part::Table)[usize::try_from(x.values[at] + 128).unwrap()]
        }),
        OpSpec::Reshape(_) => Tensor::new(shape, x.lanes()),
        OpSpec::Transpose(transpose) => Tensor::from_fn(shape, |at| {
            let mut point = vec![0; at.len()];
            for (to, &from) in transpose.permutation.iter().enumerate() {
                point[from] = at[to];
            }
            x.values[&point]
        }),
        OpSpec::Slice(slice) => Tensor::from_fn(shape, |at| {
            let point: Point = (0..at.len())
                .map(|axis| slice.starts[axis] as i128 + at[axis] * i128::from(slice.steps[axis]))
                .collect();
            x.values[&point]
        }),
        OpSpec::Concat(concat) => Tensor::from_fn(shape, |at| {
            let mut point = at.clone();
            for input in inputs {
                let size = input.shape[concat.axis];
                if point[concat.axis] < size {
                    return input.values[&point];
                }
                point[concat.axis] -= size;
            }
            panic!("{at:?} is beyond all inputs")
        }),
        OpSpec::Pad(pad) => Tensor::from_fn(shape, |at| {
            let place = |(at, &before): (&i128, &usize)| at - before as i128;
            let point: Point = at.iter().zip(&pad.before).map(place).collect();
            let outside = part(Part::InputZeroPoint)[0];
            x.values.get(&point).copied().unwrap_or(outside)
        }),
        OpSpec::Expand(_) => Tensor::from_fn(shape, |at| {
            let at = &at[at.len() - x.shape.len()..];
            let place = |(&at, &size): (&i128, &i128)| if size == 1 { 0 } else { at };
            let point: Point = at.iter().zip(&x.shape).map(place).collect();
            x.values[&point]
        }),
        OpSpec::Resize(resize) => Tensor::from_fn(shape, |at| {
            let mut point = at.clone();
            point[resize.axis] = resize.indices[at[resize.axis] as usize] as i128;
            x.values[&point]
        }),
    }
}
