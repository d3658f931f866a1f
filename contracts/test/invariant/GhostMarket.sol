// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Status} from "../../src/interfaces/Types.sol";
import {GhostLedger} from "./GhostLedger.sol";

/// @notice What the market should be doing, written down a second time from the rules: its clock, the statuses by time,
/// what is refused and why, and where the money goes at every exit. None of the market's libraries is used.
abstract contract GhostMarket is GhostLedger {
    /// @param ended None while it lives, else how it ended
    struct Life {
        bytes32 id;
        uint32 round;
        uint32 extensions;
        uint64 openedAt;
        uint64 biddingDeadline;
        address prover;
        uint128 price;
        Status ended;
        uint64 fulfilledAt;
    }

    uint64 internal constant MAX_PAUSE = 3 days;
    uint64 internal constant PAUSE_COOLDOWN = 15 days;
    uint256 internal constant ROUNDS = 3;
    uint256 internal constant EXTENSIONS = 5;

    Life[] internal lives;
    mapping(uint256 index => Request) internal made;
    mapping(bytes32 id => bool) internal exists;
    mapping(bytes32 id => mapping(address prover => bool)) internal defaulted;
    mapping(bytes32 verifierId => bool) internal listed;
    mapping(bytes32 verifierId => bool) internal tombstoned;

    /// @dev The market's time, added up second by second and not computed from pauses.
    uint64 public ghostClock;
    uint64 private _seen;
    // In the chain's time; both zero when no pause was begun.
    uint64 internal pausedAt;
    uint64 internal liftedAt;

    // --- Time ------------------------------------------------------------------------------------------------

    function _startClock() internal {
        (ghostClock, _seen) = (uint64(block.timestamp), uint64(block.timestamp));
    }

    /// @dev Only running time counts.
    function _warp(uint256 to) internal {
        uint64 from = _seen;
        if (to <= from) return;
        uint64 running = uint64(to) - from;
        if (pausedAt != 0) {
            uint64 end = pausedAt + MAX_PAUSE;
            running = to <= end ? 0 : uint64(to) - (from > end ? from : end);
        }
        ghostClock += running;
        _seen = uint64(to);
        vm.warp(to);
    }

    /// @dev When the market's clock will show `t`, in the chain's time.
    function _chainTimeOf(uint64 t) internal view returns (uint256) {
        uint256 start = _isPaused() ? pausedAt + MAX_PAUSE : block.timestamp;
        return t <= ghostClock ? block.timestamp : start + (t - ghostClock);
    }

    function _isPaused() internal view returns (bool) {
        return pausedAt != 0 && block.timestamp < pausedAt + MAX_PAUSE;
    }

    function statusAt(uint256 index, uint64 t) public view returns (Status) {
        Life storage l = lives[index];
        if (l.ended != Status.None) return l.ended;
        Terms storage terms = made[index].terms;
        if (tombstoned[terms.verifierId]) return Status.Voided;
        if (l.prover == address(0)) return t >= terms.expiresAt ? Status.Expired : Status.Open;
        if (t < l.biddingDeadline) return Status.Open;
        return t < l.biddingDeadline + terms.provingWindow ? Status.Assigned : Status.Overdue;
    }

    function _now(uint256 index) internal view returns (Status) {
        return statusAt(index, ghostClock);
    }

    function _provingDeadline(uint256 index) internal view returns (uint64) {
        return lives[index].biddingDeadline + made[index].terms.provingWindow;
    }

    // --- Names -----------------------------------------------------------------------------------------------

    function _idOf(address requester, uint64 nonce, Terms memory terms) internal view returns (bytes32) {
        return
            keccak256(
                abi.encode(block.chainid, address(market), requester, nonce, keccak256(abi.encode(terms)))
            );
    }

    function _collateralKey(bytes32 id, uint256 round) internal pure returns (bytes32) {
        return keccak256(abi.encode(id, round));
    }

    // --- What is refused, and why ----------------------------------------------------------------------------

    function _whyNotRequest(address requester, uint64 nonce, Terms memory t, Listing memory l)
        internal
        view
        returns (bytes4)
    {
        if (_isPaused()) return IMarketErrors.MarketIsPaused.selector;
        if (t.kind != Kind.Inference) return IMarketErrors.KindNotSupported.selector;
        if (l.deprecated) return IMarketErrors.ModelIsDeprecated.selector;
        if (l.fee > t.maxFee) return IMarketErrors.FeeTooHigh.selector;
        if (l.soleProver != address(0) && (t.maxPrice != l.provingPrice || t.instantPrice != l.provingPrice))
        {
            return IMarketErrors.PriceNotPosted.selector;
        }
        uint256 earliest = _roundEnd(ghostClock + t.biddingWindow, t.provingWindow);
        if (t.expiresAt < earliest || t.expiresAt > ghostClock + 14 days) {
            return IMarketErrors.InvalidExpiry.selector;
        }
        if (!listed[t.verifierId]) return IVerifierRegistry.UnknownVerifier.selector;
        if (tombstoned[t.verifierId]) return IVerifierRegistry.VerifierIsTombstoned.selector;
        if (exists[_idOf(requester, nonce, t)]) return IMarketErrors.RequestExists.selector;
        return _whyNotLock(address(market), requester, t.maxPrice + l.fee, 0);
    }

    function _whyNotBid(uint256 index, address prover, uint32 round, uint128 price)
        internal
        view
        returns (bytes4)
    {
        Life storage l = lives[index];
        if (_isPaused()) return IMarketErrors.MarketIsPaused.selector;
        if (round != l.round) return IMarketErrors.WrongRound.selector;
        if (_now(index) != Status.Open) return IMarketErrors.WrongStatus.selector;
        address sole = made[index].snapshot.soleProver;
        if (sole != address(0) && sole != prover) return IMarketErrors.ProverNotAdmitted.selector;
        if (defaulted[l.id][prover]) return IMarketErrors.ProverDefaulted.selector;
        if (!_windowFits(index)) return IMarketErrors.NoWindowFits.selector;
        if (price > _highestBid(index)) return IMarketErrors.BidTooHigh.selector;
        uint256 collateral = made[index].snapshot.collateral;
        return _whyNotLock(address(market), prover, collateral, l.prover == prover ? collateral : 0);
    }

    function _whyNotFulfill(uint256 index, uint32 round) internal view returns (bytes4) {
        if (_isPaused()) return IMarketErrors.MarketIsPaused.selector;
        if (round != lives[index].round) return IMarketErrors.WrongRound.selector;
        Status s = _now(index);
        return s == Status.Assigned || s == Status.Overdue ? bytes4(0) : IMarketErrors.WrongStatus.selector;
    }

    function _whyNotDefault(uint256 index) internal view returns (bytes4) {
        if (_isPaused()) return IMarketErrors.MarketIsPaused.selector;
        if (_now(index) != Status.Overdue) return IMarketErrors.WrongStatus.selector;
        bool over = ghostClock >= _provingDeadline(index) + GRACE;
        return over ? bytes4(0) : IMarketErrors.GraceNotOver.selector;
    }

    function _whyNotCancel(uint256 index, address caller) internal view returns (bytes4) {
        if (caller != made[index].requester) return IMarketErrors.NotRequester.selector;
        if (_now(index) != Status.Open) return IMarketErrors.WrongStatus.selector;
        return lives[index].prover == address(0) ? bytes4(0) : IMarketErrors.BidStands.selector;
    }

    function _whyNotClose(uint256 index) internal view returns (bytes4) {
        if (lives[index].ended != Status.None) return IMarketErrors.WrongStatus.selector;
        Status s = _now(index);
        if (s == Status.Voided) return 0;
        if (ghostClock < made[index].terms.expiresAt) return IMarketErrors.NotExpired.selector;
        return s == Status.Overdue && _isPaused() ? IMarketErrors.MarketIsPaused.selector : bytes4(0);
    }

    // --- The auction -----------------------------------------------------------------------------------------

    /// @dev End of the bidding window that now lies in.
    function _windowEnd(uint256 index) internal view returns (uint64) {
        uint64 window = made[index].terms.biddingWindow;
        uint64 openedAt = lives[index].openedAt;
        return ghostClock + window - (ghostClock - openedAt) % window;
    }

    function _highestBid(uint256 index) internal view returns (uint128) {
        Life storage l = lives[index];
        if (l.prover != address(0)) {
            uint128 step = l.price / 50;
            // Nothing beats zero; such a bid has ended bidding.
            if (l.price == 0) return 0;
            return l.price - (step == 0 ? 1 : step);
        }
        Terms storage t = made[index].terms;
        uint256 empty = (ghostClock - l.openedAt) / t.biddingWindow;
        uint256 ceiling = t.firstCeiling + empty * t.ceilingStep;
        return ceiling > t.maxPrice ? t.maxPrice : uint128(ceiling);
    }

    /// @dev Whether a first bid can still be proved in time; a later one inherits its deadline.
    function _windowFits(uint256 index) private view returns (bool) {
        if (lives[index].prover != address(0)) return true;
        Terms storage t = made[index].terms;
        return _roundEnd(_windowEnd(index), t.provingWindow) <= t.expiresAt;
    }

    function _roundEnd(uint256 biddingEnd, uint256 provingWindow) internal pure returns (uint256) {
        return biddingEnd + EXTENSIONS * EXTENSION + provingWindow + GRACE;
    }
}
