// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IVerifierAdapter} from "./interfaces/IVerifierAdapter.sol";
import {Statement} from "./interfaces/Types.sol";
import {StatementLib} from "./lib/StatementLib.sol";

/// @title From a statement and a seal to eight inputs and a proof
contract Groth16Adapter is IVerifierAdapter {
    /// @notice Bytes of a seal: eight big-endian words, in the order of the pairing precompile.
    uint256 public constant SEAL_BYTES = 256;

    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    /// @notice The generated verifier.
    IGroth16Verifier public immutable verifier;
    /// @inheritdoc IVerifierAdapter
    bytes32 public immutable verifierId;
    /// @inheritdoc IVerifierAdapter
    bool public immutable isInsecure;

    constructor(IGroth16Verifier verifier_) {
        isInsecure = verifier_.INSECURE_DEV();
        require(!isInsecure || block.chainid == DEVELOPMENT_CHAIN, InsecureOnPublicChain(block.chainid));
        verifier = verifier_;
        verifierId = verifier_.VERIFYING_KEY_DIGEST();
    }

    /// @inheritdoc IVerifierAdapter
    function verify(Statement calldata statement, bytes calldata seal) external view {
        require(seal.length == SEAL_BYTES, SealLength(SEAL_BYTES, seal.length));
        uint256 position = StatementLib.firstNonCanonical(statement);
        require(position == 24, NonCanonicalWord(position));
        verifier.verifyProof(abi.decode(seal, (uint256[8])), StatementLib.toInputs(statement));
    }
}
