// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofConsumer} from "./interfaces/IProofConsumer.sol";

/// @title Calls a requester's contract
/// @notice Has no rights anywhere, so a consumer that answers with a call of its own calls as nobody in particular.
/// What the consumer returns is not even copied.
contract CallbackForwarder {
    /// @notice Only the market may use this.
    error NotMarket(address caller);

    /// @notice The market that deployed this.
    address public immutable market;

    constructor() {
        market = msg.sender;
    }

    /// @notice Calls `consumer` with at most `gasLimit` gas and tells whether it went through.
    function forward(
        address consumer,
        uint256 gasLimit,
        bytes32 requestId,
        bytes32 outputDigest,
        uint64[3] calldata result
    ) external returns (bool succeeded) {
        require(msg.sender == market, NotMarket(msg.sender));
        bytes memory data = abi.encodeCall(IProofConsumer.onFulfilled, (requestId, outputDigest, result));
        // Solidity copies whatever is returned, and a bomb of it would be paid by the prover.
        assembly ("memory-safe") {
            succeeded := call(gasLimit, consumer, 0, add(data, 0x20), mload(data), 0, 0)
        }
    }
}
