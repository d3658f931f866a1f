//! The statement of an inference in a circuit: commitments, the run between them, the public words.

use assay_model::quant::limits::MULTIPLIER_BITS;
use assay_model::quant::ops::Operand;
use assay_model::quant::ops::softmax::SoftmaxRow;
use assay_model::{Architecture, OpSpec, Part, QuantizedModel, Trace};
use assay_statement::{Header, Lane, MODEL_PUBLIC_INPUTS, Privacy, RESULT_WORDS, tags};
use plonky2::field::types::Field;
use plonky2::hash::hash_types::HashOutTarget;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, WitnessWrite};

use crate::challenge::Challenges;
use crate::commitment::{commit_circuit, output_salt_circuit};
use crate::committed::Committed;
use crate::cost::Purpose;
use crate::field::{F, signed};
use crate::gates::Pack;
use crate::layout::{LaneTarget, Layout};
use crate::lookup::Lookup;
use crate::ops::softmax::{self, RowHints};
use crate::ops::{Checks, Value, run_all};
use crate::product::Product;
use crate::{CircuitError, InferenceJob};

/// What a prover supplies.
pub struct Targets {
    input: Vec<Target>,
    /// Of each node.
    data: Vec<Committed>,
    /// Of each product that is checked at random points.
    sums: Vec<SuppliedSums>,
    /// Of each table.
    lookups: Vec<SuppliedLookups>,
    /// Of each softmax.
    softmaxes: Vec<RowHints>,
    /// None where the value is public.
    model_salt: Option<[Target; 4]>,
    input_salt: Option<[Target; 4]>,
    output_secret: Option<[Target; 4]>,
    context: [Target; 4],
    /// None where nothing is checked at random points.
    #[cfg(test)]
    challenges: Option<Challenges>,
}

/// The sums of a product, without biases.
struct SuppliedSums {
    node: usize,
    /// Where the evaluator has the first of these sums among the node's.
    first: usize,
    /// Where channels are beside each other: how far it is from one position to the next.
    stride: usize,
    /// `[channels][positions]`.
    channels: Vec<Vec<Target>>,
    /// Whether the evaluator has the channels of a position beside each other, or the positions of a channel.
    channels_last: bool,
}

/// What a table's lookups find, and how often each entry is used.
struct SuppliedLookups {
    node: usize,
    /// The key of the first entry.
    first: i32,
    values: Vec<Target>,
    counts: Vec<Target>,
}

/// Lays out the whole circuit and registers the public inputs in the order of `Statement::model_words`. Stops between
/// two operators once there are more rows than a circuit may have.
pub fn lay_out(
    layout: &mut Layout,
    architecture: &Architecture,
    header: Header,
) -> Result<Targets, CircuitError> {
    let lane = architecture.input.lane;
    let input = layout.builder.add_virtual_targets(architecture.inputs());
    let packed_input = layout.count(Purpose::Pack, |l| l.pack(Pack::full(lane), &input));
    let (input_salt, salt) = salt_targets(layout, header.input);
    let tag = tags::input(lane);
    let input_digest = commit_circuit(layout, tag, input.len(), salt, &packed_input);

    let data = committed_data(layout, architecture)?;
    let length = data.iter().map(Committed::len).sum();
    let packed = data.iter().flat_map(Committed::packed).collect::<Vec<_>>();
    let (model_salt, salt) = salt_targets(layout, header.weights);
    let model_digest = commit_circuit(layout, tags::MODEL, length, salt, &packed);
    layout.check_room()?;

    // `packed_input` has range-checked the input lanes.
    let lanes = Value::Lanes(input.iter().copied().map(LaneTarget::checked).collect());
    let mut checks = Checks::default();
    let values = run_all(layout, &mut checks, architecture, &data, lanes);
    layout.check_room()?;
    let sums = checks.products.iter().map(SuppliedSums::of).collect();
    let lookups = checks.lookups.iter().map(SuppliedLookups::of).collect();
    let softmaxes = std::mem::take(&mut checks.softmaxes);
    let _challenges = check_all(layout, checks, model_digest, input_digest)?;

    let output = OutputTargets::new(layout, architecture, &values[architecture.output]);
    let context = layout.builder.add_virtual_target_arr();
    let (output_secret, salt) = salt_targets(layout, header.output);
    let salt = output_secret.map_or(salt, |secret| output_salt_circuit(layout, secret, context));
    let tag = tags::output(output.lane);
    let output_digest = commit_circuit(layout, tag, output.lanes, salt, &output.packed);
    let zero = layout.builder.zero();
    let result = if header.output.is_private() {
        [zero; RESULT_WORDS]
    } else {
        output.result
    };

    let header = layout.constant(header.to_word());
    show(layout, &[header]);
    show(layout, &model_digest.elements);
    show(layout, &input_digest.elements);
    show(layout, &output_digest.elements);
    show(layout, &result);
    show(layout, &context);
    assert_eq!(
        layout.builder.num_public_inputs(),
        MODEL_PUBLIC_INPUTS,
        "a statement without its circuit"
    );
    layout.finish();
    layout.check_room()?;
    Ok(Targets {
        input,
        data,
        sums,
        lookups,
        softmaxes,
        model_salt,
        input_salt,
        output_secret,
        context,
        #[cfg(test)]
        challenges: _challenges,
    })
}

/// Makes values public, each as a target of its own: a gate's wire may be in any column, and whoever rebuilds a circuit's
/// identity routes only the first ones.
fn show(layout: &mut Layout, values: &[Target]) {
    for &value in values {
        let public = layout.builder.add_virtual_public_input();
        layout.builder.connect(public, value);
    }
}

/// Returns free targets for a private value's salt, or none and zeros for a public one's.
fn salt_targets(layout: &mut Layout, privacy: Privacy) -> (Option<[Target; 4]>, [Target; 4]) {
    if privacy.is_private() {
        let salt = layout.builder.add_virtual_target_arr();
        (Some(salt), salt)
    } else {
        (None, [layout.builder.zero(); 4])
    }
}

fn committed_data(
    layout: &mut Layout,
    architecture: &Architecture,
) -> Result<Vec<Committed>, CircuitError> {
    let mut data = Vec::new();
    for index in 0..architecture.nodes.len() {
        layout.set_node(Some(index));
        data.push(Committed::new(layout, &architecture.sections_of(index)));
        layout.check_room()?;
    }
    layout.set_node(None);
    Ok(data)
}

/// Squeezes the challenges, now that everything is absorbed, checks products and lookups, and returns the challenges.
fn check_all(
    layout: &mut Layout,
    checks: Checks,
    model: HashOutTarget,
    input: HashOutTarget,
) -> Result<Option<Challenges>, CircuitError> {
    if checks.products.is_empty() && checks.lookups.is_empty() {
        return Ok(None);
    }
    let challenges = checks.transcript.squeeze(layout, model, input);
    layout.check_room()?;
    for product in &checks.products {
        layout.set_node(Some(product.node));
        product.check(layout, challenges);
        layout.check_room()?;
    }
    for lookup in &checks.lookups {
        layout.set_node(Some(lookup.node));
        lookup.check(layout, challenges);
        layout.check_room()?;
    }
    layout.set_node(None);
    Ok(Some(challenges))
}

/// The output as the statement shows it.
struct OutputTargets {
    lane: Lane,
    lanes: usize,
    packed: Vec<Target>,
    result: [Target; RESULT_WORDS],
}

impl OutputTargets {
    fn new(layout: &mut Layout, architecture: &Architecture, value: &Value) -> Self {
        let zero = layout.builder.zero();
        let mut result = [zero; RESULT_WORDS];
        let (lane, lanes) = architecture.output().lanes();
        let packed = if let Value::Class(class) = value {
            result[0] = *class;
            // A class is an index of the circuit's own making; the multipliers' gate packs it for nothing.
            layout.pack(class_pack(), &[*class])
        } else {
            let values = value
                .lanes()
                .iter()
                .map(|lane| lane.target())
                .collect::<Vec<_>>();
            let packed = layout.count(Purpose::Pack, |l| l.pack(Pack::full(lane), &values));
            for (word, &element) in result.iter_mut().zip(&packed) {
                *word = element;
            }
            packed
        };
        Self {
            lane,
            lanes,
            packed,
            result,
        }
    }
}

/// Returns the gate that packs a class: the one of multipliers, which every circuit has.
fn class_pack() -> Pack {
    Pack::narrow(Lane::Int32, 0, MULTIPLIER_BITS)
}

impl SuppliedSums {
    fn of(product: &Product) -> Self {
        Self {
            node: product.node,
            first: product.first,
            stride: product.stride,
            channels: product.sums.clone(),
            channels_last: product.has_outputs_last(),
        }
    }

    /// Writes the evaluator's accumulators without their biases, which a product of two values does not have.
    fn assign(
        &self,
        accumulators: &[i64],
        bias: &[i32],
        witness: &mut PartialWitness<F>,
    ) -> anyhow::Result<()> {
        for (channel, sums) in self.channels.iter().enumerate() {
            let bias = i64::from(bias.get(channel).copied().unwrap_or(0));
            for (position, &target) in sums.iter().enumerate() {
                let index = if self.channels_last {
                    position * self.stride + channel
                } else {
                    channel * sums.len() + position
                };
                let accumulator = accumulators[self.first + index];
                witness.set_target(target, signed(accumulator - bias))?;
            }
        }
        Ok(())
    }
}

impl SuppliedLookups {
    fn of(lookup: &Lookup) -> Self {
        Self {
            node: lookup.node,
            first: lookup.first,
            values: lookup.values.clone(),
            counts: lookup.counts.clone(),
        }
    }

    /// Writes what the evaluator finds and how often its keys use each entry.
    fn assign(
        &self,
        model: &QuantizedModel,
        trace: &Trace,
        witness: &mut PartialWitness<F>,
    ) -> anyhow::Result<()> {
        let node = &model.architecture().nodes[self.node];
        let input = trace.value(node.inputs[0]);
        if let Some(rows) = softmax_rows(model, trace, self.node) {
            let keys = softmax::keys(&rows, input, node.tensor.width());
            let found = rows.iter().flat_map(|row| row.exponentials.clone());
            return self.write(&keys, found, witness);
        }
        if let OpSpec::TreeEnsemble(_) = node.op {
            let features = model.data()[self.node].part(Part::Features);
            let compared = features.iter().map(|&feature| {
                let lane = usize::try_from(feature).ok().and_then(|at| input.get(at));
                i64::from(*lane.expect("checked features name lanes"))
            });
            return self.write(features, compared, witness);
        }
        let lanes = trace.nodes[self.node].lanes.iter();
        self.write(input, lanes.map(|&lane| lane.into()), witness)
    }

    fn write(
        &self,
        keys: &[i32],
        found: impl Iterator<Item = i64>,
        witness: &mut PartialWitness<F>,
    ) -> anyhow::Result<()> {
        for (&target, value) in self.values.iter().zip(found) {
            witness.set_target(target, signed(value))?;
        }
        let counts = Lookup::count(self.first, self.counts.len(), keys);
        for (&target, count) in self.counts.iter().zip(counts) {
            witness.set_target(target, count)?;
        }
        Ok(())
    }
}

/// Returns the hints of every row of a node that is a softmax.
fn softmax_rows(model: &QuantizedModel, trace: &Trace, node: usize) -> Option<Vec<SoftmaxRow>> {
    let architecture = model.architecture();
    let spec = &architecture.nodes[node];
    let OpSpec::Softmax(op) = &spec.op else {
        return None;
    };
    let input = Operand {
        tensor: architecture.value(spec.inputs[0]),
        lanes: trace.value(spec.inputs[0]),
    };
    Some(op.rows(&model.data()[node], input))
}

impl Targets {
    /// Returns the targets of the sums that the prover supplies.
    #[cfg(test)]
    pub fn supplied(&self) -> Vec<Target> {
        let sums = self.sums.iter().flat_map(|sums| sums.channels.concat());
        let lookups = self.lookups.iter();
        let lookups = lookups.flat_map(|lookups| [&lookups.values[..], &lookups.counts].concat());
        let softmaxes = self.softmaxes.iter();
        let softmaxes = softmaxes.flat_map(|rows| [&rows.maxima[..], &rows.reciprocals].concat());
        sums.chain(lookups).chain(softmaxes).collect()
    }

    /// Writes a job into a witness.
    pub fn assign(&self, job: &InferenceJob) -> anyhow::Result<PartialWitness<F>> {
        let mut witness = PartialWitness::new();
        for (&target, &lane) in self.input.iter().zip(job.input) {
            witness.set_target(target, signed(lane.into()))?;
        }
        for (targets, data) in self.data.iter().zip(job.model.data()) {
            targets.assign(data, &mut witness)?;
        }
        let trace = job.model.trace(job.input)?;
        for sums in &self.sums {
            let bias = job.model.data()[sums.node].part(Part::Bias);
            sums.assign(&trace.nodes[sums.node].accumulators, bias, &mut witness)?;
        }
        for lookups in &self.lookups {
            lookups.assign(job.model, &trace, &mut witness)?;
        }
        for hints in &self.softmaxes {
            let rows = softmax_rows(job.model, &trace, hints.node).unwrap_or_default();
            hints.assign(&rows, &mut witness)?;
        }
        let context = (Some(self.context), job.context.limbs());
        let salts = [
            (self.model_salt, job.model_salt.limbs()),
            (self.input_salt, job.input_salt.limbs()),
            (self.output_secret, job.output_secret.limbs()),
        ];
        for (targets, limbs) in salts.into_iter().chain([context]) {
            for (target, limb) in targets.into_iter().flatten().zip(limbs) {
                witness.set_target(target, F::from_canonical_u64(limb))?;
            }
        }
        Ok(witness)
    }
}

/// What tests look at: targets that the prover supplies, and the points that bind them.
#[cfg(test)]
impl Targets {
    /// Returns the points of all checks.
    pub fn challenges(&self) -> Option<Challenges> {
        self.challenges
    }

    /// Returns the lanes of the input.
    pub fn input(&self) -> &[Target] {
        &self.input
    }

    /// Returns the sums of each product that is checked at random points, `[channels][positions]`.
    pub fn sums(&self) -> impl Iterator<Item = &[Vec<Target>]> {
        self.sums.iter().map(|sums| &sums.channels[..])
    }

    /// Returns what the points must bind: sums, found values and counts of each check, largest lanes.
    pub fn bound(&self) -> Vec<Vec<Target>> {
        let sums = self
            .sums()
            .map(|sums| sums.iter().flatten().copied().collect());
        let lookups = self.lookups.iter();
        let lookups = lookups.flat_map(|lookup| [lookup.values.clone(), lookup.counts.clone()]);
        let maxima = self.softmaxes.iter().map(|rows| rows.maxima.clone());
        sums.chain(lookups).chain(maxima).collect()
    }

    /// Returns the quotients of each softmax, which no check uses.
    pub fn quotients(&self) -> Vec<Vec<Target>> {
        let rows = self.softmaxes.iter();
        rows.map(|rows| rows.reciprocals.clone()).collect()
    }
}
