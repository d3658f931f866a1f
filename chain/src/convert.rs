//! Domain types to ABI types and back. ABI values come from outside: what does not fit is an error.

use std::fmt::Display;

use alloy::primitives::{Address as AbiAddress, B256, U256};
use assay_market::{
    Address, Amount, Delivery, Kind, ModelId, Offer, RequestId, Seconds, Snapshot, Status, Terms,
    Timestamp, Word,
};

use crate::bindings::{self, ProofMarket};
use crate::error::ChainError;

pub(crate) fn unreadable(what: &'static str, reason: impl Display) -> ChainError {
    ChainError::Unreadable {
        what,
        reason: reason.to_string(),
    }
}

pub(crate) fn abi_address(address: Address) -> AbiAddress {
    AbiAddress::from(address.0)
}

pub(crate) fn address(address: AbiAddress) -> Address {
    Address(address.into_array())
}

/// The zero address stands for "none" everywhere in the contracts.
pub(crate) fn some_address(given: AbiAddress) -> Option<Address> {
    (!given.is_zero()).then(|| address(given))
}

pub(crate) fn word(word: B256) -> Word {
    Word(word.0)
}

pub(crate) fn abi_word(word: Word) -> B256 {
    B256::from(word.0)
}

pub(crate) fn amount(value: U256) -> Result<Amount, ChainError> {
    u128::try_from(value)
        .map(Amount)
        .map_err(|_| unreadable("amount", "does not fit 128 bits"))
}

pub(crate) fn abi_kind(kind: Kind) -> bindings::Kind {
    match kind {
        Kind::Inference => bindings::Kind::Inference,
        Kind::Accuracy => bindings::Kind::Accuracy,
        Kind::WeightDelivery => bindings::Kind::WeightDelivery,
    }
}

pub(crate) fn kind(kind: bindings::Kind) -> Result<Kind, ChainError> {
    Kind::try_from(kind as u8).map_err(|error| unreadable("kind", error))
}

/// `None` is how the contract says that it does not know the request.
pub(crate) fn status(status: bindings::Status) -> Result<Option<Status>, ChainError> {
    Ok(match status {
        bindings::Status::None => None,
        bindings::Status::Open => Some(Status::Open),
        bindings::Status::Assigned => Some(Status::Assigned),
        bindings::Status::Overdue => Some(Status::Overdue),
        bindings::Status::Fulfilled => Some(Status::Fulfilled),
        bindings::Status::Cancelled => Some(Status::Cancelled),
        bindings::Status::Expired => Some(Status::Expired),
        bindings::Status::__Invalid => return Err(unreadable("status", "unknown number")),
    })
}

pub(crate) fn abi_terms(terms: &Terms) -> ProofMarket::Terms {
    ProofMarket::Terms {
        modelId: B256::from(terms.model_id.0),
        kind: abi_kind(terms.kind),
        inputPrivate: terms.input_private,
        outputPrivate: terms.output_private,
        inputDigest: abi_word(terms.input_digest),
        inputBlob: abi_word(terms.input_blob),
        inlineInput: terms.inline_input.clone().into(),
        verifierId: abi_word(terms.verifier_id),
        maxPrice: terms.offer.max_price.0,
        instantPrice: terms.offer.instant_price.0,
        maxFee: terms.offer.max_fee.0,
        biddingWindow: terms.offer.bidding_window.0,
        provingWindow: terms.offer.proving_window.0,
        expiresAt: terms.offer.expires_at.0,
    }
}

pub(crate) fn terms(terms: &ProofMarket::Terms) -> Result<Terms, ChainError> {
    Ok(Terms {
        model_id: ModelId(terms.modelId.0),
        kind: kind(terms.kind)?,
        input_private: terms.inputPrivate,
        output_private: terms.outputPrivate,
        input_digest: word(terms.inputDigest),
        input_blob: word(terms.inputBlob),
        inline_input: terms.inlineInput.to_vec(),
        verifier_id: word(terms.verifierId),
        offer: Offer {
            max_price: Amount(terms.maxPrice),
            instant_price: Amount(terms.instantPrice),
            max_fee: Amount(terms.maxFee),
            bidding_window: Seconds(terms.biddingWindow),
            proving_window: Seconds(terms.provingWindow),
            expires_at: Timestamp(terms.expiresAt),
        },
    })
}

pub(crate) fn snapshot(snapshot: &ProofMarket::Snapshot) -> Snapshot {
    Snapshot {
        provider: address(snapshot.provider),
        sole_prover: some_address(snapshot.soleProver),
        verifier: address(snapshot.verifier),
        header: snapshot.header,
        circuit: word(snapshot.circuit),
        commitment: word(snapshot.commitment),
        fee: Amount(snapshot.fee),
        collateral: Amount(snapshot.collateral),
        opened_at: Timestamp(snapshot.openedAt),
    }
}

pub(crate) fn abi_delivery(delivery: &Delivery) -> ProofMarket::Delivery {
    ProofMarket::Delivery {
        outputDigest: abi_word(delivery.output_digest),
        result: delivery.result,
        outputBlob: abi_word(delivery.output_blob),
        seal: delivery.seal.clone().into(),
        output: delivery.output.clone().into(),
    }
}

pub(crate) fn delivery(delivery: &ProofMarket::Delivery) -> Delivery {
    Delivery {
        output_digest: word(delivery.outputDigest),
        result: delivery.result,
        output_blob: word(delivery.outputBlob),
        seal: delivery.seal.to_vec(),
        output: delivery.output.to_vec(),
    }
}

pub(crate) fn request_id(id: B256) -> RequestId {
    RequestId(id.0)
}

pub(crate) fn abi_request_id(id: RequestId) -> B256 {
    B256::from(id.0)
}
