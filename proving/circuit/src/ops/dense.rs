//! The dense layer: committed data, dot products, requantization.

use assay_model::DenseData;
use assay_model::quant::limits::{
    ACCUMULATOR_LIMIT, BIAS_BITS, BIAS_MIN, MULTIPLIER_BITS, accumulator_bound,
};
use assay_statement::Lane;
use plonky2::field::types::Field;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};

use crate::cost::Purpose;
use crate::field::{F, assert_no_wrap, signed};
use crate::gates::{Pack, Requantize, WeightRow};
use crate::layout::{Int8, Layout};

/// Lanes of an element of weights.
const LANES: usize = Lane::Int8.per_element();

/// The shape of a dense layer.
#[derive(Debug, Clone, Copy)]
pub struct DenseShape {
    /// Lanes taken.
    pub inputs: usize,
    /// Lanes given.
    pub outputs: usize,
    /// Whether the output's zero point is the lower bound.
    pub relu: bool,
}

/// The committed data of a dense layer as targets.
pub struct DenseTargets {
    shape: DenseShape,
    /// Row-major by output: all elements of a row, the ragged last one included.
    elements: Vec<Target>,
    /// For each output the lanes of its row's ragged last element, if there is one.
    tails: Vec<Vec<Target>>,
    bias: Vec<Target>,
    multipliers: Vec<Target>,
    zero_point: Target,
    /// The data as the commitment takes them.
    packed: Vec<Target>,
}

/// Returns the gate that packs multipliers.
pub fn multiplier_pack() -> Pack {
    Pack::narrow(Lane::Int32, 0, MULTIPLIER_BITS)
}

impl DenseTargets {
    /// Adds targets for a layer's data and range-checks and packs all of it but full weight elements, which
    /// [`WeightRow`] range-checks where it uses them.
    pub fn new(layout: &mut Layout, shape: DenseShape) -> Self {
        let int8 = Pack::full(Lane::Int8);
        let elements_per_row = Lane::Int8.elements(shape.inputs);
        let ragged = shape.inputs % LANES;
        let mut elements = Vec::with_capacity(shape.outputs * elements_per_row);
        let mut tails = Vec::new();
        layout.count(Purpose::Pack, |layout| {
            for _ in 0..shape.outputs {
                elements.extend(layout.builder.add_virtual_targets(shape.inputs / LANES));
                if ragged > 0 {
                    // Spelled out to constrain the lanes beyond the row.
                    let tail = layout.builder.add_virtual_targets(ragged);
                    elements.extend(layout.pack(int8, &tail));
                    tails.push(tail);
                }
            }
            let bias = layout.builder.add_virtual_targets(shape.outputs);
            let multipliers = layout.builder.add_virtual_targets(shape.outputs);
            let zero_point = layout.builder.add_virtual_target();
            let mut packed = elements.clone();
            packed
                .extend(layout.pack(Pack::narrow(Lane::Int32, BIAS_MIN.into(), BIAS_BITS), &bias));
            packed.extend(layout.pack(multiplier_pack(), &multipliers));
            packed.extend(layout.pack(int8, &[zero_point]));
            Self {
                shape,
                elements,
                tails,
                bias,
                multipliers,
                zero_point,
                packed,
            }
        })
    }

    /// Returns the packed data in the order of the model commitment.
    pub fn packed(&self) -> &[Target] {
        &self.packed
    }

    /// Returns how many values the packed data hold.
    pub fn values(&self) -> usize {
        let DenseShape {
            inputs, outputs, ..
        } = self.shape;
        inputs * outputs + 2 * outputs + 1
    }

    /// Writes a layer's data into a witness.
    pub fn assign(&self, data: &DenseData, witness: &mut PartialWitness<F>) -> anyhow::Result<()> {
        let DenseShape {
            inputs, outputs, ..
        } = self.shape;
        let per_row = Lane::Int8.elements(inputs);
        for output in 0..outputs {
            let row = data.weights[output * inputs..][..inputs]
                .iter()
                .map(|&w| w.into())
                .collect::<Vec<_>>();
            let packed = Lane::Int8.pack(&row)?;
            let full = inputs / LANES;
            for (&target, &word) in self.elements[output * per_row..]
                .iter()
                .zip(&packed[..full])
            {
                witness.set_target(target, F::from_canonical_u64(word))?;
            }
            if let Some(tail) = self.tails.get(output) {
                for (&target, &weight) in tail.iter().zip(&row[full * LANES..]) {
                    witness.set_target(target, signed(weight))?;
                }
            }
            witness.set_target(self.bias[output], signed(data.bias[output].into()))?;
            witness.set_target(
                self.multipliers[output],
                signed(data.multipliers[output].into()),
            )?;
        }
        witness.set_target(self.zero_point, signed(data.output_zero_point.into()))
    }

    /// Runs the layer.
    ///
    /// # Panics
    /// If an accumulator could wrap around the field or exceed what [`Requantize`] takes.
    pub fn run(&self, layout: &mut Layout, input: &[Int8]) -> Vec<Int8> {
        let bound = accumulator_bound(self.shape.inputs);
        assert!(
            bound < ACCUMULATOR_LIMIT.unsigned_abs().into(),
            "an accumulator exceeds requantization"
        );
        assert_no_wrap("an accumulator", bound, bound);
        let accumulators = layout.count(Purpose::Weights, |layout| {
            (0..self.shape.outputs)
                .step_by(WeightRow::OUTPUTS)
                .flat_map(|output| self.dot_products(layout, input, output))
                .take(self.shape.outputs)
                .collect::<Vec<_>>()
        });
        layout.count(Purpose::Requantize, |layout| {
            let lanes = accumulators.iter().zip(&self.multipliers);
            lanes
                .map(|(&accumulator, &multiplier)| self.requantize(layout, accumulator, multiplier))
                .collect()
        })
    }

    /// Returns the accumulators of `output` and the output after it, if there is one.
    fn dot_products(
        &self,
        layout: &mut Layout,
        input: &[Int8],
        output: usize,
    ) -> [Target; WeightRow::OUTPUTS] {
        let zero = layout.builder.zero();
        let per_row = Lane::Int8.elements(self.shape.inputs);
        let bias = |o: usize| self.bias.get(output + o).copied().unwrap_or(zero);
        let mut accumulators = std::array::from_fn(bias);
        for (chunk, inputs) in input.chunks(WeightRow::INPUTS).enumerate() {
            let row = layout.place(WeightRow, &[]);
            for i in 0..WeightRow::INPUTS {
                // An absent input is zero, so whatever lanes meet it add nothing.
                let activation = inputs.get(i).map_or(zero, |lane| lane.target());
                layout
                    .builder
                    .connect(row.wire(WeightRow::activation(i)), activation);
            }
            for (o, accumulator) in accumulators.iter_mut().enumerate() {
                for e in 0..WeightRow::ELEMENTS {
                    let index = chunk * WeightRow::ELEMENTS + e;
                    let present = index < per_row && output + o < self.shape.outputs;
                    let element = if present {
                        self.elements[(output + o) * per_row + index]
                    } else {
                        zero
                    };
                    layout
                        .builder
                        .connect(row.wire(WeightRow::element(o, e)), element);
                }
                layout
                    .builder
                    .connect(row.wire(WeightRow::before(o)), *accumulator);
                *accumulator = row.wire(WeightRow::after(o));
            }
        }
        accumulators
    }

    fn requantize(&self, layout: &mut Layout, accumulator: Target, multiplier: Target) -> Int8 {
        let operation = layout.place(Requantize::new(), &[F::from_bool(self.shape.relu)]);
        for (wire, target) in [
            (Requantize::ACCUMULATOR, accumulator),
            (Requantize::MULTIPLIER, multiplier),
            (Requantize::ZERO_POINT, self.zero_point),
        ] {
            layout.builder.connect(operation.wire(wire), target);
        }
        Int8::checked(operation.wire(Requantize::VALUE))
    }
}
