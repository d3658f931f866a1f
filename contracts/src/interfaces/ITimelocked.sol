// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// @title Changes that everybody can see coming
/// @notice An owner proposes; after `delay` anyone may activate the proposal, for `ACTIVATION_WINDOW`. Each contract
/// names what is proposed in an event of its own. A subject has one proposal at a time, and whatever removes the
/// subject withdraws its proposal too, so an old one never brings it back.
///
/// What the owner can do without a delay is listed in each contract: it only ever takes a choice away.
interface ITimelocked {
    /// @notice A proposal was withdrawn before it was activated, by hand or because its subject was removed.
    event ProposalWithdrawn(address indexed subject);

    /// @notice The delay is shorter than public chains allow.
    error DelayTooShort(uint64 minimum, uint64 got);
    /// @notice There is no proposal for the subject: none was made, or it was withdrawn or activated.
    error NotProposed(address subject);
    /// @notice The subject has a proposal that has not ended.
    error AlreadyProposed(address subject);
    /// @notice The delay is not over.
    error TooEarly(uint64 activeFrom, uint64 now_);
    /// @notice The proposal was not activated in time.
    error ProposalExpired(uint64 activeUntil, uint64 now_);
    /// @notice What is proposed is not what stands at the address now.
    error ProposalChanged(address subject);

    /// @notice Withdraws a proposal. Owner only.
    function withdrawProposal(address subject) external;

    /// @notice Seconds between a proposal and the moment from which it can be activated.
    function delay() external view returns (uint64);

    /// @notice From when until when a proposal can be activated; zero when there is none.
    function proposalOf(address subject) external view returns (uint64 activeFrom, uint64 activeUntil);
}
