//! Domain types to ABI types and back. ABI values come from outside: what does not fit is an error.

use std::fmt::Display;

use alloy::primitives::{Address as AbiAddress, B256, U256};
use assay_market::{
    Address, Amount, Delivery, Kind, ModelId, Offer, RequestId, Seconds, Snapshot, Status, Terms,
    Timestamp, Word,
};

use crate::bindings;
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
        bindings::Status::Voided => Some(Status::Voided),
        bindings::Status::__Invalid => return Err(unreadable("status", "unknown number")),
    })
}

pub(crate) fn abi_terms(terms: &Terms) -> bindings::Terms {
    let offer = &terms.offer;
    bindings::Terms {
        modelId: B256::from(terms.model_id.0),
        kind: abi_kind(terms.kind),
        inputPrivate: terms.input_private,
        outputPrivate: terms.output_private,
        inputDigest: abi_word(terms.input_digest),
        inputHash: abi_word(terms.input_hash),
        verifierId: abi_word(terms.verifier_id),
        firstCeiling: offer.first_ceiling.0,
        ceilingStep: offer.ceiling_step.0,
        maxPrice: offer.max_price.0,
        instantPrice: offer.instant_price.0,
        maxFee: offer.max_fee.0,
        biddingWindow: offer.bidding_window.0,
        provingWindow: offer.proving_window.0,
        expiresAt: offer.expires_at.0,
        callbackGas: terms.callback_gas,
    }
}

pub(crate) fn terms(terms: &bindings::Terms) -> Result<Terms, ChainError> {
    Ok(Terms {
        model_id: ModelId(terms.modelId.0),
        kind: kind(terms.kind)?,
        input_private: terms.inputPrivate,
        output_private: terms.outputPrivate,
        input_digest: word(terms.inputDigest),
        input_hash: word(terms.inputHash),
        verifier_id: word(terms.verifierId),
        offer: Offer {
            first_ceiling: Amount(terms.firstCeiling),
            ceiling_step: Amount(terms.ceilingStep),
            max_price: Amount(terms.maxPrice),
            instant_price: Amount(terms.instantPrice),
            max_fee: Amount(terms.maxFee),
            bidding_window: Seconds(terms.biddingWindow),
            proving_window: Seconds(terms.provingWindow),
            expires_at: Timestamp(terms.expiresAt),
        },
        callback_gas: terms.callbackGas,
    })
}

pub(crate) fn abi_snapshot(snapshot: &Snapshot) -> bindings::Snapshot {
    bindings::Snapshot {
        provider: abi_address(snapshot.provider),
        soleProver: abi_address(snapshot.sole_prover.unwrap_or(Address::ZERO)),
        verifier: abi_address(snapshot.verifier),
        header: snapshot.header,
        circuit: abi_word(snapshot.circuit),
        commitment: abi_word(snapshot.commitment),
        fee: snapshot.fee.0,
        collateral: snapshot.collateral.0,
    }
}

pub(crate) fn snapshot(snapshot: &bindings::Snapshot) -> Snapshot {
    Snapshot {
        provider: address(snapshot.provider),
        sole_prover: some_address(snapshot.soleProver),
        verifier: address(snapshot.verifier),
        header: snapshot.header,
        circuit: word(snapshot.circuit),
        commitment: word(snapshot.commitment),
        fee: Amount(snapshot.fee),
        collateral: Amount(snapshot.collateral),
    }
}

pub(crate) fn abi_delivery(delivery: &Delivery) -> bindings::Delivery {
    bindings::Delivery {
        outputDigest: abi_word(delivery.output_digest),
        result: delivery.result,
        outputHash: abi_word(delivery.output_hash),
        seal: delivery.seal.clone().into(),
        output: delivery.output.clone().into(),
    }
}

pub(crate) fn delivery(delivery: &bindings::Delivery) -> Delivery {
    Delivery {
        output_digest: word(delivery.outputDigest),
        result: delivery.result,
        output_hash: word(delivery.outputHash),
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
