// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ITimelocked} from "./interfaces/ITimelocked.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";

/// @notice See {ITimelocked}.
abstract contract Timelocked is ITimelocked, Ownable2Step {
    /// @notice Shortest delay outside development chains: time to see a proposal and to withdraw.
    uint64 public constant MIN_DELAY = 2 days;
    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    /// @inheritdoc ITimelocked
    uint64 public immutable delay;
    /// @inheritdoc ITimelocked
    mapping(bytes32 proposal => uint64) public proposedFrom;

    constructor(address owner_, uint64 delay_) Ownable(owner_) {
        require(block.chainid == DEVELOPMENT_CHAIN || delay_ >= MIN_DELAY, DelayTooShort(MIN_DELAY, delay_));
        delay = delay_;
    }

    /// @inheritdoc ITimelocked
    function drop(bytes32 proposal) external onlyOwner {
        require(proposedFrom[proposal] != 0, NotProposed(proposal));
        delete proposedFrom[proposal];
        emit ProposalDropped(proposal);
    }

    /// @dev Starts a proposal's delay.
    function _propose(bytes32 proposal) internal onlyOwner {
        require(proposedFrom[proposal] == 0, AlreadyProposed(proposal));
        uint64 activeFrom = uint64(block.timestamp) + delay;
        proposedFrom[proposal] = activeFrom;
        emit Proposed(proposal, activeFrom);
    }

    /// @dev Ends a proposal whose delay is over; reverts for any other.
    function _consume(bytes32 proposal) internal {
        uint64 activeFrom = proposedFrom[proposal];
        require(activeFrom != 0, NotProposed(proposal));
        require(block.timestamp >= activeFrom, TooEarly(activeFrom, uint64(block.timestamp)));
        delete proposedFrom[proposal];
    }
}
