// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Delivery, Snapshot, Terms} from "./MarketTypes.sol";

/// @title What the proof market tells
/// @notice Each event carries the whole new state, so a reader needs nothing but the log. Times are of the market's
/// clock, see {IProofMarket-clock}.
interface IMarketEvents {
    /// @notice A request was made: escrow is locked and round 1 is open.
    event Requested(
        bytes32 indexed requestId,
        address indexed requester,
        bytes32 indexed modelId,
        uint64 nonce,
        Terms terms,
        Snapshot snapshot,
        bytes inlineInput,
        uint64 openedAt
    );
    /// @notice A bid became the best one: the request's collateral is locked, and that of `outbid`, if any, is free again.
    event BidPlaced(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint64 biddingDeadline,
        uint32 extensions,
        address outbid
    );
    /// @notice The best bidder is assigned since `assignedAt`. When time made the assignment, the next transaction
    /// that touches the request emits this before its own events.
    event Assigned(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint64 assignedAt,
        uint64 provingDeadline
    );
    /// @notice The proof verified and the escrow is settled: the prover got price less late fee plus bounty, the
    /// provider its fee, the requester the refund.
    event Fulfilled(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint128 lateFee,
        uint128 bounty,
        uint128 fee,
        uint128 refund,
        Delivery delivery
    );
    /// @notice The assigned prover defaulted; its collateral is slashed. `bounty` stays locked for whoever fulfills.
    event Defaulted(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 burned,
        uint128 bounty,
        uint128 reward,
        address caller
    );
    /// @notice Another round is open.
    event RoundOpened(bytes32 indexed requestId, uint32 round, uint64 openedAt);
    /// @notice The requester withdrew the request; `refund` is free again and waiting bounties are `burned`.
    event Cancelled(bytes32 indexed requestId, uint128 refund, uint128 burned);
    /// @notice The request ended without a proof; `refund` is free again and waiting bounties are `burned`.
    event Expired(bytes32 indexed requestId, uint128 refund, uint128 burned);
    /// @notice The request's verifier is tombstoned: `refund` is free again, and so is the collateral of a standing bid;
    /// waiting bounties are `burned`.
    event Voided(bytes32 indexed requestId, uint128 refund, uint128 burned);
    /// @notice The requester's contract was called with the result; what it did with it is its own affair.
    event CallbackMade(bytes32 indexed requestId, address indexed consumer, bool succeeded);
    /// @notice The market's clock stands still, until `until` of the chain's time at the latest.
    event Paused(uint64 clock, uint64 until);
    /// @notice The market's clock goes on, `behind` seconds behind the chain's.
    event Unpaused(uint64 clock, uint64 behind);
}
