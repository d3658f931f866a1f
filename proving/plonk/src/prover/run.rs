//! One proof, stage by stage, in the order of Plonky2's protocol.

use std::time::Instant;

use anyhow::{Result, ensure};
use plonky2::field::types::Field;
use plonky2::iop::witness::{PartitionWitness, Witness};
use plonky2::plonk::circuit_data::CircuitData;
use plonky2::plonk::config::{GenericConfig, Hasher};
use plonky2::plonk::proof::{OpeningSet, Proof, ProofWithPublicInputs};
use rayon::prelude::*;

use super::{Prover, StageTime};
use crate::columns::Columns;
use crate::field::{D, Extension, F};
use crate::fri::{self, Batch};
use crate::openings::Powers;
use crate::oracle::{Opened, Oracle};
use crate::parameters::Challenges;
use crate::permutation::Copies;
use crate::quotient::Committed;
use crate::shape::Shape;
use crate::transcript::Transcript;
use crate::tree::TreeHasher;

impl<C> Prover<C>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    /// Goes through the protocol; `nonce` is the proof of work if it is given.
    pub(super) fn run(
        &self,
        data: &CircuitData<F, C, D>,
        witness: &PartitionWitness<'_, F>,
        nonce: Option<F>,
        stages: &mut Stages,
    ) -> Result<ProofWithPublicInputs<F, C, D>> {
        let (fixed, common) = (&data.prover_only, &data.common);
        ensure!(
            fixed.circuit_digest == self.circuit
                && common.config == self.config
                && common.fri_params == self.fri,
            "the prover was made for another circuit"
        );
        let (path, shape) = (self.path, &self.shape);
        let cap_height = common.fri_params.config.cap_height;
        let commit = |coefficients| {
            Oracle::<C::Hasher>::commit(path, &self.transforms, coefficients, cap_height)
        };
        let interpolate = |values| self.transforms.interpolate(values);

        let public_inputs = witness.get_targets(&fixed.public_inputs);
        let public_inputs_hash = C::InnerHasher::hash_no_pad(&public_inputs);
        let wire_values = stages.time("wire values", || wire_values(witness, shape));
        let mut transcript = Transcript::<C::Hasher>::new();
        transcript.observe_params(&common.fri_params);
        transcript.observe_hash(&fixed.circuit_digest);
        transcript.observe_hash(&public_inputs_hash);
        let wires = stages.time("wires", || commit(interpolate(wire_values.clone())?))?;
        transcript.observe_cap(&wires.tree.cap());
        let betas = transcript.challenges(shape.challenges);
        let gammas = transcript.challenges(shape.challenges);

        let copies = Copies {
            wires: &wire_values,
            sigmas: &fixed.sigmas,
            subgroup: &fixed.subgroup,
        };
        let words = |alphas| {
            let challenges = Challenges {
                betas: &betas,
                gammas: &gammas,
                alphas,
            };
            let (hash, powers) = (public_inputs_hash.elements, self.vanishing.powers);
            self.parameters
                .words(hash, &common.k_is, challenges, powers)
        };
        let products = stages.time("running products", || {
            self.chunk_products
                .running(path, shape, copies, &words(&[]))
        })?;
        drop(wire_values);
        let products = stages.time("products", || commit(interpolate(products)?))?;
        transcript.observe_cap(&products.tree.cap());
        let alphas = transcript.challenges(shape.challenges);

        let committed = Committed {
            constants_sigmas: &fixed.constants_sigmas_commitment.merkle_tree.leaves,
            wires: &wires.values,
            products: &products.values,
            public_inputs_hash,
            gates: &common.gates,
            selectors: shape.selectors.groups.len(),
        };
        let quotient = stages.time("quotient values", || {
            self.domain
                .quotients(path, &self.vanishing, &committed, &words(&alphas))
        })?;
        let chunks = stages.time("quotient polynomials", || self.chunks(quotient))?;
        let quotient = stages.time("quotient", || commit(chunks))?;
        transcript.observe_cap(&quotient.tree.cap());

        let zeta = transcript.extension_challenge();
        ensure!(
            zeta.exp_power_of_2(shape.degree_bits) != Extension::ONE,
            "the opening point is in the subgroup"
        );
        let next = Extension::primitive_root_of_unity(shape.degree_bits) * zeta;
        let oracles: [&dyn Opened<C::Hasher>; 4] = [
            &fixed.constants_sigmas_commitment,
            &wires,
            &products,
            &quotient,
        ];
        let openings = stages.time("openings", || openings::<C>(shape, oracles, zeta, next));
        observe_openings(&mut transcript, &openings);
        let all = |k: usize| (0..oracles[k].count()).map(move |index| (k, index));
        let batches = [
            Batch {
                point: zeta,
                polynomials: (0..oracles.len()).flat_map(all).collect(),
            },
            Batch {
                point: next,
                polynomials: (0..shape.challenges).map(|index| (2, index)).collect(),
            },
        ];
        let opening_proof = stages.time("fri", || {
            let params = &common.fri_params;
            fri::prove(
                path,
                &self.transforms,
                &oracles,
                &batches,
                params,
                &mut transcript,
                nonce,
            )
        })?;
        Ok(ProofWithPublicInputs {
            proof: Proof {
                wires_cap: wires.tree.cap(),
                plonk_zs_partial_products_cap: products.tree.cap(),
                quotient_polys_cap: quotient.tree.cap(),
                openings,
                opening_proof,
            },
            public_inputs,
        })
    }

    /// Cuts the quotients into polynomials of the circuit's degree.
    fn chunks(&self, values: Columns) -> Result<Columns> {
        let kept = self.shape.quotient_factor * self.shape.rows();
        let coefficients = self.transforms.interpolate_quotients(values)?;
        let zero = |&word: &u64| F::from_noncanonical_u64(word).is_zero();
        ensure!(
            coefficients
                .all()
                .iter()
                .all(|column| column[kept..].iter().all(zero)),
            "the witness violates a constraint: the vanishing polynomial is not divisible by the subgroup's"
        );
        let chunks = coefficients.into_all().into_iter().flat_map(|column| {
            let chunks = column[..kept].chunks_exact(self.shape.rows());
            chunks.map(<[u64]>::to_vec).collect::<Vec<_>>()
        });
        Ok(Columns::new(chunks.collect()))
    }
}

/// Returns the values of all wires, a column for each; a wire that nobody set is zero.
fn wire_values(witness: &PartitionWitness<'_, F>, shape: &Shape) -> Columns {
    let value = |row: usize, column: usize| {
        let representative = witness.representative_map[row * shape.wires + column];
        witness.values[representative].map_or(0, |value| value.0)
    };
    let column = |column: usize| (0..shape.rows()).map(|row| value(row, column)).collect();
    Columns::new((0..shape.wires).into_par_iter().map(column).collect())
}

fn openings<C>(
    shape: &Shape,
    oracles: [&dyn Opened<C::Hasher>; 4],
    zeta: Extension,
    next: Extension,
) -> OpeningSet<F, D>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    let at_zeta = Powers::new(zeta, shape.rows());
    let open = |k: usize| at_zeta.open(oracles[k], 0..oracles[k].count());
    let mut constants = open(0);
    let plonk_sigmas = constants.split_off(shape.constants);
    let mut plonk_zs = open(2);
    let partial_products = plonk_zs.split_off(shape.challenges);
    OpeningSet {
        constants,
        plonk_sigmas,
        wires: open(1),
        plonk_zs,
        plonk_zs_next: Powers::new(next, shape.rows()).open(oracles[2], 0..shape.challenges),
        partial_products,
        quotient_polys: open(3),
        lookup_zs: Vec::new(),
        lookup_zs_next: Vec::new(),
    }
}

fn observe_openings<H: TreeHasher>(transcript: &mut Transcript<H>, openings: &OpeningSet<F, D>) {
    for values in [
        &openings.constants,
        &openings.plonk_sigmas,
        &openings.wires,
        &openings.plonk_zs,
        &openings.partial_products,
        &openings.quotient_polys,
        &openings.plonk_zs_next,
    ] {
        transcript.observe_extension(values);
    }
}

/// Times of the stages so far.
#[derive(Default)]
pub(super) struct Stages {
    pub(super) times: Vec<StageTime>,
}

impl Stages {
    fn time<R>(&mut self, name: &'static str, stage: impl FnOnce() -> R) -> R {
        let start = Instant::now();
        let result = stage();
        let time = start.elapsed();
        self.times.push(StageTime { name, time });
        result
    }
}
