// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, Statement} from "../../src/interfaces/Types.sol";
import {Context} from "../../src/lib/Context.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {Header} from "../../src/lib/Header.sol";
import {StatementLib} from "../../src/lib/StatementLib.sol";

/// @notice Makes the libraries callable from tests.
contract StatementHarness {
    bytes32 public constant DOMAIN = Context.DOMAIN;

    function toInputs(Statement calldata s) external pure returns (uint256[8] memory) {
        return StatementLib.toInputs(s);
    }

    function firstNonCanonical(Statement calldata s) external pure returns (uint256) {
        return StatementLib.firstNonCanonical(s);
    }

    function requireDigest(bytes32 digest) external pure {
        Goldilocks.requireDigest(digest);
    }

    function limb(bytes32 digest, uint256 index) external pure returns (uint64) {
        return Goldilocks.limb(digest, index);
    }

    function context(
        uint256 chainId,
        address market,
        Kind kind,
        bytes32 requestId,
        uint32 round,
        address payee,
        bytes32 outputHash,
        bool outputInline
    ) external pure returns (bytes32) {
        return Context.compute(chainId, market, kind, requestId, round, payee, outputHash, outputInline);
    }

    function header(Kind kind, bool inputPrivate, bool weightsPrivate, bool outputPrivate)
        external
        pure
        returns (uint32)
    {
        return Header.pack(kind, inputPrivate, weightsPrivate, outputPrivate);
    }

    function kindOf(uint32 word) external pure returns (Kind) {
        return Header.kindOf(word);
    }

    function outputIsPrivate(uint32 word) external pure returns (bool) {
        return Header.outputIsPrivate(word);
    }
}
