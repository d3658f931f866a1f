// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./interfaces/ITimelocked.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @notice See {ITimelocked}.
abstract contract Timelocked is ITimelocked, Ownable2Step {
    /// @dev One proposal of a subject; `content` commits to everything that activating it will do.
    struct Proposal {
        bytes32 content;
        uint64 activeFrom;
    }

    /// @notice Shortest delay outside development chains: above the longest life of a request plus the longest
    /// pause, so that whoever is bound by a request is free before a change takes effect.
    uint64 public constant MIN_DELAY = 21 days;
    /// @notice How long a proposal can be activated: an old one must not take effect when nobody looks any more.
    uint64 public constant ACTIVATION_WINDOW = 14 days;
    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    /// @inheritdoc ITimelocked
    uint64 public immutable delay;
    mapping(address subject => Proposal) private _proposals;

    constructor(address owner_, uint64 delay_) Ownable(owner_) {
        require(block.chainid == DEVELOPMENT_CHAIN || delay_ >= MIN_DELAY, DelayTooShort(MIN_DELAY, delay_));
        delay = delay_;
    }

    /// @inheritdoc ITimelocked
    function withdrawProposal(address subject) external onlyOwner {
        require(_proposals[subject].activeFrom != 0, NotProposed(subject));
        _withdraw(subject);
    }

    /// @inheritdoc ITimelocked
    function proposalOf(address subject) external view returns (uint64 activeFrom, uint64 activeUntil) {
        activeFrom = _proposals[subject].activeFrom;
        activeUntil = activeFrom == 0 ? 0 : activeFrom + ACTIVATION_WINDOW;
    }

    /// @dev Starts the delay of a subject's proposal.
    function _propose(address subject, bytes32 content)
        internal
        onlyOwner
        returns (uint64 activeFrom, uint64 activeUntil)
    {
        uint64 earlier = _proposals[subject].activeFrom;
        require(earlier == 0 || block.timestamp >= earlier + ACTIVATION_WINDOW, AlreadyProposed(subject));
        activeFrom = uint64(block.timestamp) + delay;
        activeUntil = activeFrom + ACTIVATION_WINDOW;
        _proposals[subject] = Proposal(content, activeFrom);
    }

    /// @dev Ends a proposal whose time has come; reverts for any other.
    function _activate(address subject, bytes32 content) internal {
        Proposal memory proposal = _proposals[subject];
        uint64 t = uint64(block.timestamp);
        uint64 activeUntil = proposal.activeFrom + ACTIVATION_WINDOW;
        require(proposal.activeFrom != 0, NotProposed(subject));
        require(t >= proposal.activeFrom, TooEarly(proposal.activeFrom, t));
        require(t < activeUntil, ProposalExpired(activeUntil, t));
        require(proposal.content == content, ProposalChanged(subject));
        delete _proposals[subject];
    }

    /// @dev Withdraws the subject's proposal if there is one.
    function _withdraw(address subject) internal {
        if (_proposals[subject].activeFrom == 0) return;
        delete _proposals[subject];
        emit ProposalWithdrawn(subject);
    }
}
