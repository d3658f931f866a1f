// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title The market's arithmetic
/// @notice Amounts are at most {MAX_AMOUNT}, so that sums of them fit the vault's 96-bit locks.
library Money {
    /// @notice Largest price limit, fee, floor and reward.
    uint128 internal constant MAX_AMOUNT = type(uint88).max;
    /// @notice Largest ratio of what a default burns to the price limit: ten to one.
    uint64 internal constant MAX_BURNED_BPS = 100_000;
    /// @notice Largest late fee: half of the price.
    uint64 internal constant MAX_LATE_FEE_BPS = 5000;

    uint128 private constant BPS = 10_000;
    /// @dev A bid beats the best one by this share of it, so that nobody wins by one unit again and again.
    uint128 private constant UNDERCUT_BPS = 200;
    /// @dev A slashed collateral's part that waits for whoever fulfills later.
    uint128 private constant BOUNTY_BPS = 4000;
    /// @dev A slashed collateral's part that whoever reports the default gets, as far as the cap allows.
    uint128 private constant REWARD_BPS = 1000;

    /// @notice Collateral of a request with this price limit: never computed from a bid. It is twice what a default
    /// is to burn, because the other half can come back to a defaulter through another address of its own.
    function collateral(uint128 maxPrice, uint128 burnedFloor, uint128 burnedBps)
        internal
        pure
        returns (uint128)
    {
        uint128 burned = shareUp(maxPrice, burnedBps);
        return 2 * (burned > burnedFloor ? burned : burnedFloor);
    }

    /// @notice The highest bid that beats `best`, which is not zero: a bid of zero ends bidding at once.
    function highestUndercut(uint128 best) internal pure returns (uint128) {
        uint128 step = best * UNDERCUT_BPS / BPS;
        return best - (step == 0 ? 1 : step);
    }

    /// @notice `amount * bps / 10000`, rounded up.
    function shareUp(uint128 amount, uint128 bps) internal pure returns (uint128) {
        return (amount * bps + BPS - 1) / BPS;
    }

    /// @notice What waits for whoever fulfills after one default.
    function bountyOf(uint128 collateral_) internal pure returns (uint128) {
        return collateral_ * BOUNTY_BPS / BPS;
    }

    /// @notice What whoever reports a default gets: capped, because the requester's second address can be the one
    /// who reports; to the requester itself, nothing.
    function rewardOf(uint128 collateral_, uint128 cap, bool byRequester) internal pure returns (uint128) {
        uint128 reward = collateral_ * REWARD_BPS / BPS;
        if (byRequester) return 0;
        return reward < cap ? reward : cap;
    }
}
