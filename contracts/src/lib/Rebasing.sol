// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../interfaces/IVault.sol";

/// @title Tokens whose balances change by themselves
/// @notice A ledger of plain amounts cannot follow them. There is no standard that they share; what is known by its
/// functions is refused, and a deployment's check list asks for the rest.
library Rebasing {
    /// @notice Reverts when the token answers to a function that only rebasing tokens have.
    function refuse(address token) internal view {
        bytes4[6] memory selectors = [
            bytes4(keccak256("sharesOf(address)")),
            bytes4(keccak256("scaledBalanceOf(address)")),
            bytes4(keccak256("scaledTotalSupply()")),
            bytes4(keccak256("rebasingCreditsPerToken()")),
            bytes4(keccak256("gonsForBalance(uint256)")),
            bytes4(keccak256("getPooledEthByShares(uint256)"))
        ];
        for (uint256 i = 0; i < selectors.length; ++i) {
            // One word of argument fits all of them.
            (bool ok, bytes memory answer) =
                token.staticcall(abi.encodePacked(selectors[i], uint256(uint160(address(this)))));
            require(!ok || answer.length != 32, IVault.RebasingToken(selectors[i]));
        }
    }
}
