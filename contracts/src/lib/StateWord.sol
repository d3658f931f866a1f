// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Result, State} from "../interfaces/MarketTypes.sol";
import {Status} from "../interfaces/Types.sol";

/// @title The one word that a request's changing state is kept in
/// @notice From the least significant bit: status 8, round 8, then either extensions 8, opened at 40, bidding deadline 40,
/// price 96; or, of a fulfilled request, fulfilled at 40 and three result words of 64. A new slot would cost as much as
/// everything else that a fulfillment writes.
library StateWord {
    /// @notice The word of a state.
    function pack(State memory s) internal pure returns (uint256) {
        return uint256(s.stored) | (uint256(s.round) << 8) | (uint256(s.extensions) << 16)
            | (uint256(s.openedAt) << 24) | (uint256(s.biddingDeadline) << 64) | (uint256(s.price) << 104);
    }

    /// @notice The state in a word; of a fulfilled request status and round only.
    function unpack(uint256 word) internal pure returns (State memory s) {
        // casting to smaller types is safe because it cuts the fields out on purpose
        // forge-lint: disable-start(unsafe-typecast)
        s.stored = Status(uint8(word));
        s.round = uint8(word >> 8);
        if (word & 0xff == uint256(Status.Fulfilled)) return s;
        s.extensions = uint8(word >> 16);
        s.openedAt = uint40(word >> 24);
        s.biddingDeadline = uint40(word >> 64);
        s.price = uint96(word >> 104);
        // forge-lint: disable-end(unsafe-typecast)
    }

    /// @notice The word of a request fulfilled at time `t`.
    function packResult(uint8 round, uint64 t, uint64[3] calldata words) internal pure returns (uint256) {
        // casting to 'uint40' is safe for thirty thousand years
        // forge-lint: disable-next-line(unsafe-typecast)
        uint256 time = uint40(t);
        return uint256(Status.Fulfilled) | (uint256(round) << 8) | (time << 16) | (uint256(words[0]) << 56)
            | (uint256(words[1]) << 120) | (uint256(words[2]) << 184);
    }

    /// @notice The result in a word; all zero when the request is not fulfilled.
    function unpackResult(uint256 word) internal pure returns (Result memory result) {
        // casting to smaller types is safe because it cuts the fields out on purpose
        // forge-lint: disable-start(unsafe-typecast)
        if (Status(uint8(word)) != Status.Fulfilled) return result;
        result.fulfilledAt = uint40(word >> 16);
        result.words = [uint64(word >> 56), uint64(word >> 120), uint64(word >> 184)];
        // forge-lint: disable-end(unsafe-typecast)
    }
}
