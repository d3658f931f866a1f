// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {State} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {GhostExits} from "./GhostExits.sol";

/// @notice What must never follow what, whatever the ghost expects: each request is looked at on the chain before and
/// after every call that names it, and the two looks are compared.
abstract contract Transitions is GhostExits {
    /// @dev What lies between two looks.
    enum By {
        Time,
        Refusal,
        Bid,
        Fulfill,
        Default,
        Cancel,
        Close
    }

    /// @param status effective status
    /// @param word the stored words, hashed
    struct Look {
        Status status;
        Status stored;
        uint8 round;
        uint96 price;
        address prover;
        bytes32 hash;
        bytes32 word;
    }

    mapping(uint256 index => Look) internal looks;

    /// @dev Looks again and compares with the last look and with the ghost.
    function _look(uint256 index, By by) internal {
        if (by == By.Refusal) return _lookAfterRefusal(index);
        Life storage l = lives[index];
        State memory s = market.stateOf(l.id);
        Look memory current;
        current.status = lens.statusOf(l.id, made[index]);
        (current.stored, current.round, current.price) = (s.stored, s.round, s.price);
        (current.prover,,) = vault.lockOf(address(market), _collateralKey(l.id, s.round));
        current.hash = market.hashOf(l.id);
        current.word = keccak256(abi.encode(s));
        _matchesGhost(index, current.status, s);
        if (looks[index].round != 0) _compare(looks[index], current, by);
        looks[index] = current;
    }

    /// @dev Between a refusal and the look before it there was no time, so what is stored tells everything.
    function _lookAfterRefusal(uint256 index) private view {
        Look storage before = looks[index];
        bytes32 id = lives[index].id;
        State memory s = market.stateOf(id);
        assertEq(keccak256(abi.encode(s)), before.word, "a refusal changes nothing");
        (address prover,,) = vault.lockOf(address(market), _collateralKey(id, s.round));
        assertEq(prover, before.prover, "a refusal changes no prover");
    }

    /// @dev Status and deadlines are the ghost's, to the second.
    function _matchesGhost(uint256 index, Status status, State memory s) internal view {
        Life storage l = lives[index];
        assertEq(uint8(status), uint8(statusAt(index, ghostClock)), "status");
        assertEq(s.round, l.round, "round");
        if (l.ended == Status.Fulfilled) return;
        assertEq(s.openedAt, l.openedAt, "opened at");
        assertEq(s.biddingDeadline, l.biddingDeadline, "bidding deadline");
        assertEq(s.extensions, l.extensions, "extensions");
        assertEq(s.price, l.price, "price");
    }

    function _compare(Look memory a, Look memory b, By by) private pure {
        _endedStaysEnded(a, b);
        _voidedStaysVoided(a, b);
        _expiredStaysExpired(a, b, by);
        _onlyProofsFulfill(a, b, by);
        _onlyRequestersCancel(a, b, by);
        _onlyClosingWrites(a, b, by);
        _roundsGoUpByDefaultAlone(a, b, by);
        _noWayBackInARound(a, b);
        _assignmentsStand(a, b);
        _pricesFall(a, b, by);
        _timeWritesNothing(a, b, by);
        assertEq(a.hash, b.hash, "what was asked for never changes");
    }

    function _isEnded(Status stored) private pure returns (bool) {
        return stored != Status.Open && stored != Status.Assigned;
    }

    function _endedStaysEnded(Look memory a, Look memory b) private pure {
        if (!_isEnded(a.stored)) return;
        assertEq(uint8(b.stored), uint8(a.stored), "Fulfilled, Cancelled, Expired, Voided -/-> anything");
        assertEq(uint8(b.status), uint8(a.status), "ended -/-> anything");
        assertEq(b.word, a.word, "ended: nothing changes");
    }

    function _voidedStaysVoided(Look memory a, Look memory b) private pure {
        if (a.status == Status.Voided) {
            assertEq(uint8(b.status), uint8(Status.Voided), "Voided -/-> anything");
        }
    }

    function _expiredStaysExpired(Look memory a, Look memory b, By by) private pure {
        if (a.status != Status.Expired) return;
        bool voided = by == By.Time && b.status == Status.Voided;
        assertTrue(voided || b.status == Status.Expired, "Expired -/-> anything but Voided");
    }

    function _onlyProofsFulfill(Look memory a, Look memory b, By by) private pure {
        if (b.status != Status.Fulfilled || a.status == Status.Fulfilled) return;
        assertTrue(by == By.Fulfill, "-/-> Fulfilled without a proof");
        assertTrue(a.status == Status.Assigned || a.status == Status.Overdue, "Open -/-> Fulfilled");
    }

    function _onlyRequestersCancel(Look memory a, Look memory b, By by) private pure {
        if (b.status != Status.Cancelled || a.status == Status.Cancelled) return;
        assertTrue(by == By.Cancel && a.status == Status.Open, "Assigned, Overdue -/-> Cancelled");
        assertEq(a.prover, address(0), "Open with a bid -/-> Cancelled");
    }

    function _onlyClosingWrites(Look memory a, Look memory b, By by) private pure {
        if (b.stored == Status.Voided && a.stored != Status.Voided) {
            assertTrue(by == By.Close && a.status == Status.Voided, "-/-> Voided without a tombstone");
        }
        if (b.stored == Status.Expired && a.stored != Status.Expired) {
            bool closed = by == By.Close && (a.status == Status.Expired || a.status == Status.Overdue);
            assertTrue(closed || (by == By.Default && a.status == Status.Overdue), "Assigned -/-> Expired");
        }
    }

    function _roundsGoUpByDefaultAlone(Look memory a, Look memory b, By by) private pure {
        assertGe(b.round, a.round, "rounds never go down");
        assertLe(b.round, ROUNDS, "rounds are limited");
        if (b.round == a.round) return;
        assertTrue(by == By.Default && a.status == Status.Overdue, "no round without a default");
        assertEq(b.round, a.round + 1, "one round after the other");
        assertEq(uint8(b.status), uint8(Status.Open), "a new round is open");
    }

    function _noWayBackInARound(Look memory a, Look memory b) private pure {
        if (a.round != b.round) return;
        if (a.status == Status.Assigned) assertTrue(b.status != Status.Open, "Assigned -/-> Open");
        if (a.status != Status.Overdue) return;
        assertTrue(b.status != Status.Open && b.status != Status.Assigned, "Overdue -/-> Open, Assigned");
    }

    function _assignmentsStand(Look memory a, Look memory b) private pure {
        bool bound_ = a.status == Status.Assigned || a.status == Status.Overdue;
        if (!bound_ || a.round != b.round || _isEnded(b.stored)) return;
        assertEq(b.prover, a.prover, "the assigned prover stays");
        assertEq(b.price, a.price, "the assigned price stays");
    }

    function _pricesFall(Look memory a, Look memory b, By by) private pure {
        if (by != By.Bid || a.prover == address(0)) return;
        assertLt(b.price, a.price, "a bid that is not better");
    }

    function _timeWritesNothing(Look memory a, Look memory b, By by) private pure {
        if (by != By.Time) return;
        assertEq(b.word, a.word, "written without a call");
        assertEq(b.prover, a.prover, "prover without a call");
    }
}
