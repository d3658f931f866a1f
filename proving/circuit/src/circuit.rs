//! A model's circuit: built from the architecture and the header alone.

use std::array::from_fn;

use assay_model::{Architecture, LayerSpec};
use assay_statement::{Header, Kind, Lane, MODEL_PUBLIC_INPUTS, Privacy, RESULT_WORDS, tags};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::target::Target;
use plonky2::iop::witness::{PartialWitness, PartitionWitness, Witness as _, WitnessWrite};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{CircuitConfig, CircuitData};
use plonky2::plonk::proof::ProofWithPublicInputs;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

use crate::check::{Grid, Rows};
use crate::commitment::{commit_circuit, output_salt_circuit};
use crate::cost::{CircuitCost, Purpose, RowCount};
use crate::field::{C, D, F, signed};
use crate::gates::Pack;
use crate::layout::{Int8, Layout};
use crate::ops::argmax::argmax_circuit;
use crate::ops::dense::{DenseShape, DenseTargets, multiplier_pack};
use crate::{CircuitError, InferenceJob};

/// Challenges of the permutation argument and the quotient: two would leave it below 95 bits.
const NUM_CHALLENGES: usize = 3;

/// Log2 of the most rows: what a prover with 10 GB holds.
pub const MAX_LOG_ROWS: usize = 17;

/// Version of what the custom gates mean. Plonky2's circuit digest does not cover gate constraints, so a
/// change of meaning must change this.
const GATES_VERSION: u64 = 1;

/// The circuit of every model of one architecture, for one header.
pub struct ModelCircuit {
    /// Prover and verifier data.
    pub data: CircuitData<F, C, D>,
    architecture: Architecture,
    header: Header,
    cost: CircuitCost,
    targets: Targets,
}

/// What a prover supplies.
struct Targets {
    input: Vec<Target>,
    dense: Vec<DenseTargets>,
    /// None where the value is public.
    model_salt: Option<[Target; 4]>,
    input_salt: Option<[Target; 4]>,
    output_secret: Option<[Target; 4]>,
    context: [Target; 4],
}

/// All wire values of one run, and the public inputs among them.
pub struct Witness {
    /// The grid of wires.
    pub wires: Grid,
    /// The 20 public words.
    pub public_words: [u64; MODEL_PUBLIC_INPUTS],
}

/// Returns the configuration of every model circuit: rate 1/8, 28 queries, 16 bits of work, three challenges.
#[must_use]
pub fn model_config() -> CircuitConfig {
    CircuitConfig {
        num_challenges: NUM_CHALLENGES,
        ..CircuitConfig::standard_recursion_config()
    }
}

impl ModelCircuit {
    /// Builds the circuit. It depends on nothing but the arguments.
    pub fn build(architecture: &Architecture, header: Header) -> Result<Self, CircuitError> {
        architecture.validate()?;
        if header.kind != Kind::Inference {
            return Err(CircuitError::WrongKind {
                got: header.kind.number(),
            });
        }
        let mut builder = CircuitBuilder::new(model_config());
        builder.set_domain_separator(domain_separator(architecture, header));
        let mut layout = Layout::new(builder);
        let targets = lay_out(&mut layout, architecture, header);
        layout.finish();
        let log_rows = plonky2::util::log2_ceil(layout.builder.num_gates());
        if log_rows > MAX_LOG_ROWS {
            return Err(CircuitError::TooLarge {
                limit: MAX_LOG_ROWS,
                got: log_rows,
            });
        }
        let (builder, mut rows) = layout.into_parts();
        let data = builder.build::<C>();
        let claimed = rows.iter().map(|count| count.rows).sum::<usize>();
        let other = Rows::of(&data).used() - claimed;
        rows.push(RowCount {
            layer: None,
            purpose: Purpose::Other,
            rows: other,
        });
        let cost = CircuitCost {
            rows,
            log_rows: data.common.degree_bits(),
        };
        Ok(Self {
            data,
            architecture: architecture.clone(),
            header,
            cost,
            targets,
        })
    }

    /// Returns the shape that the circuit is for.
    #[must_use]
    pub fn architecture(&self) -> &Architecture {
        &self.architecture
    }

    /// Returns the header, a constant of the circuit.
    #[must_use]
    pub fn header(&self) -> Header {
        self.header
    }

    /// Returns the rows by layer and purpose.
    #[must_use]
    pub fn cost(&self) -> &CircuitCost {
        &self.cost
    }

    /// Proves a job. The proof is as secret as the weights: its openings leak them.
    pub fn prove(
        &self,
        job: &InferenceJob,
    ) -> Result<ProofWithPublicInputs<F, C, D>, CircuitError> {
        self.prove_with(job, || ())
    }

    /// Proves a job as [`ModelCircuit::prove`] does and calls `witnessed` when the witness is filled and checked.
    pub fn prove_with(
        &self,
        job: &InferenceJob,
        witnessed: impl FnOnce(),
    ) -> Result<ProofWithPublicInputs<F, C, D>, CircuitError> {
        let witness = self.checked_partition(job)?;
        witnessed();
        let (prover, common) = (&self.data.prover_only, &self.data.common);
        prove_with_partition_witness(prover, common, witness, &mut TimingTree::default())
            .map_err(|error| CircuitError::plonky2(&error))
    }

    /// Verifies a proof of this circuit.
    pub fn verify(&self, proof: ProofWithPublicInputs<F, C, D>) -> Result<(), CircuitError> {
        self.data
            .verify(proof)
            .map_err(|error| CircuitError::plonky2(&error))
    }

    /// Fills the whole witness without proving and returns it; refuses if its public words are not those
    /// of the evaluator and the native commitments.
    pub fn witness(&self, job: &InferenceJob) -> Result<Witness, CircuitError> {
        let partition = self.checked_partition(job)?;
        let public_words = self.words_of(&partition);
        Ok(Witness {
            wires: Grid::of(&partition),
            public_words,
        })
    }

    /// Fills the witness as [`ModelCircuit::witness`] does and returns only the public words.
    pub fn witness_only(
        &self,
        job: &InferenceJob,
    ) -> Result<[u64; MODEL_PUBLIC_INPUTS], CircuitError> {
        Ok(self.words_of(&self.checked_partition(job)?))
    }

    fn checked_partition(
        &self,
        job: &InferenceJob,
    ) -> Result<PartitionWitness<'_, F>, CircuitError> {
        if job.model.architecture() != &self.architecture {
            return Err(CircuitError::OtherArchitecture);
        }
        let expected = job.public_words(self.header)?;
        let run = || {
            let inputs = self.assign(job)?;
            generate_partial_witness(inputs, &self.data.prover_only, &self.data.common)
        };
        let partition = run().map_err(|error: anyhow::Error| CircuitError::plonky2(&error))?;
        let got = self.words_of(&partition);
        match (0..MODEL_PUBLIC_INPUTS).find(|&word| got[word] != expected[word]) {
            Some(word) => Err(CircuitError::NotBitExact {
                word,
                expected: expected[word],
                got: got[word],
            }),
            None => Ok(partition),
        }
    }

    /// Writes what a prover supplies for a job, unchecked.
    pub(crate) fn assign(&self, job: &InferenceJob) -> anyhow::Result<PartialWitness<F>> {
        self.targets.assign(job)
    }

    fn words_of(&self, witness: &PartitionWitness<F>) -> [u64; MODEL_PUBLIC_INPUTS] {
        from_fn(|word| {
            witness
                .get_target(self.data.prover_only.public_inputs[word])
                .to_canonical_u64()
        })
    }
}

/// Returns words that separate circuits of different meaning but equal layout.
fn domain_separator(architecture: &Architecture, header: Header) -> Vec<F> {
    let mut words = vec![
        tags::MODEL,
        GATES_VERSION,
        header.to_word(),
        architecture.format.into(),
    ];
    words.push(architecture.inputs as u64);
    for layer in &architecture.layers {
        words.extend(match *layer {
            LayerSpec::Dense {
                inputs,
                outputs,
                relu,
            } => [1, inputs as u64, outputs as u64, relu.into()],
            LayerSpec::ArgMax { inputs } => [2, inputs as u64, 0, 0],
        });
    }
    words.into_iter().map(F::from_canonical_u64).collect()
}

/// Lays out the whole circuit and registers the public inputs in the order of `Statement::model_words`.
fn lay_out(layout: &mut Layout, architecture: &Architecture, header: Header) -> Targets {
    let int8 = Pack::full(Lane::Int8);
    let input = layout.builder.add_virtual_targets(architecture.inputs);
    let packed_input = layout.count(Purpose::Pack, |layout| layout.pack(int8, &input));
    let (input_salt, salt) = salt_targets(layout, header.input);
    let tag = tags::input(Lane::Int8);
    let input_digest = commit_circuit(layout, tag, input.len(), salt, &packed_input);

    let dense = dense_targets(layout, architecture);
    let length = dense.iter().map(DenseTargets::values).sum();
    let data = dense
        .iter()
        .flat_map(DenseTargets::packed)
        .copied()
        .collect::<Vec<_>>();
    let (model_salt, salt) = salt_targets(layout, header.weights);
    let model_digest = commit_circuit(layout, tags::MODEL, length, salt, &data);

    // `packed_input` has range-checked the input lanes.
    let lanes = input.iter().copied().map(Int8::checked).collect();
    let output = run_layers(layout, architecture, &dense, lanes);

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
    let builder = &mut layout.builder;
    builder.register_public_input(header);
    builder.register_public_inputs(&model_digest.elements);
    builder.register_public_inputs(&input_digest.elements);
    builder.register_public_inputs(&output_digest.elements);
    builder.register_public_inputs(&result);
    builder.register_public_inputs(&context);
    assert_eq!(
        builder.num_public_inputs(),
        MODEL_PUBLIC_INPUTS,
        "a statement without its circuit"
    );
    Targets {
        input,
        dense,
        model_salt,
        input_salt,
        output_secret,
        context,
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

fn dense_targets(layout: &mut Layout, architecture: &Architecture) -> Vec<DenseTargets> {
    let mut dense = Vec::new();
    for (layer, spec) in architecture.layers.iter().enumerate() {
        if let LayerSpec::Dense {
            inputs,
            outputs,
            relu,
        } = *spec
        {
            layout.set_layer(Some(layer));
            dense.push(DenseTargets::new(
                layout,
                DenseShape {
                    inputs,
                    outputs,
                    relu,
                },
            ));
        }
    }
    layout.set_layer(None);
    dense
}

/// The output as the statement shows it.
struct OutputTargets {
    lane: Lane,
    lanes: usize,
    packed: Vec<Target>,
    result: [Target; RESULT_WORDS],
}

fn run_layers(
    layout: &mut Layout,
    architecture: &Architecture,
    dense: &[DenseTargets],
    mut lanes: Vec<Int8>,
) -> OutputTargets {
    let mut dense = dense.iter();
    let mut class = None;
    for (layer, spec) in architecture.layers.iter().enumerate() {
        layout.set_layer(Some(layer));
        match spec {
            LayerSpec::Dense { .. } => {
                let data = dense.next().expect("every dense layer has targets");
                lanes = data.run(layout, &lanes);
            }
            LayerSpec::ArgMax { .. } => class = Some(argmax_circuit(layout, &lanes)),
        }
    }
    layout.set_layer(None);
    let zero = layout.builder.zero();
    let mut result = [zero; RESULT_WORDS];
    let (lane, count) = architecture.output().lanes();
    let packed = if let Some(class) = class {
        result[0] = class;
        // A class is an index of the circuit's own making; the multipliers' gate packs it for nothing.
        layout.pack(multiplier_pack(), &[class])
    } else {
        let values = lanes.iter().map(|lane| lane.target()).collect::<Vec<_>>();
        let packed = layout.count(Purpose::Pack, |layout| {
            layout.pack(Pack::full(lane), &values)
        });
        for (word, &element) in result.iter_mut().zip(&packed) {
            *word = element;
        }
        packed
    };
    OutputTargets {
        lane,
        lanes: count,
        packed,
        result,
    }
}

impl Targets {
    /// Writes a job into a witness.
    fn assign(&self, job: &InferenceJob) -> anyhow::Result<PartialWitness<F>> {
        let mut witness = PartialWitness::new();
        for (&target, &lane) in self.input.iter().zip(job.input) {
            witness.set_target(target, signed(lane.into()))?;
        }
        for (targets, data) in self.dense.iter().zip(job.model.dense()) {
            targets.assign(data, &mut witness)?;
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
