// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofConsumer} from "../../src/interfaces/IProofConsumer.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @notice A contract that requests and bids. It takes a digest for its own signature, and any result.
contract Wallet is IERC1271, IProofConsumer {
    function isValidSignature(bytes32 digest, bytes calldata signature) external pure returns (bytes4) {
        return keccak256(signature) == keccak256(abi.encode(digest))
            ? IERC1271.isValidSignature.selector
            : bytes4(0);
    }

    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external virtual {}
}

/// @notice Refuses every result.
contract RefusingWallet is Wallet {
    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external pure override {
        revert("refused");
    }
}
