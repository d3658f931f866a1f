// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Statement} from "./Types.sol";

/// @title One way to ask whether a proof is true
/// @notice Adapters return nothing and revert unless the seal proves the statement.
interface IVerifierAdapter {
    /// @notice The seal has the wrong length.
    error SealLength(uint256 expected, uint256 got);
    /// @notice A word of the statement is not a canonical Goldilocks element.
    error NonCanonicalWord(uint256 position);

    /// @notice The verifier's key is for development and this is another chain.
    error InsecureOnPublicChain(uint256 chainId);

    /// @notice Reverts unless `seal` proves `statement`.
    function verify(Statement calldata statement, bytes calldata seal) external view;

    /// @notice The id under which the verifier registry lists this adapter: the digest of its verifying key.
    function verifierId() external view returns (bytes32);

    /// @notice Whether anyone can forge proofs: the verifier's key was made from a public seed.
    function isInsecure() external view returns (bool);
}
