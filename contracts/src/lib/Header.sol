// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind} from "../interfaces/Types.sol";

/// @title The first word of a statement
library Header {
    /// @notice Statement version that this market speaks.
    uint32 internal constant VERSION = 1;

    uint32 private constant INPUT_PRIVATE = 1 << 16;
    uint32 private constant WEIGHTS_PRIVATE = 1 << 17;
    uint32 private constant OUTPUT_PRIVATE = 1 << 18;

    /// @notice version | kind << 8 | input private << 16 | weights private << 17 | output private << 18
    function pack(Kind kind, bool inputPrivate, bool weightsPrivate, bool outputPrivate)
        internal
        pure
        returns (uint32 word)
    {
        word = VERSION | (uint32(kind) << 8);
        if (inputPrivate) word |= INPUT_PRIVATE;
        if (weightsPrivate) word |= WEIGHTS_PRIVATE;
        if (outputPrivate) word |= OUTPUT_PRIVATE;
    }

    /// @notice The kind that a header names.
    function kindOf(uint32 word) internal pure returns (Kind) {
        // casting to 'uint8' is safe because it cuts out the kind's byte on purpose
        // forge-lint: disable-next-line(unsafe-typecast)
        return Kind(uint8(word >> 8));
    }

    /// @notice Whether a header marks the output as private.
    function outputIsPrivate(uint32 word) internal pure returns (bool) {
        return word & OUTPUT_PRIVATE != 0;
    }
}
