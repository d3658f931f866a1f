// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Parameters, Snapshot, Terms} from "./MarketTypes.sol";

/// @title What a request may ask for, and what the market fixes when it is made
/// @notice Has no state and no owner; a market is deployed with one and asks no other.
interface IRequestRules {
    /// @notice What is fixed for a request with these terms that is made at market time `t`. Reverts with one of
    /// {IMarketErrors} for each term that is outside its limits.
    function snapshotOf(address requester, Terms calldata terms, bytes calldata inlineInput, uint64 t)
        external
        view
        returns (Snapshot memory);

    /// @notice Collateral that a request with this price limit asks from its bidders.
    function collateralFor(uint128 maxPrice) external view returns (uint128);

    /// @notice What was chosen at deployment.
    function parameters() external view returns (Parameters memory);

    /// @notice The models that can be requested.
    function modelRegistry() external view returns (address);

    /// @notice The verifiers that can be pinned.
    function verifierRegistry() external view returns (address);
}
