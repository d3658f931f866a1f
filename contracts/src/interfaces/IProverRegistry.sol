// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title How to reach a prover
/// @notice A prover publishes the age recipient that files for it are encrypted to, and where it serves blobs.
interface IProverRegistry {
    /// @notice A prover's record.
    struct Prover {
        string ageRecipient;
        string blobEndpoint;
        uint64 updatedAt;
    }

    /// @notice A prover registered or changed its record.
    event ProverRegistered(address indexed prover, string ageRecipient, string blobEndpoint);
    /// @notice A prover took its record back.
    event ProverRemoved(address indexed prover);

    /// @notice The age recipient is empty or too long.
    error AgeRecipientLength(uint256 limit, uint256 got);
    /// @notice The endpoint is too long.
    error BlobEndpointLength(uint256 limit, uint256 got);
    /// @notice The address has no record.
    error UnknownProver(address prover);

    /// @notice Writes the caller's record, over an earlier one.
    function register(string calldata ageRecipient, string calldata blobEndpoint) external;

    /// @notice Takes the caller's record back.
    function remove() external;

    /// @notice A prover's record. Reverts for an unknown prover.
    function proverOf(address prover) external view returns (Prover memory);

    /// @notice Whether the address has a record.
    function isRegistered(address prover) external view returns (bool);
}
