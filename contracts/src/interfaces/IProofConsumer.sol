// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title A requester that is a contract
/// @notice Called by the market's forwarder, once, after everything is settled. It gets what is proved, never output
/// bytes. Whatever it does, the prover is paid: it may run out of its gas, revert, or answer anything.
interface IProofConsumer {
    /// @notice A request of this contract was fulfilled.
    /// @param outputDigest commitment to the output
    /// @param result the statement's three result words; zero when the output is private
    function onFulfilled(bytes32 requestId, bytes32 outputDigest, uint64[3] calldata result) external;
}
