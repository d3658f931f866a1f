// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind} from "../interfaces/Types.sol";

/// @title What a proof is for
/// @notice A proof carries the context it was made for. Another chain, contract, request, round or payee has
/// another one, so a copied proof pays nobody but the prover who made it. The bytes that were delivered with the
/// proof are part of it, so whoever relays the proof cannot put others in their place.
library Context {
    /// @notice Separates contexts from every other hash.
    bytes32 internal constant DOMAIN = keccak256("assay.context.v2");
    /// @dev Clears the top bit of each 64-bit limb, which makes the limb a canonical Goldilocks element.
    uint256 private constant CLEAR_TOP_BITS =
        0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff;

    /// @notice Returns the context that a proof must carry.
    /// @param outputHash sha-256 of the output's bytes as delivered, inline or as a blob; zero when there are none
    /// @param outputInline whether the bytes travel with the proof: whoever relays it cannot leave them out
    function compute(
        uint256 chainId,
        address market,
        Kind kind,
        bytes32 requestId,
        uint32 round,
        address payee,
        bytes32 outputHash,
        bool outputInline
    ) internal pure returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                DOMAIN,
                chainId,
                market,
                uint256(kind),
                requestId,
                uint256(round),
                payee,
                outputHash,
                outputInline
            )
        );
        return bytes32(uint256(hash) & CLEAR_TOP_BITS);
    }
}
