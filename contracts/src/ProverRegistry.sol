// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProverRegistry} from "./interfaces/IProverRegistry.sol";

/// @notice See {IProverRegistry}.
contract ProverRegistry is IProverRegistry {
    /// @notice An X25519 recipient has 62 characters; the rest is room for longer kinds.
    uint256 public constant MAX_AGE_RECIPIENT_BYTES = 128;
    /// @notice Enough for a web address.
    uint256 public constant MAX_BLOB_ENDPOINT_BYTES = 256;

    mapping(address prover => Prover) private _provers;

    /// @inheritdoc IProverRegistry
    function register(string calldata ageRecipient, string calldata blobEndpoint) external {
        uint256 recipientLength = bytes(ageRecipient).length;
        require(
            recipientLength != 0 && recipientLength <= MAX_AGE_RECIPIENT_BYTES,
            AgeRecipientLength(MAX_AGE_RECIPIENT_BYTES, recipientLength)
        );
        uint256 endpointLength = bytes(blobEndpoint).length;
        require(
            endpointLength <= MAX_BLOB_ENDPOINT_BYTES,
            BlobEndpointLength(MAX_BLOB_ENDPOINT_BYTES, endpointLength)
        );

        _provers[msg.sender] = Prover(ageRecipient, blobEndpoint, uint64(block.timestamp));
        emit ProverRegistered(msg.sender, ageRecipient, blobEndpoint);
    }

    /// @inheritdoc IProverRegistry
    function remove() external {
        require(isRegistered(msg.sender), UnknownProver(msg.sender));
        delete _provers[msg.sender];
        emit ProverRemoved(msg.sender);
    }

    /// @inheritdoc IProverRegistry
    function proverOf(address prover) external view returns (Prover memory) {
        require(isRegistered(prover), UnknownProver(prover));
        return _provers[prover];
    }

    /// @inheritdoc IProverRegistry
    function isRegistered(address prover) public view returns (bool) {
        return _provers[prover].updatedAt != 0;
    }
}
