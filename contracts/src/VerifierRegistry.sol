// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Timelocked} from "./Timelocked.sol";
import {IVerifierAdapter} from "./interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Statement} from "./interfaces/Types.sol";

/// @notice See {IVerifierRegistry}.
contract VerifierRegistry is IVerifierRegistry, Timelocked {
    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    mapping(bytes32 verifierId => address adapter) private _adapters;
    /// @inheritdoc IVerifierRegistry
    mapping(bytes32 verifierId => bool) public isTombstoned;

    constructor(address owner_, uint64 delay_) Timelocked(owner_, delay_) {}

    /// @inheritdoc IVerifierRegistry
    function proposeVerifier(address adapter) external {
        require(adapter.code.length != 0, NoCode(adapter));
        (uint64 activeFrom, uint64 activeUntil) = _propose(adapter, adapter.codehash);
        emit VerifierProposed(adapter, adapter.codehash, activeFrom, activeUntil);
    }

    /// @inheritdoc IVerifierRegistry
    function addVerifier(address adapter) external returns (bytes32 verifierId) {
        // Names the code too: what is listed is what everybody could look at.
        _activate(adapter, adapter.codehash);
        verifierId = IVerifierAdapter(adapter).verifierId();
        require(verifierId != bytes32(0), NoVerifierId(adapter));
        require(_adapters[verifierId] == address(0), VerifierExists(verifierId));
        // The generated verifier guards its own constructor; a list that money relies on looks for itself.
        require(
            !IVerifierAdapter(adapter).isInsecure() || block.chainid == DEVELOPMENT_CHAIN,
            InsecureVerifier(adapter, block.chainid)
        );
        _requireRefusesFalseProof(adapter);

        _adapters[verifierId] = adapter;
        emit VerifierAdded(verifierId, adapter);
    }

    /// @inheritdoc IVerifierRegistry
    function tombstone(bytes32 verifierId) external onlyOwner {
        address adapter = adapterOf(verifierId);
        isTombstoned[verifierId] = true;
        _withdraw(adapter);
        emit VerifierTombstoned(verifierId, adapter);
    }

    /// @inheritdoc IVerifierRegistry
    function adapterOf(bytes32 verifierId) public view returns (address adapter) {
        adapter = _adapters[verifierId];
        require(adapter != address(0), UnknownVerifier(verifierId));
        require(!isTombstoned[verifierId], VerifierIsTombstoned(verifierId));
    }

    /// @inheritdoc IVerifierRegistry
    function isListed(bytes32 verifierId) external view returns (bool) {
        return _adapters[verifierId] != address(0) && !isTombstoned[verifierId];
    }

    /// @dev A proof of valid points only: it gets as far as the pairing check, and can satisfy it by guessing
    /// discrete logarithms of the verifying key alone.
    function _requireRefusesFalseProof(address adapter) private view {
        Statement memory statement;
        statement.header = 1;
        bool accepted;
        try IVerifierAdapter(adapter).verify(statement, _falseSeal()) {
            accepted = true;
        } catch {}
        require(!accepted, AcceptsFalseProof(adapter));
    }

    /// @dev The generators: A and C of G1, B of G2 with its coordinates in the precompile's order.
    function _falseSeal() private pure returns (bytes memory) {
        return abi.encode(
            uint256(1),
            uint256(2),
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa,
            uint256(1),
            uint256(2)
        );
    }
}
