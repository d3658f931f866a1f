//! The integer operators, one file each: what it is, which shapes fit, what it commits to, what it computes.

pub mod add;
pub mod arg_max;
pub mod arg_min;
pub mod compare;
pub mod concat;
pub mod conv;
pub mod dense;
pub mod embedding;
pub mod expand;
pub mod layer_norm;
pub mod mask;
pub mod matmul;
pub mod max;
pub mod max_pool;
pub mod min;
pub mod movement;
pub mod mul;
pub mod pad;
pub mod parameter;
pub mod product;
pub mod reshape;
pub mod resize;
pub mod slice;
pub mod softmax;
pub mod sum;
pub mod table;
pub mod transpose;
pub mod tree_ensemble;
pub mod r#where;
pub mod window;

use assay_statement::Lane;
use serde::{Deserialize, Serialize};

pub use add::Add;
pub use arg_max::ArgMax;
pub use arg_min::ArgMin;
pub use compare::{Compare, Relation};
pub use concat::Concat;
pub use conv::Conv;
pub use dense::Dense;
pub use embedding::Embedding;
pub use expand::Expand;
pub use layer_norm::LayerNorm;
pub use mask::{Mask, Runs};
pub use matmul::Matmul;
pub use max::Max;
pub use max_pool::MaxPool;
pub use min::Min;
pub use movement::Source;
pub use mul::Mul;
pub use pad::Pad;
pub use parameter::Parameter;
pub use reshape::Reshape;
pub use resize::Resize;
pub use slice::Slice;
pub use softmax::Softmax;
pub use sum::Sum;
pub use table::Table;
pub use transpose::Transpose;
pub use tree_ensemble::{TreeEnsemble, TreePath, TreeResult, TreeStep};
pub use r#where::Where;
pub use window::Window;

use super::limits::{SHIFT, accumulator_bound};
use super::model::NodeData;
use super::sections::SectionSpec;
use super::tensor::{Lanes, TensorSpec};

/// An integer operator with all that its circuit depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum OpSpec {
    /// Rows times a matrix plus biases, requantized.
    Dense(Dense),
    /// Windows times kernels plus biases, requantized.
    Conv(Conv),
    /// The largest lane of each window.
    MaxPool(MaxPool),
    /// The index of the largest of all lanes, the lowest one of equals. Only ever the output.
    ArgMax(ArgMax),
    /// Other dimensions, same elements in the same order.
    Reshape(Reshape),
    /// The dimensions in another order.
    Transpose(Transpose),
    /// Some elements of every dimension, at equal steps.
    Slice(Slice),
    /// Tensors one after the other along an axis.
    Concat(Concat),
    /// A committed lane around a tensor.
    Pad(Pad),
    /// Dimensions of 1 repeated.
    Expand(Expand),
    /// Chosen slices along an axis, each any number of times.
    Resize(Resize),
    /// The sum or difference of two tensors, requantized.
    Add(Add),
    /// The sum of each window, requantized.
    Sum(Sum),
    /// Any function of one lane.
    Table(Table),
    /// The product of two tensors, element by element, requantized.
    Mul(Mul),
    /// The larger element of two tensors.
    Max(Max),
    /// The smaller element of two tensors.
    Min(Min),
    /// A committed tensor.
    Parameter(Parameter),
    /// The product of two tensors of matrices, requantized.
    Matmul(Matmul),
    /// A committed lane in place of chosen elements.
    Mask(Mask),
    /// Each element's share in the exponentials of its row.
    Softmax(Softmax),
    /// Every row normalized, scaled and shifted.
    LayerNorm(LayerNorm),
    /// A committed row for each symbol of the input.
    Embedding(Embedding),
    /// Whether a relation of two elements holds.
    Compare(Compare),
    /// One of two elements, as a comparison says.
    Where(Where),
    /// The index of the smallest of all lanes, the lowest one of equals. Only ever the output.
    ArgMin(ArgMin),
    /// Decision trees: their scores, requantized, or the class that these decide.
    TreeEnsemble(TreeEnsemble),
}

/// An operator's input in a run.
#[derive(Debug, Clone, Copy)]
pub struct Operand<'a> {
    /// Its type.
    pub tensor: &'a TensorSpec,
    /// Its elements, row-major.
    pub lanes: &'a [i32],
}

/// What an operator gives in a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeTrace {
    /// The elements of the result, row-major.
    pub lanes: Vec<i32>,
    /// Of an operator with an accumulator bound: what each element of the result was before its requantization, in
    /// the same order; of a tree ensemble its scores. Empty for every other operator.
    pub accumulators: Vec<i64>,
}

impl NodeTrace {
    /// Returns the trace of an operator without accumulators.
    pub(crate) const fn of(lanes: Vec<i32>) -> Self {
        Self {
            lanes,
            accumulators: Vec::new(),
        }
    }
}

/// What every operator says of itself. Functions that refuse say what is wrong.
pub trait Operator {
    /// The operator's name, as in files.
    fn name(&self) -> &'static str;

    /// Returns the type of the result; refuses inputs and parameters that do not fit. It never panics and
    /// allocates no more than the parameters take.
    fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String>;

    /// Returns the sections of the committed data, named for this node, which reads and gives these lanes.
    fn sections(&self, _node: usize, _lanes: Lanes) -> Vec<SectionSpec> {
        Vec::new()
    }

    /// Returns how many products one accumulator sums, of an operator with weights.
    fn products(&self) -> Option<usize> {
        None
    }

    /// Returns how many weights there are.
    fn weights(&self) -> usize {
        0
    }

    /// Returns how many elements of its inputs it works on, padding included, of an operator that does more than move them.
    fn reads(&self, inputs: &[&TensorSpec]) -> usize {
        inputs.iter().map(|tensor| tensor.elements()).sum()
    }

    /// Returns how many taps all its windows have together, of an operator whose windows are looked at one by one.
    fn taps(&self, _inputs: &[&TensorSpec]) -> usize {
        0
    }

    /// Returns the largest absolute value of an accumulator for any data.
    fn accumulator_bound(&self, lanes: Lanes) -> Option<u128> {
        let products = self.products()?;
        Some(accumulator_bound(products, lanes.inputs))
    }

    /// Returns by which power of two its accumulators, times their multipliers, are divided.
    fn shift(&self, _lanes: Lanes) -> u32 {
        SHIFT
    }

    /// Returns where every element of the result comes from, of an operator that only moves elements.
    fn sources(&self, _inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        None
    }

    /// Computes the operator, of these lanes: the specification. Types and data are checked before.
    fn run(&self, data: &NodeData, inputs: &[Operand<'_>], lanes: Lanes) -> NodeTrace;
}

impl OpSpec {
    /// Returns the operator behind the name: the one place that lists them all.
    #[must_use]
    pub fn operator(&self) -> &dyn Operator {
        match self {
            Self::Dense(op) => op,
            Self::Conv(op) => op,
            Self::MaxPool(op) => op,
            Self::ArgMax(op) => op,
            Self::Reshape(op) => op,
            Self::Transpose(op) => op,
            Self::Slice(op) => op,
            Self::Concat(op) => op,
            Self::Pad(op) => op,
            Self::Expand(op) => op,
            Self::Resize(op) => op,
            Self::Add(op) => op,
            Self::Sum(op) => op,
            Self::Table(op) => op,
            Self::Mul(op) => op,
            Self::Max(op) => op,
            Self::Min(op) => op,
            Self::Parameter(op) => op,
            Self::Matmul(op) => op,
            Self::Mask(op) => op,
            Self::Softmax(op) => op,
            Self::LayerNorm(op) => op,
            Self::Embedding(op) => op,
            Self::Compare(op) => op,
            Self::Where(op) => op,
            Self::ArgMin(op) => op,
            Self::TreeEnsemble(op) => op,
        }
    }

    /// Returns the operator's name, as in files.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.operator().name()
    }

    /// Returns the type of the result, int8 where the operator could give int16 too; refuses what does not fit, and
    /// says why.
    pub fn infer(&self, inputs: &[&TensorSpec]) -> Result<TensorSpec, String> {
        let mut tensor = self.operator().infer(inputs)?;
        if self.chooses_lane() {
            tensor.lane = Lane::Int8;
        }
        Ok(tensor)
    }

    /// Returns whether the result may be int8 or int16, whatever the inputs are: it is requantized or committed.
    #[must_use]
    pub const fn chooses_lane(&self) -> bool {
        matches!(
            self,
            Self::Dense(_)
                | Self::Conv(_)
                | Self::Add(_)
                | Self::Mul(_)
                | Self::Sum(_)
                | Self::Matmul(_)
                | Self::Parameter(_)
        )
    }

    /// Returns whether the operator reads values of these lanes. Tables have an entry for each of 256 lanes, and what
    /// softmax, normalization and comparisons bound is int8.
    #[must_use]
    pub fn takes(&self, lane: Lane) -> bool {
        match self {
            Self::TreeEnsemble(_) => lane == Lane::Int16,
            Self::Table(_)
            | Self::Softmax(_)
            | Self::LayerNorm(_)
            | Self::Embedding(_)
            | Self::Compare(_)
            | Self::Where(_) => lane == Lane::Int8,
            _ => lane != Lane::Int32,
        }
    }

    /// Returns the sections of the committed data of node `node`, which reads and gives these lanes.
    #[must_use]
    pub fn sections(&self, node: usize, lanes: Lanes) -> Vec<SectionSpec> {
        self.operator().sections(node, lanes)
    }

    /// Returns how many products one accumulator sums, of an operator with weights.
    #[must_use]
    pub fn products(&self) -> Option<usize> {
        self.operator().products()
    }

    /// Returns how many weights there are.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.operator().weights()
    }

    /// Returns whether the operator only moves elements.
    #[must_use]
    pub const fn moves(&self) -> bool {
        matches!(
            self,
            Self::Reshape(_)
                | Self::Transpose(_)
                | Self::Slice(_)
                | Self::Concat(_)
                | Self::Pad(_)
                | Self::Expand(_)
                | Self::Resize(_)
                | Self::Mask(_)
        )
    }

    /// Returns how many elements of its inputs it works on, padding included; none if it only moves them.
    #[must_use]
    pub fn reads(&self, inputs: &[&TensorSpec]) -> usize {
        if self.moves() {
            0
        } else {
            self.operator().reads(inputs)
        }
    }

    /// Returns how many taps all windows of a pooling or sum have together; none of any other operator.
    #[must_use]
    pub fn taps(&self, inputs: &[&TensorSpec]) -> usize {
        self.operator().taps(inputs)
    }

    /// Returns the largest absolute value of an accumulator for any data; `None` without accumulators.
    #[must_use]
    pub fn accumulator_bound(&self, lanes: Lanes) -> Option<u128> {
        self.operator().accumulator_bound(lanes)
    }

    /// Returns by which power of two the accumulators of a node with these lanes, times their multipliers, are divided.
    #[must_use]
    pub fn shift(&self, lanes: Lanes) -> u32 {
        self.operator().shift(lanes)
    }

    /// Returns where every element of the result comes from, of an operator that only moves elements; `None`
    /// of any other.
    #[must_use]
    pub fn sources(&self, inputs: &[&TensorSpec]) -> Option<Vec<Source>> {
        self.operator().sources(inputs)
    }
}

/// Returns the one input of an operator that takes one.
pub(crate) fn single<'a>(inputs: &[&'a TensorSpec]) -> Result<&'a TensorSpec, String> {
    match inputs {
        [input] => Ok(input),
        _ => Err(format!("{} inputs, expected 1", inputs.len())),
    }
}

/// Checks that the tensor has the axis.
pub(crate) fn check_axis(tensor: &TensorSpec, axis: usize) -> Result<(), String> {
    if axis < tensor.shape.len() {
        return Ok(());
    }
    Err(format!("axis {axis} of shape {:?}", tensor.shape))
}
