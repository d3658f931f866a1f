//! Poseidon commitments: a sponge over [tag, length in lanes, salt (4), packed data...].
//!
//! `hash_no_pad` alone does not bind the length of its input; the length word does.

use assay_model::{Output, QuantizedModel};
use assay_statement::{Digest, Lane, tags};
use plonky2::field::types::{Field, PrimeField64};
use plonky2::hash::hash_types::{HashOut, HashOutTarget};
use plonky2::hash::poseidon::PoseidonHash;
use plonky2::iop::target::Target;
use plonky2::plonk::config::Hasher;

use crate::cost::Purpose;
use crate::field::F;
use crate::layout::Layout;
use crate::{CircuitError, Salt};

/// Returns the digest of [tag, length, salt, data].
#[must_use]
pub fn commit(tag: u64, length: usize, salt: Salt, data: &[u64]) -> Digest {
    let words = [tag, length as u64]
        .into_iter()
        .chain(salt.limbs())
        .chain(data.iter().copied());
    sponge(words)
}

/// Returns the commitment to a model's data, in the order of `Architecture::sections`.
///
/// Each row of a section starts a new element: of weights the row of an output, of other parts the whole. The
/// length counts values.
pub fn model_commitment(model: &QuantizedModel, salt: Salt) -> Result<Digest, CircuitError> {
    let mut length = 0;
    let mut data = Vec::new();
    for section in model.committed_data() {
        length += section.values.len();
        for values in section.values.chunks(section.spec.row) {
            data.extend(section.spec.lane.pack(values)?);
        }
    }
    Ok(commit(tags::MODEL, length, salt, &data))
}

/// Returns the commitment to input lanes; refuses a number that is no such lane.
pub fn input_commitment<L: Copy + Into<i64>>(
    lane: Lane,
    input: &[L],
    salt: Salt,
) -> Result<Digest, CircuitError> {
    let lanes = input.iter().map(|&lane| lane.into()).collect::<Vec<_>>();
    let data = lane.pack(&lanes)?;
    Ok(commit(tags::input(lane), input.len(), salt, &data))
}

/// Returns the commitment to an output.
pub fn output_commitment(output: &Output, salt: Salt) -> Result<Digest, CircuitError> {
    let (lane, values) = output.lanes();
    Ok(commit(
        tags::output(lane),
        values.len(),
        salt,
        &lane.pack(&values)?,
    ))
}

/// Returns the salt of a private output: H(tag, requester's secret, context).
#[must_use]
pub fn output_salt(secret: Salt, context: Digest) -> Salt {
    let words = [tags::OUTPUT_SALT]
        .into_iter()
        .chain(secret.limbs())
        .chain(context.limbs());
    Salt::new(sponge(words).limbs()).expect("a hash has canonical limbs")
}

fn sponge(words: impl Iterator<Item = u64>) -> Digest {
    let preimage = words.map(F::from_canonical_u64).collect::<Vec<_>>();
    digest_of(PoseidonHash::hash_no_pad(&preimage))
}

/// Returns a Poseidon hash as a digest.
#[must_use]
pub fn digest_of(hash: HashOut<F>) -> Digest {
    Digest::new(hash.elements.map(|limb| limb.to_canonical_u64())).expect("canonical limbs")
}

/// Adds [`commit`] to a circuit: tag and length are constants.
pub(crate) fn commit_circuit(
    layout: &mut Layout,
    tag: u64,
    length: usize,
    salt: [Target; 4],
    data: &[Target],
) -> HashOutTarget {
    let mut preimage = vec![layout.constant(tag), layout.constant(length as u64)];
    preimage.extend(salt);
    preimage.extend(data);
    layout.hash(Purpose::Hashing, preimage)
}

/// Adds [`output_salt`] to a circuit.
pub(crate) fn output_salt_circuit(
    layout: &mut Layout,
    secret: [Target; 4],
    context: [Target; 4],
) -> [Target; 4] {
    let mut preimage = vec![layout.constant(tags::OUTPUT_SALT)];
    preimage.extend(secret.into_iter().chain(context));
    layout.hash(Purpose::Hashing, preimage).elements
}
