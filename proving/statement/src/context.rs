//! The request that a proof belongs to, as four field elements.

use tiny_keccak::{Hasher, Keccak};

use crate::digest::limbs_of;
use crate::{Digest, Kind};

/// Text whose Keccak-256 separates contexts from every other hash.
const DOMAIN: &[u8] = b"assay.context.v2";

/// Clearing the top bit of a limb brings it below the modulus.
const LIMB_MASK: u64 = u64::MAX >> 1;

/// What a proof is bound to: a copy of it pays the same payee, once, for the same round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextTerms {
    /// EIP-155 id of the chain.
    pub chain_id: u64,
    /// Address of the contract that pays.
    pub contract: [u8; 20],
    /// Kind of the statement.
    pub kind: Kind,
    /// Id of the request.
    pub request_id: [u8; 32],
    /// Round of bidding.
    pub round: u32,
    /// Address that is paid.
    pub payee: [u8; 20],
    /// sha-256 of the output's bytes as delivered, inline or as a blob; zero when none are. Whoever relays the proof
    /// cannot put other bytes in their place.
    pub output_hash: [u8; 32],
    /// Whether the bytes travel with the proof: whoever relays it cannot leave them out.
    pub output_inline: bool,
}

impl ContextTerms {
    /// Returns keccak256(abi.encode(DOMAIN, chain id, contract, kind, request id, round, payee, output hash, output
    /// inline)), the top bit of each 64-bit limb cleared.
    #[must_use]
    pub fn context(&self) -> Digest {
        let encoded = [
            context_domain(),
            padded(&self.chain_id.to_be_bytes()),
            padded(&self.contract),
            padded(&[self.kind.number()]),
            self.request_id,
            padded(&self.round.to_be_bytes()),
            padded(&self.payee),
            self.output_hash,
            padded(&[u8::from(self.output_inline)]),
        ];
        let limbs = limbs_of(&keccak256(encoded.as_flattened())).map(|limb| limb & LIMB_MASK);
        Digest::new(limbs).expect("63-bit limbs are below the modulus")
    }
}

/// Returns the domain word of contexts, keccak256("assay.context.v2").
#[must_use]
pub fn context_domain() -> [u8; 32] {
    keccak256(DOMAIN)
}

/// Pads on the left to 32 bytes, as `abi.encode` does with integers and addresses.
fn padded(bytes: &[u8]) -> [u8; 32] {
    let mut word = [0; 32];
    word[32 - bytes.len()..].copy_from_slice(bytes);
    word
}

fn keccak256(bytes: &[u8]) -> [u8; 32] {
    let mut hasher = Keccak::v256();
    let mut digest = [0; 32];
    hasher.update(bytes);
    hasher.finalize(&mut digest);
    digest
}
