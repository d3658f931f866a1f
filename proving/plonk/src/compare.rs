//! Comparison with Plonky2's own prover, for the tests of every crate that has circuits.

use anyhow::{Result, ensure};
use assay_kernels::Path;
use plonky2::iop::witness::PartitionWitness;
use plonky2::plonk::circuit_data::CircuitData;
use plonky2::plonk::config::GenericConfig;
use plonky2::plonk::proof::ProofWithPublicInputs;
use plonky2::plonk::prover::prove_with_partition_witness;
use plonky2::util::timing::TimingTree;

use crate::field::{D, F};
use crate::gates::GatePrograms;
use crate::prover::Prover;
use crate::tree::TreeHasher;

/// Proves a filled witness with Plonky2 and on every path of this processor, and returns the proof if all are the same
/// and it verifies. An error names the path and the first part that differs.
///
/// Both provers get one witness, since Plonky2 fills unused wires at random, and one nonce, since any that does the
/// work is good.
pub fn equal_to_plonky2<C>(
    data: &CircuitData<F, C, D>,
    gates: &dyn GatePrograms,
    witness: &PartitionWitness<'_, F>,
) -> Result<ProofWithPublicInputs<F, C, D>>
where
    C: GenericConfig<D, F = F>,
    C::Hasher: TreeHasher,
{
    let theirs = prove_with_partition_witness(
        &data.prover_only,
        &data.common,
        witness.clone(),
        &mut TimingTree::default(),
    )?;
    let nonce = theirs.proof.opening_proof.pow_witness;
    for path in Path::available() {
        let prover = Prover::on_path(path, data, gates)?;
        let ours = prover.prove_with_nonce(data, witness, nonce)?;
        if let Some(part) = difference(&ours, &theirs) {
            anyhow::bail!("{path}: {part} differs from Plonky2's");
        }
        ensure!(ours.to_bytes() == theirs.to_bytes(), "{path}: bytes differ");
    }
    data.verify(theirs.clone())?;
    Ok(theirs)
}

/// The first part of two proofs that differs, in the order in which they are made.
fn difference<C: GenericConfig<D, F = F>>(
    ours: &ProofWithPublicInputs<F, C, D>,
    theirs: &ProofWithPublicInputs<F, C, D>,
) -> Option<&'static str> {
    let (a, b) = (&ours.proof, &theirs.proof);
    let (fri_a, fri_b) = (&a.opening_proof, &b.opening_proof);
    let parts = [
        ("public inputs", ours.public_inputs == theirs.public_inputs),
        ("the wires' cap", a.wires_cap == b.wires_cap),
        (
            "the running products' cap",
            a.plonk_zs_partial_products_cap == b.plonk_zs_partial_products_cap,
        ),
        (
            "the quotient's cap",
            a.quotient_polys_cap == b.quotient_polys_cap,
        ),
        ("an opening", a.openings == b.openings),
        (
            "a folding's cap",
            fri_a.commit_phase_merkle_caps == fri_b.commit_phase_merkle_caps,
        ),
        ("the last polynomial", fri_a.final_poly == fri_b.final_poly),
        ("a query", fri_a == fri_b),
    ];
    parts
        .into_iter()
        .find_map(|(name, same)| (!same).then_some(name))
}
