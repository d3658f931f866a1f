// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Terms} from "../interfaces/MarketTypes.sol";
import {Hashing} from "./Hashing.sol";

/// @title Names of requests and of their locks in the vault
library RequestId {
    /// @notice Commits to everything that the requester asked for, so a reorganized chain cannot put another
    /// request under a bid.
    function compute(address market, address requester, uint64 nonce, Terms calldata terms)
        internal
        view
        returns (bytes32)
    {
        return keccak256(abi.encode(block.chainid, market, requester, nonce, Hashing.hash(terms)));
    }

    /// @notice Lock of the requester's price limit and fee.
    function escrowKey(bytes32 requestId) internal pure returns (bytes32) {
        return requestId;
    }

    /// @notice Lock of the collateral behind a round's best bid; after a default, of the bounty that waits in it.
    function collateralKey(bytes32 requestId, uint32 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(requestId, round));
    }
}
