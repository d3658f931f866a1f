// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Digests of the Goldilocks field
/// @notice A digest is four field elements in one word, element 0 in the least significant 64 bits. An element
/// that is not below the field's order has a second encoding, so every entry point refuses it.
library Goldilocks {
    /// @notice The field's order, 2^64 - 2^32 + 1.
    uint64 internal constant ORDER = 0xFFFFFFFF00000001;
    uint256 private constant LIMB = type(uint64).max;
    /// @notice Limbs of a digest.
    uint256 internal constant LIMBS = 4;

    /// @notice A limb of a digest is not a canonical Goldilocks element.
    error NonCanonicalDigest(bytes32 digest, uint256 limb);
    /// @notice A digest that must not be zero is zero.
    error ZeroDigest();

    /// @notice Returns limb `index` of a digest.
    function limb(bytes32 digest, uint256 index) internal pure returns (uint64) {
        return uint64(uint256(digest) >> (64 * index));
    }

    /// @notice Whether all four limbs are canonical.
    function isDigest(bytes32 digest) internal pure returns (bool) {
        uint256 word = uint256(digest);
        return (word & LIMB) < ORDER && (word >> 64 & LIMB) < ORDER && (word >> 128 & LIMB) < ORDER
            && (word >> 192) < ORDER;
    }

    /// @notice Reverts unless all four limbs are canonical.
    function requireDigest(bytes32 digest) internal pure {
        for (uint256 i = 0; i < LIMBS; ++i) {
            require(limb(digest, i) < ORDER, NonCanonicalDigest(digest, i));
        }
    }

    /// @notice Reverts unless all four limbs are canonical and one of them is not zero.
    function requireNonZeroDigest(bytes32 digest) internal pure {
        require(digest != 0, ZeroDigest());
        requireDigest(digest);
    }
}
