// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title The market's arithmetic
/// @notice Amounts are at most {MAX_AMOUNT}, so that sums of them fit the vault's 96-bit locks.
library Money {
    /// @notice Largest price limit, fee and collateral floor.
    uint128 internal constant MAX_AMOUNT = type(uint88).max;
    /// @notice Largest ratio of collateral to price limit: ten to one.
    uint64 internal constant MAX_COLLATERAL_BPS = 100_000;

    uint128 private constant BPS = 10_000;
    /// @dev A bid beats the best one by this share of it, so that nobody wins by one unit again and again.
    uint128 private constant UNDERCUT_BPS = 200;
    /// @dev Who reports a default gets this share of the collateral. Of the rest 50 % are burned for good and 40 %
    /// are the bounty of whoever fulfills later; until bounties are built they are burned too.
    uint128 private constant REWARD_BPS = 1000;

    /// @notice Collateral of a request with this price limit: never computed from a bid.
    function collateral(uint128 maxPrice, uint128 floor, uint64 bps) internal pure returns (uint128) {
        uint128 scaled = (maxPrice * bps + BPS - 1) / BPS;
        return scaled > floor ? scaled : floor;
    }

    /// @notice The highest bid that beats `best`, which is not zero: a bid of zero ends bidding at once.
    function highestUndercut(uint128 best) internal pure returns (uint128) {
        uint128 step = best * UNDERCUT_BPS / BPS;
        return best - (step == 0 ? 1 : step);
    }

    /// @notice Divides a slashed collateral between the sink and who reports the default. A requester who reports
    /// gets nothing of it: requests that cannot be proved would be a business.
    function slash(uint128 amount, bool byRequester) internal pure returns (uint128 burned, uint128 reward) {
        reward = byRequester ? 0 : amount * REWARD_BPS / BPS;
        burned = amount - reward;
    }
}
