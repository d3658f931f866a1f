// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, Status} from "./Types.sol";

/// @notice What a requester asks for; the request id commits to all of it.
/// @param modelId the model's listing
/// @param kind kind of statement
/// @param inputPrivate whether `inputDigest` is a salted commitment
/// @param outputPrivate whether the output stays with the requester
/// @param inputDigest commitment to the input
/// @param inputHash sha-256 of the input's bytes: inline ones if the request has any, else those of a blob
/// @param verifierId the listed verifier that will decide
/// @param firstCeiling the highest bid in a round's first window
/// @param ceilingStep by how much each empty window raises the ceiling
/// @param maxPrice price limit: the highest ceiling, escrowed in full
/// @param instantPrice a bid at or under it is assigned at once; at most `firstCeiling`
/// @param maxFee the highest provider fee the requester accepts
/// @param biddingWindow seconds
/// @param provingWindow seconds from assignment
/// @param expiresAt time at which the request ends whatever its state
/// @param callbackGas gas for a call to the requester when the request is fulfilled; zero for none
struct Terms {
    bytes32 modelId;
    Kind kind;
    bool inputPrivate;
    bool outputPrivate;
    bytes32 inputDigest;
    bytes32 inputHash;
    bytes32 verifierId;
    uint128 firstCeiling;
    uint128 ceilingStep;
    uint128 maxPrice;
    uint128 instantPrice;
    uint128 maxFee;
    uint64 biddingWindow;
    uint64 provingWindow;
    uint64 expiresAt;
    uint32 callbackGas;
}

/// @notice What the market fixed when the request was made; nothing that anybody does later changes it.
/// @param provider who registered the model and is paid the fee
/// @param soleProver the only address that may bid; zero when all may
/// @param verifier the pinned verifier's adapter
/// @param header first word of the statement
/// @param circuit identity of the circuit that must have accepted
/// @param commitment commitment to the model's data
/// @param fee what the provider gets when the request is fulfilled
/// @param collateral what each bidder puts at stake, equal for all bidders and rounds
struct Snapshot {
    address provider;
    address soleProver;
    address verifier;
    uint32 header;
    bytes32 circuit;
    bytes32 commitment;
    uint128 fee;
    uint128 collateral;
}

/// @notice A request as it was made. The chain keeps its hash, keccak256(abi.encode(request)).
struct Request {
    address requester;
    uint64 nonce;
    Terms terms;
    Snapshot snapshot;
}

/// @notice What a prover delivers.
/// @param outputDigest commitment to the output
/// @param result the statement's three result words
/// @param outputHash sha-256 of the output's bytes: those in `output` if there are any, else those of a blob; zero when
/// nothing is delivered. The proof's context contains it
/// @param seal the 256-byte Groth16 proof
/// @param output the output's bytes, when public and small. The proof binds them as the prover's claim; that they open
/// `outputDigest` is checked by readers, who treat what does not match as not delivered
struct Delivery {
    bytes32 outputDigest;
    uint64[3] result;
    bytes32 outputHash;
    bytes seal;
    bytes output;
}

/// @notice The words of a request that change. Of a fulfilled request only the first two count; see {Result}.
/// @param stored Open, Assigned or a terminal status. Open may lag behind: time assigns without a transaction
/// @param round current round, from 1
/// @param extensions how often this round's bidding was extended
/// @param openedAt start of the round's first bidding window
/// @param biddingDeadline end of bidding, which is the moment of assignment; zero while there is no bid
/// @param price best bid
struct State {
    Status stored;
    uint8 round;
    uint8 extensions;
    uint40 openedAt;
    uint40 biddingDeadline;
    uint96 price;
}

/// @notice What a fulfilled request leaves for other contracts to read.
/// @param fulfilledAt market time; zero when the request is not fulfilled
/// @param words the statement's three result words
struct Result {
    uint64 fulfilledAt;
    uint64[3] words;
}

/// @notice What a market's operator chose at deployment.
/// @param minBiddingWindow shortest bidding window, in seconds
/// @param minProvingWindow shortest proving window, in seconds; above the lag of the chain's `safe` block
/// @param extension by how much a bid in the last `extension` seconds extends bidding
/// @param grace seconds after the proving deadline in which nobody can declare a default
/// @param lateFeeBps what a late proof costs its prover, of its price
/// @param burnedFloor what a default burns at least
/// @param burnedBps what a default burns, of the price limit
/// @param rewardCap the most that whoever declares a default is paid
struct Parameters {
    uint32 minBiddingWindow;
    uint32 minProvingWindow;
    uint32 extension;
    uint32 grace;
    uint16 lateFeeBps;
    uint128 burnedFloor;
    uint32 burnedBps;
    uint128 rewardCap;
}
