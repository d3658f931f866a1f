// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

/// @notice A clock that stands still. Deadlines are in the market's time, so tests name moments in both.
contract PauseTest is MarketTest {
    uint64 private constant MAX_PAUSE = 3 days;
    uint64 private constant PAUSE_COOLDOWN = 15 days;

    uint64 private start;

    function setUp() public override {
        super.setUp();
        start = uint64(block.timestamp);
    }

    // --- who and when ----------------------------------------------------------------------------------------

    function testFuzz_Pause_IsTheOwners(address who) public {
        vm.assume(who != owner);
        bytes memory refused = abi.encodeWithSelector(IMarketErrors.NotOwner.selector, who);
        vm.expectRevert(refused);
        vm.prank(who);
        market.pause();
        _pause();
        vm.warp(start + MAX_PAUSE - 1);
        vm.expectRevert(refused);
        vm.prank(who);
        market.unpause();
        assertTrue(market.isPaused());
    }

    function test_Pause_FollowsTheVaultsOwner() public {
        vm.prank(owner);
        vault.transferOwnership(bob);
        vm.prank(bob);
        vault.acceptOwnership();
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.NotOwner.selector, owner));
        vm.prank(owner);
        market.pause();
        vm.prank(bob);
        market.pause();
        assertTrue(market.isPaused());
    }

    function testFuzz_Pause_StopsTheClock(uint64 duration) public {
        duration = uint64(bound(duration, 0, MAX_PAUSE - 1));
        assertEq(market.clock(), start);
        assertFalse(market.isPaused());
        vm.expectEmit(address(market));
        emit IMarketEvents.Paused(start, start + MAX_PAUSE);
        _pause();
        vm.warp(start + duration);
        assertEq(market.clock(), start);
        assertTrue(market.isPaused());
        vm.expectEmit(address(market));
        emit IMarketEvents.Unpaused(start, duration);
        _unpause(owner);
        assertEq(market.clock(), start);
        assertFalse(market.isPaused());
        vm.warp(start + duration + 1000);
        assertEq(market.clock(), start + 1000);
    }

    function test_Pause_EndsByItself() public {
        _pause();
        vm.warp(start + MAX_PAUSE - 1);
        assertTrue(market.isPaused());
        vm.warp(start + MAX_PAUSE);
        assertFalse(market.isPaused());
        assertEq(market.clock(), start);
        vm.warp(start + MAX_PAUSE + 1);
        assertFalse(market.isPaused());
        assertEq(market.clock(), start + 1);
        // Nobody has to lift it for the market to work.
        _fulfill(_assigned(alice), 1, alice);
        _assertConserved();
    }

    function testFuzz_Unpause_IsAnyonesOnceThePauseIsOver(address who, uint64 late) public {
        late = uint64(bound(late, 0, 365 days));
        _pause();
        vm.warp(start + MAX_PAUSE + late);
        vm.expectEmit(address(market));
        emit IMarketEvents.Unpaused(start + late, MAX_PAUSE);
        _unpause(who);
        assertEq(market.clock(), start + late);
    }

    function test_PausedMarket_CannotBePausedAgain() public {
        vm.expectRevert(IMarketErrors.MarketIsNotPaused.selector);
        _unpause(owner);
        _pause();
        vm.expectRevert(_paused());
        _pause();
        // Nor does a pause that is over by itself go on.
        vm.warp(start + MAX_PAUSE);
        vm.expectRevert(_paused());
        _pause();
        _unpause(anyone);
        vm.expectRevert(IMarketErrors.MarketIsNotPaused.selector);
        _unpause(owner);
    }

    function testFuzz_NextPause_IsPossibleAfterACooldown(uint64 duration, uint64 lifted) public {
        duration = uint64(bound(duration, 0, MAX_PAUSE + 30 days));
        _pause();
        vm.warp(start + duration);
        _unpause(owner);
        // The cooldown counts from the pause's end, not from when somebody lifted what was over.
        uint64 end = start + (duration < MAX_PAUSE ? duration : MAX_PAUSE);
        uint64 possibleFrom = end + PAUSE_COOLDOWN;
        bytes memory tooSoon = abi.encodeWithSelector(IMarketErrors.PausedTooRecently.selector, possibleFrom);
        if (block.timestamp < possibleFrom) {
            vm.warp(bound(lifted, block.timestamp, possibleFrom - 1));
            vm.expectRevert(tooSoon);
            _pause();
            vm.warp(possibleFrom - 1);
            vm.expectRevert(tooSoon);
            _pause();
            vm.warp(possibleFrom);
        }
        uint64 clock = market.clock();
        _pause();
        vm.warp(block.timestamp + 1 days);
        assertEq(market.clock(), clock);
        _unpause(owner);
        assertEq(market.clock(), clock);
        assertEq(block.timestamp - clock, end - start + 1 days);
    }

    // --- what is refused and what goes on --------------------------------------------------------------------

    function test_PausedMarket_TakesNoRequestsBidsProofsOrDefaults() public {
        bytes32 open = _request();
        bytes32 overdue = _request(_terms(), 2);
        _bid(alice, overdue, 1, INSTANT);
        vm.warp(_graceEnd(overdue));
        bytes32 assigned = _request(_terms(), 3);
        _bid(bob, assigned, 1, INSTANT);
        _pause();
        Terms memory terms = _terms();
        vm.expectRevert(_paused());
        vm.prank(requester);
        market.request(terms, 4, "");
        _refuseBid(alice, open, 1, INSTANT, _paused());
        _refuseFulfill(assigned, 1, _delivery(assigned, 1, bob), _paused());
        _refuseFulfill(overdue, 1, _delivery(overdue, 1, alice), _paused());
        _refuseDefault(overdue, _paused());
        _unpause(owner);
        _bid(carol, open, 1, INSTANT);
        _fulfill(assigned, 1, bob);
        _declareDefault(anyone, overdue);
        _assertConserved();
    }

    function test_PausedMarket_CancelsRefundsAndLetsGo() public {
        bytes32 expired = _request();
        vm.warp(_madeOf(expired).terms.expiresAt);
        bytes32 open = _request(_terms(), 2);
        _pause();
        _cancel(requester, open);
        _close(anyone, expired);
        assertEq(vault.lockedOf(requester), 0);
        vm.prank(requester);
        vault.withdraw(requester, FUNDS);
        assertEq(token.balanceOf(requester), FUNDS);
        vm.prank(alice);
        vault.withdraw(bob, FUNDS);
        assertEq(token.balanceOf(bob), FUNDS);
    }

    /// @dev A prover who could not deliver must not be slashed; its time goes on after the pause.
    function test_PausedMarket_SlashesNobodyByClose() public {
        bytes32 id = _assigned(alice);
        vm.warp(_madeOf(id).terms.expiresAt);
        _pause();
        _refuseClose(id, _paused());
        assertEq(vault.lockedOf(alice), COLLATERAL);
        _unpause(owner);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), FUNDS + INSTANT - INSTANT / 10);
    }

    // --- deadlines -------------------------------------------------------------------------------------------

    function testFuzz_Pause_MovesTheCeilingAndBiddingDeadline(uint64 at, uint64 duration) public {
        bytes32 id = _request();
        duration = _pauseBetween(uint64(bound(at, 0, BIDDING - 1)), duration);
        vm.warp(start + duration + BIDDING - 1);
        assertEq(_viewOf(id).highestBid, 8e6);
        vm.warp(start + duration + BIDDING);
        assertEq(_viewOf(id).highestBid, 9e6);
        _bid(alice, id, 1, 9e6);
        uint64 deadline = start + 2 * BIDDING;
        assertEq(market.stateOf(id).biddingDeadline, deadline);
        // A late bid is late by the market's clock.
        vm.warp(deadline + duration - EXTENSION - 1);
        _bid(bob, id, 1, 8e6);
        assertEq(market.stateOf(id).extensions, 0);
        vm.warp(deadline + duration - 1);
        _assertStatus(id, Status.Open);
        vm.warp(deadline + duration);
        _refuseBid(carol, id, 1, 7e6, _wrongStatus(Status.Assigned));
    }

    function testFuzz_Pause_MovesAStandingBidsDeadline(uint64 at, uint64 duration) public {
        bytes32 id = _request();
        _bid(alice, id, 1, 8e6);
        duration = _pauseBetween(uint64(bound(at, 0, BIDDING - 1)), duration);
        vm.warp(start + BIDDING + duration - 1);
        _assertStatus(id, Status.Open);
        _refuseFulfill(id, 1, _delivery(id, 1, alice), _wrongStatus(Status.Open));
        vm.warp(start + BIDDING + duration);
        _assertStatus(id, Status.Assigned);
        _fulfill(id, 1, alice);
        assertEq(market.resultOf(id).fulfilledAt, start + BIDDING);
    }

    function testFuzz_Pause_MovesProvingDeadlineAndGrace(uint64 at, uint64 duration) public {
        bytes32 id = _assigned(alice);
        uint64 deadline = start + PROVING;
        duration = _pauseBetween(uint64(bound(at, 0, PROVING - 1)), duration);
        vm.warp(deadline + duration - 1);
        _assertStatus(id, Status.Assigned);
        vm.warp(deadline + duration);
        _assertStatus(id, Status.Overdue);
        vm.warp(deadline + GRACE + duration - 1);
        _refuseDefault(
            id,
            abi.encodeWithSelector(
                IMarketErrors.GraceNotOver.selector, deadline + GRACE, deadline + GRACE - 1
            )
        );
        vm.warp(deadline + GRACE + duration);
        _declareDefault(anyone, id);
        // The next round opens by the market's clock too.
        assertEq(market.stateOf(id).openedAt, deadline + GRACE);
    }

    function testFuzz_Pause_MovesExpiry(uint64 at, uint64 duration) public {
        bytes32 id = _request();
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        duration = _pauseBetween(uint64(bound(at, 0, LIFETIME - 1)), duration);
        vm.warp(expiresAt + duration - 1);
        _refuseClose(id, abi.encodeWithSelector(IMarketErrors.NotExpired.selector, expiresAt, expiresAt - 1));
        _assertStatus(id, Status.Open);
        vm.warp(expiresAt + duration);
        _refuseCancel(requester, id, _wrongStatus(Status.Expired));
        _close(anyone, id);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    /// @dev As long as the market is paused, nothing changes by time.
    function testFuzz_Pause_KeepsEveryStatus(uint64 duration) public {
        bytes32 open = _request();
        bytes32 withBid = _request(_terms(), 2);
        bytes32 assigned = _request(_terms(), 3);
        _bid(alice, withBid, 1, 8e6);
        _bid(bob, assigned, 1, INSTANT);
        _pause();
        vm.warp(start + bound(duration, 0, MAX_PAUSE));
        _assertStatus(open, Status.Open);
        _assertStatus(withBid, Status.Open);
        _assertStatus(assigned, Status.Assigned);
    }

    /// @dev A request made after a pause counts by the market's clock, which lags behind.
    function test_RequestAfterAPause_IsBoundedByTheMarketsClock() public {
        _pauseBetween(0, 1 days);
        Terms memory terms = _terms();
        assertEq(market.clock(), block.timestamp - 1 days);
        uint64 latest = market.clock() + 14 days;
        terms.expiresAt = latest + 1;
        uint64 earliest = market.clock() + BIDDING + RESERVE;
        vm.expectRevert(
            abi.encodeWithSelector(IMarketErrors.InvalidExpiry.selector, earliest, latest, latest + 1)
        );
        vm.prank(requester);
        market.request(terms, 1, _input());
        terms.expiresAt = latest;
        bytes32 id = _request(terms, 1);
        assertEq(market.stateOf(id).openedAt, block.timestamp - 1 days);
        _bid(alice, id, 1, 8e6);
        assertEq(market.stateOf(id).biddingDeadline, market.clock() + BIDDING);
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _pause() private {
        vm.prank(owner);
        market.pause();
    }

    function _unpause(address who) private {
        vm.prank(who);
        market.unpause();
    }

    /// @dev A pause that begins `at` seconds after the start; those longer than the longest end by themselves.
    function _pauseBetween(uint64 at, uint64 duration) private returns (uint64) {
        duration = uint64(bound(duration, 1, MAX_PAUSE));
        vm.warp(start + at);
        _pause();
        vm.warp(start + at + duration);
        if (duration < MAX_PAUSE) _unpause(owner);
        return duration;
    }
}
