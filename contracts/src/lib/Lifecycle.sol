// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Status} from "../interfaces/Types.sol";

/// @dev A request as stored. Its status is a function of this and the time, see {Lifecycle-statusAt}.
struct Record {
    // Open, Assigned or a terminal status. Open may lag behind: time assigns without a transaction.
    Status stored;
    uint8 round;
    uint40 openedAt;
    // The result shares its slot with the status, which a fulfillment writes anyway.
    uint64 result0;
    uint64 result1;
    uint64 result2;
    address requester;
    uint32 header;
    uint40 expiresAt;
    address provider;
    uint96 fee;
    // Best bid of the round; zero address while there is none.
    address prover;
    uint96 price;
    uint96 maxPrice;
    uint96 instantPrice;
    // Moment of assignment; zero while there is no bid.
    uint40 biddingDeadline;
    uint96 collateral;
    uint40 biddingWindow;
    uint40 provingWindow;
    // Bids over all rounds; numbers the collateral locks.
    uint32 bids;
    // Snapshots: later changes in the registries do not reach a request that exists.
    address verifier;
    address soleProver;
    bytes32 modelId;
    bytes32 circuit;
    bytes32 commitment;
    bytes32 inputDigest;
    bytes32 outputDigest;
}

/// @title Status and deadlines of a request
/// @notice All windows are half-open: at `t = deadline` the window is over.
library Lifecycle {
    /// @notice Rounds of a request, so that defaults cannot keep it alive for ever.
    uint8 internal constant MAX_ROUNDS = 3;

    /// @notice The effective status at time `t`.
    function statusAt(Record storage r, uint256 t) internal view returns (Status) {
        Status stored = r.stored;
        if (stored != Status.Open && stored != Status.Assigned) return stored;
        if (r.prover == address(0)) return t < r.expiresAt ? Status.Open : Status.Expired;
        if (t < r.biddingDeadline) return Status.Open;
        return t < provingDeadline(r) ? Status.Assigned : Status.Overdue;
    }

    /// @notice End of proving for the best bid; zero while there is none.
    function provingDeadline(Record storage r) internal view returns (uint64) {
        return r.prover == address(0) ? 0 : uint64(r.biddingDeadline) + r.provingWindow;
    }

    /// @notice End of the bidding window that time `t` lies in: windows follow one another from `openedAt`.
    function windowEnd(Record storage r, uint256 t) internal view returns (uint256) {
        uint256 window = r.biddingWindow;
        return r.openedAt + ((t - r.openedAt) / window + 1) * window;
    }

    /// @notice When a round that opens at `t` has to be over in order to fit.
    function roundNeedsUntil(Record storage r, uint256 t) internal view returns (uint256) {
        return t + r.biddingWindow + r.provingWindow;
    }

    /// @notice Whether an overdue round can be followed by another one at time `t`.
    function canOpenRound(Record storage r, uint256 t) internal view returns (bool) {
        return r.round < MAX_ROUNDS && roundNeedsUntil(r, t) <= r.expiresAt;
    }

    /// @notice Opens a round without bids.
    function openRound(Record storage r, uint8 round, uint40 t) internal {
        r.stored = Status.Open;
        r.round = round;
        r.openedAt = t;
        r.prover = address(0);
        r.price = 0;
        r.biddingDeadline = 0;
    }
}
