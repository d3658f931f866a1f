// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./ITimelocked.sol";

/// @title The verifiers a request may pin
/// @notice Adapters are added after a delay and checked when they are; requesters choose from this list and
/// never bring code of their own.
///
/// What the owner can do: propose an adapter, withdraw a proposal, and tombstone a verifier at once and for ever. A
/// tombstone voids every unsettled request that pins the verifier: requesters are refunded in full, collateral is
/// freed, nobody is slashed, and proofs that were on their way are not paid.
interface IVerifierRegistry is ITimelocked {
    /// @notice The owner proposes an adapter with this code.
    event VerifierProposed(address indexed adapter, bytes32 codeHash, uint64 activeFrom, uint64 activeUntil);
    /// @notice An adapter may be pinned from now on.
    event VerifierAdded(bytes32 indexed verifierId, address indexed adapter);
    /// @notice A verifier is broken: nothing pins it any more, and what pinned it is void.
    event VerifierTombstoned(bytes32 indexed verifierId, address indexed adapter);

    /// @notice There is no code at the address.
    error NoCode(address adapter);
    /// @notice The adapter accepted a proof that is known to be false.
    error AcceptsFalseProof(address adapter);
    /// @notice The adapter's key is for development: anyone can forge its proofs, and money is real on this chain.
    error InsecureVerifier(address adapter, uint256 chainId);
    /// @notice The adapter names no id.
    error NoVerifierId(address adapter);
    /// @notice An adapter with this id is, or was, listed.
    error VerifierExists(bytes32 verifierId);
    /// @notice No adapter with this id is listed.
    error UnknownVerifier(bytes32 verifierId);
    /// @notice The verifier is tombstoned.
    error VerifierIsTombstoned(bytes32 verifierId);

    /// @notice Proposes an adapter. Owner only.
    function proposeVerifier(address adapter) external;

    /// @notice Lists a proposed adapter after the delay and the checks. Anyone.
    function addVerifier(address adapter) external returns (bytes32 verifierId);

    /// @notice Takes a verifier out of use for ever. Owner only, at once.
    function tombstone(bytes32 verifierId) external;

    /// @notice The adapter of an id. Reverts when it is not listed or tombstoned.
    function adapterOf(bytes32 verifierId) external view returns (address);

    /// @notice Whether the id is listed and not tombstoned.
    function isListed(bytes32 verifierId) external view returns (bool);

    /// @notice Whether the id was taken out of use.
    function isTombstoned(bytes32 verifierId) external view returns (bool);
}
