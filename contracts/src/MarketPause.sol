// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofMarket} from "./interfaces/IProofMarket.sol";

/// @title A clock that can stand still for a while
/// @notice Deadlines are counted in the market's own time. A pause stops it, so every deadline moves by the length of
/// the pause without anything being written; a pause ends by itself, so nobody's escrow waits for the owner.
abstract contract MarketPause is IProofMarket {
    /// @dev In one slot, read by every transition.
    struct Pause {
        // Start of the pause in the chain's time; zero when there is none. It may be over by itself.
        uint64 pausedAt;
        // End of the last pause that was lifted, in the chain's time.
        uint64 liftedAt;
        // Length of all pauses that were lifted.
        uint64 behind;
    }

    /// @notice Longest pause.
    uint64 public constant MAX_PAUSE = 3 days;
    /// @notice Time from the end of one pause to the beginning of the next: above the longest life of a request, so that
    /// each request meets one pause at most.
    uint64 public constant PAUSE_COOLDOWN = 15 days;

    Pause private _pause;

    /// @inheritdoc IProofMarket
    function pause() external {
        _requireOwner();
        Pause memory p = _pause;
        require(p.pausedAt == 0, MarketIsPaused());
        uint64 t = uint64(block.timestamp);
        uint64 possibleFrom = p.liftedAt == 0 ? 0 : p.liftedAt + PAUSE_COOLDOWN;
        require(t >= possibleFrom, PausedTooRecently(possibleFrom));

        emit Paused(t - p.behind, t + MAX_PAUSE);
        _pause.pausedAt = t;
    }

    /// @inheritdoc IProofMarket
    function unpause() external {
        Pause memory p = _pause;
        require(p.pausedAt != 0, MarketIsNotPaused());
        if (_isPaused(p)) _requireOwner();

        uint64 end = _pauseEnd(p);
        uint64 behind = p.behind + end - p.pausedAt;
        _pause = Pause(0, end, behind);
        emit Unpaused(uint64(block.timestamp) - behind, behind);
    }

    /// @inheritdoc IProofMarket
    function clock() public view returns (uint64) {
        (uint64 t,) = _clock();
        return t;
    }

    /// @inheritdoc IProofMarket
    function isPaused() external view returns (bool) {
        return _isPaused(_pause);
    }

    /// @dev The market's time, and whether it stands still.
    function _clock() internal view returns (uint64 t, bool paused) {
        t = uint64(block.timestamp) - _pause.behind;
        if (_pause.pausedAt == 0) return (t, false);
        Pause memory p = _pause;
        return (t - (_pauseEnd(p) - p.pausedAt), _isPaused(p));
    }

    /// @dev The market's time; reverts while it stands still.
    function _running() internal view returns (uint64) {
        (uint64 t, bool paused) = _clock();
        require(!paused, MarketIsPaused());
        return t;
    }

    /// @dev Who may pause.
    function _owner() internal view virtual returns (address);

    function _requireOwner() private view {
        require(msg.sender == _owner(), NotOwner(msg.sender));
    }

    function _isPaused(Pause memory p) private view returns (bool) {
        return p.pausedAt != 0 && block.timestamp < p.pausedAt + MAX_PAUSE;
    }

    /// @dev End of a pause that began: now, or when it was over by itself.
    function _pauseEnd(Pause memory p) private view returns (uint64) {
        uint64 last = p.pausedAt + MAX_PAUSE;
        return block.timestamp < last ? uint64(block.timestamp) : last;
    }
}
