// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {State, Terms} from "../interfaces/MarketTypes.sol";
import {Status} from "../interfaces/Types.sol";

/// @title Status and deadlines of a request
/// @notice All windows are half-open: at `t = deadline` the window is over. Times are the market's.
library Lifecycle {
    /// @notice Rounds of a request, so that defaults cannot keep it alive for ever.
    uint8 internal constant MAX_ROUNDS = 3;
    /// @notice How often late bids extend a round's bidding.
    uint8 internal constant MAX_EXTENSIONS = 5;

    /// @notice The effective status at time `t`.
    function statusAt(State memory s, Terms calldata terms, uint64 t, bool tombstoned)
        internal
        pure
        returns (Status)
    {
        if (s.stored != Status.Open && s.stored != Status.Assigned) return s.stored;
        if (tombstoned) return Status.Voided;
        if (s.biddingDeadline == 0) return t < terms.expiresAt ? Status.Open : Status.Expired;
        if (t < s.biddingDeadline) return Status.Open;
        return t < provingDeadline(s, terms) ? Status.Assigned : Status.Overdue;
    }

    /// @notice End of proving for the best bid; zero while there is none.
    function provingDeadline(State memory s, Terms calldata terms) internal pure returns (uint64) {
        return s.biddingDeadline == 0 ? 0 : s.biddingDeadline + terms.provingWindow;
    }

    /// @notice The bidding window that time `t` lies in: when it ends, and the highest first bid in it. Windows follow
    /// one another from `openedAt`; each empty one raises the ceiling by a step, up to the limit.
    function windowAt(State memory s, Terms calldata terms, uint64 t)
        internal
        pure
        returns (uint64 end, uint128 ceiling)
    {
        uint64 window = terms.biddingWindow;
        uint256 raised;
        unchecked {
            // A round is not opened in the future, windows are at least a second, and 64 times 128 bits fit.
            uint64 passed = (t - s.openedAt) / window;
            end = s.openedAt + (passed + 1) * window;
            raised = terms.firstCeiling + uint256(passed) * terms.ceilingStep;
        }
        uint128 limit = terms.maxPrice;
        // casting to 'uint128' is safe because the smaller of the two is taken
        // forge-lint: disable-next-line(unsafe-typecast)
        ceiling = raised < limit ? uint128(raised) : limit;
    }

    /// @notice When everything is over for a round whose bidding window ends at `end`, whatever bids extend it and
    /// however late its proof may be.
    function roundEnd(uint64 end, uint64 provingWindow, uint64 extension, uint64 grace)
        internal
        pure
        returns (uint64)
    {
        unchecked {
            // Each of them is bounded by days where a request is made.
            return end + MAX_EXTENSIONS * extension + provingWindow + grace;
        }
    }
}
