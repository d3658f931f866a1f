// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Result, State} from "./MarketTypes.sol";

/// @title What the proof market keeps
/// @notice {IMarketLens} makes sense of it.
interface IMarketViews {
    /// @notice The words of a request that change, as stored; all zero when unknown.
    function stateOf(bytes32 requestId) external view returns (State memory);

    /// @notice The hash of the request as it was made; zero when unknown.
    function hashOf(bytes32 requestId) external view returns (bytes32);

    /// @notice The result words of a fulfilled request; all zero for any other.
    function resultOf(bytes32 requestId) external view returns (Result memory);

    /// @notice Whether the prover defaulted on this request.
    function hasDefaulted(bytes32 requestId, address prover) external view returns (bool);

    /// @notice The vault that holds the money.
    function vault() external view returns (address);

    /// @notice What a request may ask for, and the registries behind it.
    function rules() external view returns (address);

    /// @notice The contract that makes callbacks. It has no rights anywhere.
    function forwarder() external view returns (address);
}
