//! A model's circuit: built from the architecture and the header alone.

use std::array::from_fn;

use assay_model::Architecture;
use assay_plonk::OnceProver;
use assay_statement::{Header, Kind, MODEL_PUBLIC_INPUTS, tags};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::iop::generator::generate_partial_witness;
use plonky2::iop::witness::{PartialWitness, PartitionWitness, Witness as _};
use plonky2::plonk::circuit_builder::CircuitBuilder;
use plonky2::plonk::circuit_data::{
    CircuitConfig, CircuitData, CommonCircuitData, VerifierCircuitData,
};
use plonky2::plonk::proof::ProofWithPublicInputs;

use crate::check::{Grid, Rows};
use crate::cost::{CircuitCost, Purpose, RowCount};
use crate::field::{C, D, F};
use crate::gates::CircuitGates;
use crate::layout::Layout;
use crate::statement::{Targets, lay_out};
use crate::{CircuitError, InferenceJob};

/// Challenges of the permutation argument and the quotient: two would leave it below 95 bits.
const NUM_CHALLENGES: usize = 3;

/// Log2 of the most rows: what a prover with 10 GB holds.
pub const MAX_LOG_ROWS: usize = 17;

/// Version of what the custom gates mean. Plonky2's circuit digest does not cover gate constraints, so a
/// change of meaning must change this: a pin of what they compute holds it to that.
pub(crate) const GATES_VERSION: u64 = 2;

/// The circuit of every model of one architecture, for one header.
pub struct ModelCircuit {
    /// Prover and verifier data.
    pub data: CircuitData<F, C, D>,
    architecture: Architecture,
    header: Header,
    cost: CircuitCost,
    targets: Targets,
    prover: OnceProver<C>,
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

/// Returns the builder of a model circuit.
pub(crate) fn builder() -> CircuitBuilder<F, D> {
    let mut builder = CircuitBuilder::new(model_config());
    // Plonky2 writes the names of all open scopes into each copy constraint: without one, a third of their memory.
    builder.pop_context();
    builder
}

impl ModelCircuit {
    /// Builds the circuit. It depends on nothing but the arguments.
    pub fn build(architecture: &Architecture, header: Header) -> Result<Self, CircuitError> {
        let (layout, targets) = laid_out(Layout::new(builder()), architecture, header)?;
        let (mut builder, mut rows) = layout.into_parts();
        builder.set_domain_separator(domain_separator(architecture, header));
        let data = builder.build::<C>();
        check_rows(&data.common)?;
        let claimed = rows.iter().map(|count| count.rows).sum::<usize>();
        let other = Rows::of(&data).used() - claimed;
        rows.push(RowCount {
            node: None,
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
            prover: OnceProver::default(),
        })
    }

    /// Builds the circuit and returns only what a verifier needs of it: enough for its identity, in half the time and
    /// memory of [`ModelCircuit::build`].
    pub fn verifier_data(
        architecture: &Architecture,
        header: Header,
    ) -> Result<VerifierCircuitData<F, C, D>, CircuitError> {
        let layout = Layout::new(builder()).unfilled();
        let builder = laid_out(layout, architecture, header)?.0.into_parts().0;
        let separator = domain_separator(architecture, header);
        let data = assay_plonk::verifier_data::<C>(builder, &separator)
            .map_err(|error| CircuitError::plonky2(&error))?;
        check_rows(&data.common)?;
        Ok(data)
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

    /// Returns the rows by node and purpose.
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
        self.prover
            .get(&self.data, &CircuitGates)
            .and_then(|prover| prover.prove_witness(&self.data, &witness))
            .map_err(|error| CircuitError::plonky2(&error))
    }

    /// Proves a job with Plonky2's prover and on every path of this processor, and returns the proof that all of them
    /// give, or an error that names what differs. For tests.
    pub fn equal_to_plonky2(
        &self,
        job: &InferenceJob,
    ) -> Result<ProofWithPublicInputs<F, C, D>, CircuitError> {
        let witness = self.checked_partition(job)?;
        assay_plonk::equal_to_plonky2(&self.data, &CircuitGates, &witness)
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

    pub(crate) fn checked_partition(
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

    /// Returns the targets of the sums, values and counts that the prover supplies.
    #[cfg(test)]
    pub(crate) fn supplied(&self) -> Vec<plonky2::iop::target::Target> {
        self.targets.supplied()
    }

    /// Returns the targets of everything that the prover supplies.
    #[cfg(test)]
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    fn words_of(&self, witness: &PartitionWitness<F>) -> [u64; MODEL_PUBLIC_INPUTS] {
        from_fn(|word| {
            witness
                .get_target(self.data.prover_only.public_inputs[word])
                .to_canonical_u64()
        })
    }
}

/// Lays the circuit out; refuses what cannot be one, within the limits of [`assay_model::quant::limits`] before and
/// within [`MAX_LOG_ROWS`] while it does.
pub(crate) fn laid_out(
    mut layout: Layout,
    architecture: &Architecture,
    header: Header,
) -> Result<(Layout, Targets), CircuitError> {
    architecture.validate()?;
    if header.kind != Kind::Inference {
        return Err(CircuitError::WrongKind {
            got: header.kind.number(),
        });
    }
    let targets = lay_out(&mut layout, architecture, header)?;
    Ok((layout, targets))
}

/// Refuses a built circuit with too many rows: the last constants are counted when it is built.
fn check_rows(common: &CommonCircuitData<F, D>) -> Result<(), CircuitError> {
    if common.degree_bits() > MAX_LOG_ROWS {
        return Err(CircuitError::TooLarge {
            limit: MAX_LOG_ROWS,
            node: None,
        });
    }
    Ok(())
}

/// Returns words that separate circuits of different meaning but equal layout.
pub(crate) fn domain_separator(architecture: &Architecture, header: Header) -> Vec<F> {
    let bytes = architecture.canonical_bytes();
    let words = [
        tags::MODEL,
        GATES_VERSION,
        header.to_word(),
        bytes.len() as u64,
    ];
    // Seven bytes to a word: below the modulus, and with the length the words are those of no other bytes.
    let packed = bytes.chunks(7).map(|chunk| {
        chunk
            .iter()
            .rev()
            .fold(0, |word, &byte| word << 8 | u64::from(byte))
    });
    words
        .into_iter()
        .chain(packed)
        .map(F::from_canonical_u64)
        .collect()
}
