// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Changes that everybody can see coming
/// @notice An owner proposes, and after `delay` the proposal can be activated. Nobody's funds or running
/// requests depend on the owner: a change only ever adds a choice.
interface ITimelocked {
    /// @notice A proposal was made; it can be activated from `activeFrom`.
    event Proposed(bytes32 indexed proposal, uint64 activeFrom);
    /// @notice A proposal was withdrawn before it was activated.
    event ProposalDropped(bytes32 indexed proposal);

    /// @notice The delay is shorter than public chains allow.
    error DelayTooShort(uint64 minimum, uint64 got);
    /// @notice Nobody proposed this, or it was dropped or activated already.
    error NotProposed(bytes32 proposal);
    /// @notice The proposal exists already.
    error AlreadyProposed(bytes32 proposal);
    /// @notice The delay is not over.
    error TooEarly(uint64 activeFrom, uint64 now_);

    /// @notice Withdraws a proposal.
    function drop(bytes32 proposal) external;

    /// @notice Seconds between a proposal and its activation.
    function delay() external view returns (uint64);

    /// @notice When a proposal can be activated; zero when there is none.
    function proposedFrom(bytes32 proposal) external view returns (uint64);
}
