// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Timelocked} from "./Timelocked.sol";
import {ICircuitRegistry} from "./interfaces/ICircuitRegistry.sol";
import {Goldilocks} from "./lib/Goldilocks.sol";

/// @notice See {ICircuitRegistry}.
contract CircuitRegistry is ICircuitRegistry, Timelocked {
    /// @notice Attestations of one circuit, so that {isAttested} stays cheap for contracts that ask.
    uint256 public constant MAX_ATTESTATIONS = 16;

    /// @inheritdoc ICircuitRegistry
    mapping(address attester => bool) public isAttester;
    mapping(bytes32 circuit => Attestation[]) private _attestations;

    /// @param attester the first attester, named at deployment and so visible to everybody from the start
    constructor(address owner_, uint64 delay_, address attester) Timelocked(owner_, delay_) {
        isAttester[attester] = true;
        emit AttesterAdded(attester);
    }

    /// @inheritdoc ICircuitRegistry
    function attest(bytes32 circuit, bytes32 cardHash) external {
        require(isAttester[msg.sender], NotAttester(msg.sender));
        Goldilocks.requireDigest(circuit);
        (bool found,) = _find(circuit, msg.sender);
        require(!found, AlreadyAttested(circuit, msg.sender));
        Attestation[] storage list = _attestations[circuit];
        if (list.length == MAX_ATTESTATIONS) _makeRoom(circuit);

        list.push(Attestation(msg.sender, uint64(block.timestamp), cardHash));
        emit CircuitAttested(circuit, msg.sender, cardHash);
    }

    /// @inheritdoc ICircuitRegistry
    function revoke(bytes32 circuit) external {
        (bool found, uint256 index) = _find(circuit, msg.sender);
        require(found, NotAttested(circuit, msg.sender));
        _remove(circuit, index);
    }

    /// @inheritdoc ICircuitRegistry
    function proposeAttester(address attester) external {
        require(!isAttester[attester], AlreadyAttester(attester));
        (uint64 activeFrom, uint64 activeUntil) = _propose(attester, bytes32(0));
        emit AttesterProposed(attester, activeFrom, activeUntil);
    }

    /// @inheritdoc ICircuitRegistry
    function addAttester(address attester) external {
        _activate(attester, bytes32(0));
        isAttester[attester] = true;
        emit AttesterAdded(attester);
    }

    /// @inheritdoc ICircuitRegistry
    function removeAttester(address attester) external onlyOwner {
        require(isAttester[attester], NotAttester(attester));
        // It has no proposal that could bring it back: a present attester cannot be proposed.
        isAttester[attester] = false;
        emit AttesterRemoved(attester);
    }

    /// @inheritdoc ICircuitRegistry
    function isAttested(bytes32 circuit) external view returns (bool) {
        Attestation[] storage list = _attestations[circuit];
        for (uint256 i = 0; i < list.length; ++i) {
            if (isAttester[list[i].attester]) return true;
        }
        return false;
    }

    /// @inheritdoc ICircuitRegistry
    function isAttestedBy(bytes32 circuit, address attester) external view returns (bool) {
        (bool found,) = _find(circuit, attester);
        return found && isAttester[attester];
    }

    /// @inheritdoc ICircuitRegistry
    function attestationsOf(bytes32 circuit) external view returns (Attestation[] memory) {
        return _attestations[circuit];
    }

    /// @dev A full list gives up the word of somebody who is no attester any more; it counts for nothing.
    function _makeRoom(bytes32 circuit) private {
        Attestation[] storage list = _attestations[circuit];
        for (uint256 i = 0; i < list.length; ++i) {
            if (!isAttester[list[i].attester]) return _remove(circuit, i);
        }
        revert TooManyAttestations(MAX_ATTESTATIONS);
    }

    function _remove(bytes32 circuit, uint256 index) private {
        Attestation[] storage list = _attestations[circuit];
        address attester = list[index].attester;
        list[index] = list[list.length - 1];
        list.pop();
        emit AttestationRevoked(circuit, attester);
    }

    function _find(bytes32 circuit, address attester) private view returns (bool, uint256) {
        Attestation[] storage list = _attestations[circuit];
        for (uint256 i = 0; i < list.length; ++i) {
            if (list[i].attester == attester) return (true, i);
        }
        return (false, 0);
    }
}
