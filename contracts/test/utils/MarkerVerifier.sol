// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";

/// @notice Stands in for the generated verifier where a test is about money, not about proofs. Its one true proof
/// of eight inputs is their hash, so a proof for any other statement fails as a real one would. Proofs themselves
/// are tested against the generated verifier in Groth16Verifier.t.sol.
contract MarkerVerifier is IGroth16Verifier {
    bytes32 public immutable VERIFYING_KEY_DIGEST;
    bool public constant INSECURE_DEV = true;

    constructor(bytes32 digest) {
        VERIFYING_KEY_DIGEST = digest;
    }

    function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) public view virtual {
        require(keccak256(abi.encode(proof)) == keccak256(abi.encode(markerOf(inputs))), ProofInvalid());
    }

    /// @dev Eight full words, so that calldata costs what a real proof's costs.
    function markerOf(uint256[8] memory inputs) public pure returns (uint256[8] memory marker) {
        uint256 seed = uint256(keccak256(abi.encode("marker", inputs)));
        for (uint256 i = 0; i < 8; ++i) {
            marker[i] = uint256(keccak256(abi.encode(seed, i)));
        }
    }
}

/// @notice Accepts everything: what a verifier must not be.
contract YesVerifier is IGroth16Verifier {
    bytes32 public constant VERIFYING_KEY_DIGEST = keccak256("yes");
    bool public constant INSECURE_DEV = true;

    function verifyProof(uint256[8] calldata, uint256[8] calldata) external pure {}
}
