// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./ITimelocked.sol";

/// @title The verifiers a request may pin
/// @notice Adapters are added after a delay and checked when they are; requesters choose from this list and
/// never bring code of their own.
interface IVerifierRegistry is ITimelocked {
    /// @notice An adapter may be pinned from now on.
    event VerifierAdded(bytes32 indexed verifierId, address indexed adapter);

    /// @notice There is no code at the address.
    error NoCode(address adapter);
    /// @notice The adapter accepted a proof that is known to be false.
    error AcceptsFalseProof(address adapter);
    /// @notice The adapter names no id.
    error NoVerifierId(address adapter);
    /// @notice An adapter with this id is listed already.
    error VerifierExists(bytes32 verifierId);
    /// @notice No adapter with this id is listed.
    error UnknownVerifier(bytes32 verifierId);

    /// @notice Proposes an adapter. Owner only.
    function proposeVerifier(address adapter) external returns (bytes32 proposal);

    /// @notice Lists a proposed adapter after the delay and the checks. Anyone.
    function addVerifier(address adapter) external returns (bytes32 verifierId);

    /// @notice The adapter of an id. Reverts when it is not listed.
    function adapterOf(bytes32 verifierId) external view returns (address);

    /// @notice Whether the id is listed.
    function isListed(bytes32 verifierId) external view returns (bool);
}
