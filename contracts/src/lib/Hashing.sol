// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Request, Snapshot, Terms} from "../interfaces/MarketTypes.sol";

/// @title Hashes of structs that are all words
/// @notice `abi.encode` of such a struct is what stands in the calldata, so it is hashed as it stands. A word that does
/// not fit its type gives a hash that nothing was stored under.
library Hashing {
    // Words of the structs; solidity's assembly takes plain numbers only.
    uint256 private constant TERMS_BYTES = 0x200; // 16 words
    uint256 private constant SNAPSHOT_BYTES = 0x100; // 8 words
    uint256 private constant REQUEST_BYTES = 0x340; // 2 + 16 + 8 words

    /// @notice keccak256(abi.encode(terms)).
    function hash(Terms calldata terms) internal pure returns (bytes32) {
        return _hash(_offset(terms), TERMS_BYTES);
    }

    /// @notice keccak256(abi.encode(request)).
    function hash(Request calldata request) internal pure returns (bytes32 digest) {
        uint256 offset;
        assembly ("memory-safe") {
            offset := request
        }
        return _hash(offset, REQUEST_BYTES);
    }

    /// @notice keccak256(abi.encode(Request(requester, nonce, terms, snapshot))).
    function hash(address requester, uint64 nonce, Terms calldata terms, Snapshot memory snapshot)
        internal
        pure
        returns (bytes32 digest)
    {
        uint256 offset = _offset(terms);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, requester)
            mstore(add(free, 0x20), nonce)
            calldatacopy(add(free, 0x40), offset, TERMS_BYTES)
            mcopy(add(free, add(0x40, TERMS_BYTES)), snapshot, SNAPSHOT_BYTES)
            digest := keccak256(free, REQUEST_BYTES)
        }
    }

    /// @notice keccak256(abi.encode(typehash, terms)): the hashStruct of EIP-712.
    function hashStruct(bytes32 typehash, Terms calldata terms) internal pure returns (bytes32 digest) {
        uint256 offset = _offset(terms);
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typehash)
            calldatacopy(add(free, 0x20), offset, TERMS_BYTES)
            digest := keccak256(free, add(TERMS_BYTES, 0x20))
        }
    }

    function _offset(Terms calldata terms) private pure returns (uint256 offset) {
        assembly ("memory-safe") {
            offset := terms
        }
    }

    function _hash(uint256 offset, uint256 length) private pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, offset, length)
            digest := keccak256(free, length)
        }
    }
}
