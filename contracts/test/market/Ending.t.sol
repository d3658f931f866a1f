// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MarketViews} from "../../src/MarketViews.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

/// @notice Ends without a proof, and the status that time alone changes.
contract EndingTest is StackTest {
    uint128 private constant ESCROW = 10e6 + FEE;

    // --- cancel ----------------------------------------------------------------------------------------------

    function testFuzz_Cancel_RefundsInFull(uint256 elapsed) public {
        bytes32 id = _request();
        vm.warp(block.timestamp + bound(elapsed, 0, LIFETIME - 1));
        vm.expectEmit(address(market));
        emit IProofMarket.Cancelled(id, ESCROW);
        vm.prank(requester);
        market.cancel(id);
        assertEq(uint8(market.status(id)), uint8(Status.Cancelled));
        assertEq(vault.freeOf(requester), FUNDS);
        vm.prank(requester);
        vault.withdraw(requester, FUNDS);
        _assertConserved();
    }

    function testFuzz_Cancel_IsTheRequesters(address who) public {
        vm.assume(who != requester);
        bytes32 id = _request();
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.NotRequester.selector, requester, who));
        vm.prank(who);
        market.cancel(id);
    }

    function test_StandingBid_BindsTheRequester() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(9 * DOLLAR));
        vm.startPrank(requester);
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.BidStands.selector, alice));
        market.cancel(id);
        vm.warp(market.requestOf(id).biddingDeadline);
        vm.expectRevert(_wrongStatus(Status.Assigned));
        market.cancel(id);
        vm.warp(market.requestOf(id).provingDeadline);
        vm.expectRevert(_wrongStatus(Status.Overdue));
        market.cancel(id);
        market.declareDefault(id);
        // The next round has no bid yet.
        market.cancel(id);
        vm.expectRevert(_wrongStatus(Status.Cancelled));
        market.cancel(id);
        vm.stopPrank();
        assertEq(vault.lockedOf(requester), 0);
        _assertConserved();
    }

    function test_Expiry_EndsCancellingHalfOpen() public {
        bytes32 id = _request();
        uint64 expiresAt = market.requestOf(id).expiresAt;
        vm.startPrank(requester);
        uint256 before = vm.snapshotState();
        vm.warp(expiresAt - 1);
        market.cancel(id);
        vm.revertToState(before);
        vm.warp(expiresAt);
        vm.expectRevert(_wrongStatus(Status.Expired));
        market.cancel(id);
        vm.warp(expiresAt + 1);
        vm.expectRevert(_wrongStatus(Status.Expired));
        market.cancel(id);
    }

    // --- close -----------------------------------------------------------------------------------------------

    function testFuzz_Close_RefundsInFull(address who, uint256 late) public {
        bytes32 id = _request();
        vm.warp(market.requestOf(id).expiresAt + bound(late, 0, 3650 days));
        vm.expectEmit(address(market));
        emit IProofMarket.Expired(id, ESCROW);
        vm.prank(who);
        market.close(id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertTrue(market.requestOf(id).settled);
        vm.expectRevert(_wrongStatus(Status.Expired));
        market.close(id);
        _assertConserved();
    }

    function test_Expiry_AllowsCloseHalfOpen() public {
        bytes32 id = _request();
        uint64 expiresAt = market.requestOf(id).expiresAt;
        vm.warp(expiresAt - 1);
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.NotExpired.selector, expiresAt, expiresAt - 1));
        market.close(id);
        uint256 before = vm.snapshotState();
        vm.warp(expiresAt);
        market.close(id);
        vm.revertToState(before);
        vm.warp(expiresAt + 1);
        market.close(id);
    }

    function test_OverdueAssignment_IsSlashedByClose() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Request memory r = market.requestOf(id);
        vm.warp(r.expiresAt);
        assertEq(uint8(market.status(id)), uint8(Status.Overdue));
        vm.prank(anyone);
        market.close(id);
        assertEq(uint8(market.status(id)), uint8(Status.Expired));
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(provider), 0);
        assertEq(vault.freeOf(alice), FUNDS - r.collateral);
        assertEq(vault.freeOf(anyone), FUNDS + r.collateral / 10);
        assertEq(vault.freeOf(vault.sink()), r.collateral - r.collateral / 10);
        _assertConserved();
    }

    function test_LastWindowsAssignment_IsOverdueByExpiry() public {
        bytes32 id = _request();
        IProofMarket.Request memory r = market.requestOf(id);
        vm.warp(r.openedAt + ((LIFETIME - PROVING) / BIDDING) * BIDDING - 1);
        _bid(alice, id, 1, uint128(9 * DOLLAR));
        r = market.requestOf(id);
        assertLe(r.provingDeadline, r.expiresAt);
        vm.warp(r.expiresAt - 1);
        vm.expectRevert(
            abi.encodeWithSelector(IProofMarket.NotExpired.selector, r.expiresAt, r.expiresAt - 1)
        );
        market.close(id);
        vm.warp(r.expiresAt);
        assertEq(uint8(market.status(id)), uint8(Status.Overdue));
        market.close(id);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    function test_UnknownRequest_IsRejected() public {
        bytes memory unknown = abi.encodeWithSelector(IProofMarket.UnknownRequest.selector, bytes32(0));
        vm.expectRevert(unknown);
        market.cancel(0);
        vm.expectRevert(unknown);
        market.close(0);
        vm.expectRevert(unknown);
        market.contextOf(0, 1, alice);
        vm.expectRevert(unknown);
        market.highestBidOf(0);
        assertEq(uint8(market.status(0)), uint8(Status.None));
        assertEq(market.requestOf(0).requester, address(0));
    }

    // --- status ----------------------------------------------------------------------------------------------

    function testFuzz_Status_IsAFunctionOfStateAndTime(uint256 bidAt, uint256 seenAt) public {
        bytes32 id = _request();
        uint256 opened = block.timestamp;
        uint256 expiresAt = market.requestOf(id).expiresAt;
        seenAt = bound(seenAt, 0, 2 * LIFETIME) + opened;
        vm.warp(seenAt);
        assertEq(uint8(market.status(id)), uint8(seenAt < expiresAt ? Status.Open : Status.Expired));

        vm.warp(opened + bound(bidAt, 0, LIFETIME - PROVING - BIDDING));
        _bid(alice, id, 1, uint128(9 * DOLLAR));
        IProofMarket.Request memory r = market.requestOf(id);
        vm.warp(seenAt);
        Status expected = seenAt < r.biddingDeadline
            ? Status.Open
            : seenAt < r.provingDeadline ? Status.Assigned : Status.Overdue;
        assertEq(uint8(market.status(id)), uint8(expected));
    }

    function test_Constructor_RejectsParametersThatCannotWork() public {
        for (uint256 i = 0; i < 6; ++i) {
            MarketViews.Parameters memory p = _parameters();
            if (i == 0) p.minBiddingWindow = 0;
            if (i == 1) p.minBiddingWindow = 7 days + 1;
            if (i == 2) p.minProvingWindow = 0;
            if (i == 3) p.minProvingWindow = 30 days + 1;
            if (i == 4) p.collateralFloor = uint128(type(uint88).max) + 1;
            if (i == 5) p.collateralBps = 100_001;
            vm.expectRevert(IProofMarket.InvalidParameters.selector);
            new ProofMarket(vault, models, verifiers, p);
        }
        assertEq(market.vault(), address(vault));
        assertEq(market.modelRegistry(), address(models));
        assertEq(market.verifierRegistry(), address(verifiers));
        assertEq(market.minBiddingWindow(), 10);
        assertEq(market.minProvingWindow(), 60);
        assertEq(market.collateralFloor(), 1e6);
        assertEq(market.collateralBps(), 20_000);
    }

    function _wrongStatus(Status got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProofMarket.WrongStatus.selector, got);
    }
}
