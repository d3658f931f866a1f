// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title The generated Groth16 verifier over BN254
/// @notice Exported together with the verifying key; eight public inputs, one key for all models.
interface IGroth16Verifier {
    /// @notice The proof does not verify, or holds a point at infinity or off its curve.
    error ProofInvalid();
    /// @notice A public input is not below the scalar field's order. It is refused, never reduced.
    error InputNotInField(uint256 index);
    /// @notice A verifier from the insecure development setup was deployed outside chain 31337.
    error DevVerifierOnPublicChain(uint256 chainId);

    /// @notice Reverts unless the proof is valid for the inputs.
    /// @param proof A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y
    /// @param inputs the 24 statement words, three to an input
    function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) external view;

    /// @notice SHA-256 digest of the verifying key's binary form.
    function VERIFYING_KEY_DIGEST() external view returns (bytes32);

    /// @notice Whether anyone can forge proofs under this key.
    function INSECURE_DEV() external view returns (bool);
}
