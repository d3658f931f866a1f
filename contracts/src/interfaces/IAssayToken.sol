// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title The development token
/// @notice An ERC-20 with permit and six decimals that anyone may mint, on chain 31337 only.
interface IAssayToken {
    /// @notice Minting is for development chains.
    error NotDevelopmentChain(uint256 chainId);

    /// @notice Creates `amount` for `to`.
    function mint(address to, uint256 amount) external;
}
