// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @notice What a proof is about. The numbers are the ones of the statement header.
enum Kind {
    None,
    Inference,
    Accuracy,
    WeightDelivery
}

/// @notice Life of a request. `Assigned`, `Overdue`, `Voided`, and `Expired` of a request without a bid, take
/// effect by time or by a tombstone alone; see {IMarketLens-statusOf}.
enum Status {
    None,
    Open,
    Assigned,
    Overdue,
    Fulfilled,
    Cancelled,
    Expired,
    Voided
}

/// @notice Who may bid on requests for a model.
enum ProverPolicy {
    Open,
    Sole
}

/// @notice What a wrapped proof claims. A digest is four Goldilocks limbs in one word, limb 0 in the least
/// significant 64 bits; together with header and result that makes the 24 words of statement version 1.
/// @param header version | kind << 8 | input private << 16 | weights private << 17 | output private << 18
/// @param circuit identity of the model circuit
/// @param model commitment to the model's data
/// @param input commitment to the input, or root of the data set
/// @param output commitment to the output
/// @param result three words a contract reads directly
/// @param context binds chain, contract, request, round, payee and delivered bytes
struct Statement {
    uint32 header;
    bytes32 circuit;
    bytes32 model;
    bytes32 input;
    bytes32 output;
    uint64[3] result;
    bytes32 context;
}
