// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {Statement} from "../../src/interfaces/Types.sol";
import {MarkerVerifier} from "./MarkerVerifier.sol";

/// @notice A marker that says of itself that its key is no development key: what a public chain takes.
contract PublicMarkerVerifier is IGroth16Verifier {
    bool public constant INSECURE_DEV = false;
    bytes32 public immutable VERIFYING_KEY_DIGEST;
    MarkerVerifier private immutable _marker;

    constructor(bytes32 digest) {
        (VERIFYING_KEY_DIGEST, _marker) = (digest, new MarkerVerifier(digest));
    }

    function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) external view {
        _marker.verifyProof(proof, inputs);
    }

    function markerOf(uint256[8] memory inputs) external view returns (uint256[8] memory) {
        return _marker.markerOf(inputs);
    }
}

/// @notice An adapter whose constructor looked at nothing; it answers whatever it was told to.
contract CarelessAdapter is IVerifierAdapter {
    bytes32 public immutable verifierId;
    bool public immutable isInsecure;
    bool private immutable _acceptsAll;

    error FalseProof();

    constructor(bytes32 verifierId_, bool isInsecure_, bool acceptsAll) {
        (verifierId, isInsecure, _acceptsAll) = (verifierId_, isInsecure_, acceptsAll);
    }

    function verify(Statement calldata, bytes calldata) external view {
        require(_acceptsAll, FalseProof());
    }
}

/// @notice Writes down what it was asked, by failing with it.
contract AskedAdapter is IVerifierAdapter {
    bytes32 public constant verifierId = keccak256("asked");
    bool public constant isInsecure = false;
    bytes32 private immutable _expected;

    constructor(bytes32 expected) {
        _expected = expected;
    }

    /// @dev Accepts the one call that it expects, and refuses all others.
    function verify(Statement calldata statement, bytes calldata seal) external view {
        require(keccak256(abi.encode(statement, seal)) == _expected, SealLength(0, 0));
    }
}
