// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

/// @notice Ends without a proof, and the status that time alone changes.
contract EndingTest is MarketTest {
    // --- cancel ----------------------------------------------------------------------------------------------

    function testFuzz_Cancel_RefundsInFull(uint256 elapsed) public {
        bytes32 id = _request();
        vm.warp(block.timestamp + bound(elapsed, 0, LIFETIME - 1));
        vm.expectEmit(address(market));
        emit IMarketEvents.Cancelled(id, ESCROW, 0);
        _cancel(requester, id);
        _assertStatus(id, Status.Cancelled);
        assertEq(vault.freeOf(requester), FUNDS);
        vm.prank(requester);
        vault.withdraw(requester, FUNDS);
        _assertConserved();
    }

    function testFuzz_Cancel_IsTheRequesters(address who) public {
        vm.assume(who != requester);
        bytes32 id = _request();
        _refuseCancel(who, id, abi.encodeWithSelector(IMarketErrors.NotRequester.selector, requester, who));
    }

    function test_StandingBid_BindsTheRequester() public {
        bytes32 id = _request();
        _bid(alice, id, 1, 8e6);
        bytes memory stands = abi.encodeWithSelector(IMarketErrors.BidStands.selector, alice);
        _refuseCancel(requester, id, stands);
        uint64 deadline = market.stateOf(id).biddingDeadline;
        vm.warp(deadline - 1);
        _refuseCancel(requester, id, stands);
        vm.warp(deadline);
        _refuseCancel(requester, id, _wrongStatus(Status.Assigned));
        vm.warp(deadline + PROVING - 1);
        _refuseCancel(requester, id, _wrongStatus(Status.Assigned));
        vm.warp(deadline + PROVING);
        _refuseCancel(requester, id, _wrongStatus(Status.Overdue));
        vm.warp(_madeOf(id).terms.expiresAt);
        _refuseCancel(requester, id, _wrongStatus(Status.Overdue));
    }

    function test_CancelInALaterRound_BurnsTheBounties() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        uint256 before = vm.snapshotState();
        _checkCancelled(id, BOUNTY, BURNED);
        vm.revertToState(before);
        _defaulted(id, 2, bob);
        _checkCancelled(id, 2 * BOUNTY, 2 * BURNED);
    }

    function _checkCancelled(bytes32 id, uint128 bounties, uint128 burned) private {
        vm.expectEmit(address(market));
        emit IMarketEvents.Cancelled(id, ESCROW, bounties);
        _cancel(requester, id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(vault.sink()), burned + bounties);
        assertEq(vault.lockedOf(alice) + vault.lockedOf(bob), 0);
        _assertConserved();
    }

    function test_Cancel_EndsWithExpiry() public {
        bytes32 id = _request();
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        uint256 before = vm.snapshotState();
        vm.warp(expiresAt - 1);
        _cancel(requester, id);
        vm.revertToState(before);
        vm.warp(expiresAt);
        _refuseCancel(requester, id, _wrongStatus(Status.Expired));
        vm.warp(expiresAt + 1);
        _refuseCancel(requester, id, _wrongStatus(Status.Expired));
    }

    // --- close -----------------------------------------------------------------------------------------------

    function testFuzz_Close_RefundsInFull(address who, uint256 late) public {
        bytes32 id = _request();
        vm.warp(_madeOf(id).terms.expiresAt + bound(late, 0, 3650 days));
        _assertStatus(id, Status.Expired);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, ESCROW, 0);
        _close(who, id);
        _assertStatus(id, Status.Expired);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.lockedOf(requester), 0);
        _assertConserved();
    }

    function test_Close_BeginsWithExpiry() public {
        bytes32 id = _request();
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        vm.warp(expiresAt - 1);
        _refuseClose(id, _notExpired(expiresAt, expiresAt - 1));
        uint256 before = vm.snapshotState();
        vm.warp(expiresAt);
        _close(anyone, id);
        vm.revertToState(before);
        vm.warp(expiresAt + 1);
        _close(anyone, id);
    }

    function test_CloseInALaterRound_BurnsTheBounties() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _defaulted(id, 2, bob);
        vm.warp(_madeOf(id).terms.expiresAt);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, ESCROW, 2 * BOUNTY);
        _close(anyone, id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(anyone), FUNDS + 2 * REWARD_CAP);
        assertEq(vault.freeOf(vault.sink()), 2 * (BURNED + BOUNTY));
        _assertConserved();
    }

    function test_OverdueAssignment_IsSlashedByClose() public {
        bytes32 id = _request();
        _bid(alice, id, 1, 8e6);
        uint64 deadline = market.stateOf(id).biddingDeadline;
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        vm.warp(expiresAt - 1);
        _assertStatus(id, Status.Overdue);
        _refuseClose(id, _notExpired(expiresAt, expiresAt - 1));
        vm.warp(expiresAt);
        vm.expectEmit(address(market));
        emit IMarketEvents.Assigned(id, alice, 1, 8e6, deadline, deadline + PROVING);
        vm.expectEmit(address(market));
        emit IMarketEvents.Defaulted(id, alice, 1, COLLATERAL - REWARD_CAP, 0, REWARD_CAP, anyone);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, ESCROW, 0);
        _close(anyone, id);
        _assertClosed(id, alice, 0, REWARD_CAP);
    }

    function test_OverdueInTheSecondRound_IsSlashedByCloseWithBounty() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _bid(bob, id, 2, INSTANT);
        vm.warp(_madeOf(id).terms.expiresAt);
        _close(carol, id);
        assertEq(vault.freeOf(carol), FUNDS + REWARD_CAP);
        assertEq(vault.freeOf(alice), FUNDS - COLLATERAL);
        _assertClosed(id, bob, COLLATERAL - REWARD_CAP, REWARD_CAP);
    }

    function test_CloseByTheRequester_BurnsTheReward() public {
        bytes32 id = _assigned(alice);
        vm.warp(_madeOf(id).terms.expiresAt);
        _close(requester, id);
        _assertClosed(id, alice, 0, 0);
        assertEq(vault.freeOf(anyone), FUNDS);
    }

    function _assertClosed(bytes32 id, address prover, uint256 burnedBefore, uint128 reward) private view {
        _assertStatus(id, Status.Expired);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(provider), 0);
        assertEq(vault.freeOf(prover), FUNDS - COLLATERAL);
        assertEq(vault.lockedOf(prover), 0);
        assertEq(vault.freeOf(vault.sink()), burnedBefore + COLLATERAL - reward);
        assertTrue(market.hasDefaulted(id, prover));
        _assertConserved();
    }

    /// @dev The last bid that fits, five times extended, is out of grace when the request expires.
    function test_LastWindowsAssignment_IsOutOfGraceByExpiry() public {
        Terms memory terms = _terms();
        uint64 end = uint64(block.timestamp) + BIDDING;
        terms.expiresAt = end + RESERVE;
        bytes32 id = _request(terms, 1);
        _bid(alice, id, 1, 8e6);
        for (uint64 i = 0; i < 5; ++i) {
            vm.warp(end + i * EXTENSION - 1);
            _bid(i % 2 == 0 ? bob : alice, id, 1, _viewOf(id).highestBid);
        }
        assertEq(_graceEnd(id), terms.expiresAt);
        vm.warp(terms.expiresAt - 1);
        _refuseDefault(
            id,
            abi.encodeWithSelector(IMarketErrors.GraceNotOver.selector, terms.expiresAt, terms.expiresAt - 1)
        );
        _refuseClose(id, _notExpired(terms.expiresAt, terms.expiresAt - 1));
        vm.warp(terms.expiresAt);
        uint256 before = vm.snapshotState();
        _close(anyone, id);
        _assertClosed(id, bob, 0, REWARD_CAP);
        vm.revertToState(before);
        _declareDefault(anyone, id);
        _assertClosed(id, bob, 0, REWARD_CAP);
    }

    function test_StandingBid_IsNotClosedBeforeExpiry() public {
        bytes32 id = _request();
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        _bid(alice, id, 1, 8e6);
        _refuseClose(id, _notExpired(expiresAt, uint64(block.timestamp)));
        vm.warp(market.stateOf(id).biddingDeadline);
        _refuseClose(id, _notExpired(expiresAt, uint64(block.timestamp)));
    }

    function test_UnknownRequest_IsRejected() public {
        _refuseCancel(requester, "unknown", _unknown("unknown"));
        _refuseClose("unknown", _unknown("unknown"));
    }

    function testFuzz_AlteredRequest_IsRejected(uint256 word, uint256 mask) public {
        bytes32 id = _request();
        _refuseAltered(requester, id, abi.encodeCall(market.cancel, (id, _madeOf(id))), word, mask);
        vm.warp(_madeOf(id).terms.expiresAt);
        _refuseAltered(anyone, id, abi.encodeCall(market.close, (id, _madeOf(id))), word, mask);
    }

    // --- nothing leaves an end -------------------------------------------------------------------------------

    function test_Fulfilled_IsForEver() public {
        bytes32 id = _assigned(alice);
        _fulfill(id, 1, alice);
        _checkFinal(id, 1, Status.Fulfilled);
        assertEq(vault.freeOf(alice), FUNDS + INSTANT);
    }

    function test_Cancelled_IsForEver() public {
        bytes32 id = _request();
        _cancel(requester, id);
        _checkFinal(id, 1, Status.Cancelled);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    function test_Expired_IsForEver() public {
        bytes32 id = _request();
        vm.warp(_madeOf(id).terms.expiresAt);
        _close(anyone, id);
        _checkFinal(id, 1, Status.Expired);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    function test_ExpiredByDefault_IsForEver() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _defaulted(id, 2, bob);
        _defaulted(id, 3, carol);
        _checkFinal(id, 3, Status.Expired);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    function test_Voided_IsForEver() public {
        bytes32 id = _assigned(alice);
        vm.prank(owner);
        verifiers.tombstone(KEY_DIGEST);
        _close(anyone, id);
        _checkFinal(id, 1, Status.Voided);
        assertEq(vault.freeOf(alice), FUNDS);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    /// @dev Neither at once, nor later, nor when a tombstone would void it.
    function _checkFinal(bytes32 id, uint32 round, Status status) private {
        _refuseAll(id, round, status);
        vm.warp(_madeOf(id).terms.expiresAt + 1);
        _refuseAll(id, round, status);
        if (verifiers.isListed(KEY_DIGEST)) {
            vm.prank(owner);
            verifiers.tombstone(KEY_DIGEST);
        }
        _assertStatus(id, status);
        _refuseAll(id, round, status);
        _assertConserved();
    }

    // --- status ----------------------------------------------------------------------------------------------

    function testFuzz_Status_IsAFunctionOfStateAndTime(uint256 bidAt, uint256 seenAt) public {
        bytes32 id = _request();
        uint256 opened = block.timestamp;
        uint256 expiresAt = _madeOf(id).terms.expiresAt;
        seenAt = bound(seenAt, 0, 2 * LIFETIME) + opened;
        vm.warp(seenAt);
        _assertStatus(id, seenAt < expiresAt ? Status.Open : Status.Expired);

        vm.warp(opened + bound(bidAt, 0, LIFETIME - RESERVE - BIDDING));
        _bid(alice, id, 1, 8e6);
        uint64 deadline = market.stateOf(id).biddingDeadline;
        vm.warp(seenAt);
        Status expected =
            seenAt < deadline ? Status.Open : seenAt < deadline + PROVING ? Status.Assigned : Status.Overdue;
        _assertStatus(id, expected);
    }

    function test_Status_ChangesAtTheDeadlines() public {
        bytes32 id = _request();
        _bid(alice, id, 1, 8e6);
        uint64 deadline = market.stateOf(id).biddingDeadline;
        _checkChange(id, deadline, Status.Open, Status.Assigned);
        _checkChange(id, deadline + PROVING, Status.Assigned, Status.Overdue);
        // With a bid it is overdue for as long as nobody says so.
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        _checkChange(id, expiresAt, Status.Overdue, Status.Overdue);
        id = _request(_terms(), 2);
        _checkChange(id, _madeOf(id).terms.expiresAt, Status.Open, Status.Expired);
    }

    function _checkChange(bytes32 id, uint64 at, Status before, Status then) private {
        vm.warp(at - 1);
        _assertStatus(id, before);
        vm.warp(at);
        _assertStatus(id, then);
        vm.warp(at + 1);
        _assertStatus(id, then);
    }

    function _notExpired(uint64 expiresAt, uint64 t) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.NotExpired.selector, expiresAt, t);
    }
}
