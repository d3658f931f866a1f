// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../interfaces/IMarketErrors.sol";

/// @title Bytes that travel inside a call
library Inline {
    /// @notice Bytes of input or output: what a chain can carry without a blob.
    uint256 internal constant MAX_BYTES = 4096;

    /// @notice Reverts when inline bytes are too long, are private, or are others than those of the hash.
    function check(bytes calldata data, bytes32 hash, bool isPrivate) internal pure {
        if (data.length == 0) return;
        require(data.length <= MAX_BYTES, IMarketErrors.InlineTooLong(MAX_BYTES, data.length));
        require(!isPrivate, IMarketErrors.InvalidInline());
        bytes32 got = sha256(data);
        require(got == hash, IMarketErrors.WrongHash(hash, got));
    }
}
