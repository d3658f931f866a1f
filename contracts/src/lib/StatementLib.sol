// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Statement} from "../interfaces/Types.sol";
import {Goldilocks} from "./Goldilocks.sol";

/// @title The 24 words of a statement and the eight field elements they are packed into
/// @notice Position: header 0, circuit 1-4, model 5-8, input 9-12, output 13-16, result 17-19, context 20-23.
library StatementLib {
    uint256 private constant LIMB = type(uint64).max;
    uint256 private constant TWO_LIMBS = type(uint128).max;
    uint256 private constant THREE_LIMBS = type(uint192).max;

    /// @notice Position of the first word that is not a canonical Goldilocks element, or 24.
    function firstNonCanonical(Statement calldata s) internal pure returns (uint256) {
        // The header has 32 bits and is always canonical. This is the common case, and it is paid for every time.
        if (
            Goldilocks.isDigest(s.circuit) && Goldilocks.isDigest(s.model) && Goldilocks.isDigest(s.input)
                && Goldilocks.isDigest(s.output) && s.result[0] < Goldilocks.ORDER
                && s.result[1] < Goldilocks.ORDER && s.result[2] < Goldilocks.ORDER
                && Goldilocks.isDigest(s.context)
        ) return 24;
        return _firstNonCanonical(s);
    }

    function _firstNonCanonical(Statement calldata s) private pure returns (uint256) {
        bytes32[4] memory digests = [s.circuit, s.model, s.input, s.output];
        for (uint256 i = 0; i < 4; ++i) {
            if (!Goldilocks.isDigest(digests[i])) return 1 + 4 * i + _firstLimb(digests[i]);
        }
        for (uint256 i = 0; i < 3; ++i) {
            if (s.result[i] >= Goldilocks.ORDER) return 17 + i;
        }
        return 20 + _firstLimb(s.context);
    }

    /// @notice Input k is w[3k] + w[3k+1] * 2^64 + w[3k+2] * 2^128, which is below 2^192 and so below the order
    /// of the scalar field. The words must be canonical.
    function toInputs(Statement calldata s) internal pure returns (uint256[8] memory inputs) {
        uint256 circuit = uint256(s.circuit);
        uint256 model = uint256(s.model);
        uint256 input = uint256(s.input);
        uint256 output = uint256(s.output);
        uint256 context = uint256(s.context);
        inputs[0] = uint256(s.header) | ((circuit & TWO_LIMBS) << 64);
        inputs[1] = (circuit >> 128) | ((model & LIMB) << 128);
        inputs[2] = model >> 64;
        inputs[3] = input & THREE_LIMBS;
        inputs[4] = (input >> 192) | ((output & TWO_LIMBS) << 64);
        inputs[5] = (output >> 128) | (uint256(s.result[0]) << 128);
        inputs[6] = uint256(s.result[1]) | (uint256(s.result[2]) << 64) | ((context & LIMB) << 128);
        inputs[7] = context >> 64;
    }

    function _firstLimb(bytes32 digest) private pure returns (uint256 index) {
        while (Goldilocks.limb(digest, index) < Goldilocks.ORDER) ++index;
    }
}
