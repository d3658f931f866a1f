// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

contract BidTest is StackTest {
    uint128 private constant COLLATERAL = 20e6;

    bytes32 private id;

    function setUp() public override {
        super.setUp();
        id = _request();
    }

    function testFuzz_FirstBid_FixesItsWindowsEnd(uint256 elapsed, uint128 price) public {
        IProofMarket.Terms memory terms = _terms();
        // The last window in which a bid can be placed ends one proving window before the request does.
        uint256 windows = (LIFETIME - PROVING) / BIDDING;
        elapsed = bound(elapsed, 0, windows * BIDDING - 1);
        price = uint128(bound(price, terms.instantPrice + 1, terms.maxPrice));
        uint64 opened = uint64(block.timestamp);
        vm.warp(opened + elapsed);
        uint64 deadline = opened + uint64((elapsed / BIDDING + 1) * BIDDING);
        vm.expectEmit(address(market));
        emit IProofMarket.BidPlaced(id, alice, 1, price, COLLATERAL, deadline, address(0));
        _bid(alice, id, 1, price);

        IProofMarket.Request memory r = market.requestOf(id);
        assertEq(uint8(r.status), uint8(Status.Open));
        assertEq(r.prover, alice);
        assertEq(r.price, price);
        assertEq(r.biddingDeadline, deadline);
        assertEq(r.provingDeadline, deadline + PROVING);
        assertLe(r.provingDeadline, r.expiresAt);
        assertEq(vault.lockedOf(alice), COLLATERAL);
        _assertConserved();
    }

    function testFuzz_BetterBid_FreesTheBeatenOne(uint128 first, uint128 second) public {
        IProofMarket.Terms memory terms = _terms();
        first = uint128(bound(first, terms.instantPrice + 1e6, terms.maxPrice));
        uint128 highest = first - first / 50;
        second = uint128(bound(second, terms.instantPrice + 1, highest));
        _bid(alice, id, 1, first);
        assertEq(market.highestBidOf(id), highest);
        uint64 deadline = market.requestOf(id).biddingDeadline;
        vm.warp(deadline - 1);
        vm.expectEmit(address(market));
        emit IProofMarket.BidPlaced(id, bob, 1, second, COLLATERAL, deadline, alice);
        _bid(bob, id, 1, second);
        assertEq(market.requestOf(id).prover, bob);
        assertEq(market.requestOf(id).biddingDeadline, deadline);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(alice), FUNDS);
        assertEq(vault.lockedOf(bob), COLLATERAL);
        _assertConserved();
    }

    function testFuzz_HigherBid_IsRejected(uint128 first, uint128 second) public {
        IProofMarket.Terms memory terms = _terms();
        first = uint128(bound(first, terms.instantPrice + 1, terms.maxPrice));
        second = uint128(bound(second, first - first / 50 + 1, type(uint128).max));
        _expectRefused(
            alice,
            1,
            terms.maxPrice + 1,
            abi.encodeWithSelector(IProofMarket.BidTooHigh.selector, terms.maxPrice, terms.maxPrice + 1)
        );
        _bid(alice, id, 1, first);
        _expectRefused(
            bob,
            1,
            second,
            abi.encodeWithSelector(IProofMarket.BidTooHigh.selector, first - first / 50, second)
        );
    }

    function test_SmallPrices_AreBeatenByOneUnit() public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxPrice = 49;
        terms.instantPrice = 0;
        id = _request(terms, 2);
        _bid(alice, id, 1, 49);
        assertEq(market.highestBidOf(id), 48);
        _bid(bob, id, 1, 48);
        // Down to nothing, which ends bidding at once.
        _bid(alice, id, 1, 1);
        assertEq(market.highestBidOf(id), 0);
        _bid(bob, id, 1, 0);
        assertEq(uint8(market.status(id)), uint8(Status.Assigned));
    }

    function testFuzz_InstantPrice_AssignsAtOnce(uint128 price, uint256 elapsed, bool beats) public {
        IProofMarket.Terms memory terms = _terms();
        price = uint128(bound(price, 0, terms.instantPrice));
        vm.warp(block.timestamp + bound(elapsed, 0, BIDDING - 1));
        if (beats) _bid(alice, id, 1, terms.maxPrice);
        uint64 deadline = uint64(block.timestamp) + PROVING;
        vm.expectEmit(address(market));
        emit IProofMarket.BidPlaced(
            id, bob, 1, price, COLLATERAL, uint64(block.timestamp), beats ? alice : address(0)
        );
        vm.expectEmit(address(market));
        emit IProofMarket.Assigned(id, bob, 1, price, uint64(block.timestamp), deadline);
        _bid(bob, id, 1, price);
        IProofMarket.Request memory r = market.requestOf(id);
        assertEq(uint8(r.status), uint8(Status.Assigned));
        assertEq(r.price, price);
        assertEq(r.provingDeadline, deadline);
        assertEq(vault.lockedOf(alice), 0);
        _expectRefused(carol, 1, 0, _wrongStatus(Status.Assigned));
    }

    function testFuzz_Rebid_KeepsOneCollateral(uint128 price) public {
        price = uint128(bound(price, 0, 98e5));
        _bid(alice, id, 1, uint128(10 * DOLLAR));
        _bid(alice, id, 1, price);
        assertEq(vault.lockedOf(alice), COLLATERAL);
        assertEq(market.requestOf(id).price, price);
    }

    function test_BiddingDeadline_IsHalfOpen() public {
        _bid(alice, id, 1, uint128(10 * DOLLAR));
        uint64 deadline = market.requestOf(id).biddingDeadline;
        uint256 before = vm.snapshotState();
        vm.warp(deadline - 1);
        _bid(bob, id, 1, uint128(9 * DOLLAR));
        vm.revertToState(before);
        vm.warp(deadline);
        assertEq(uint8(market.status(id)), uint8(Status.Assigned));
        _expectRefused(bob, 1, uint128(9 * DOLLAR), _wrongStatus(Status.Assigned));
        vm.warp(deadline + 1);
        _expectRefused(bob, 1, uint128(9 * DOLLAR), _wrongStatus(Status.Assigned));
    }

    function test_UnknownRequestAndOtherRound_AreRejected() public {
        bytes32 unknown = keccak256("unknown");
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.UnknownRequest.selector, unknown));
        market.bid(unknown, 1, 1);
        _expectRefused(alice, 0, 1, abi.encodeWithSelector(IProofMarket.WrongRound.selector, 1, 0));
        _expectRefused(alice, 2, 1, abi.encodeWithSelector(IProofMarket.WrongRound.selector, 1, 2));
    }

    function test_EndedRequest_IsRejected() public {
        uint256 before = vm.snapshotState();
        vm.prank(requester);
        market.cancel(id);
        _expectRefused(alice, 1, 1, _wrongStatus(Status.Cancelled));
        vm.revertToState(before);
        vm.warp(market.requestOf(id).expiresAt);
        _expectRefused(alice, 1, 1, _wrongStatus(Status.Expired));
    }

    function test_SoleProver_IsTheOnlyOneAdmitted() public {
        IProofMarket.Terms memory terms = _terms();
        terms.modelId = _register(provider, _soleRegistration(alice, uint128(DOLLAR)));
        (terms.maxPrice, terms.instantPrice) = (uint128(DOLLAR), uint128(DOLLAR));
        id = _request(terms, 1);
        _expectRefused(bob, 1, 1, abi.encodeWithSelector(IProofMarket.ProverNotAdmitted.selector, alice, bob));
        _bid(alice, id, 1, uint128(DOLLAR));
        assertEq(uint8(market.status(id)), uint8(Status.Assigned));
    }

    function test_Defaulter_IsRejected() public {
        _bid(alice, id, 1, uint128(6 * DOLLAR));
        vm.warp(market.requestOf(id).provingDeadline);
        market.declareDefault(id);
        _expectRefused(alice, 2, 1, abi.encodeWithSelector(IProofMarket.ProverDefaulted.selector, alice));
        _bid(bob, id, 2, 1);
    }

    function testFuzz_LastWindow_MustFit(uint256 late) public {
        IProofMarket.Request memory r = market.requestOf(id);
        uint64 windows = (LIFETIME - PROVING) / BIDDING;
        uint64 last = r.openedAt + windows * BIDDING;
        vm.warp(last - 1);
        assertEq(market.highestBidOf(id), r.maxPrice);
        vm.warp(bound(late, last, r.expiresAt - 1));
        uint64 end = r.openedAt + (uint64(block.timestamp - r.openedAt) / BIDDING + 1) * BIDDING;
        bytes memory refused =
            abi.encodeWithSelector(IProofMarket.NoWindowFits.selector, end + PROVING, r.expiresAt);
        _expectRefused(alice, 1, 1, refused);
        vm.expectRevert(refused);
        market.highestBidOf(id);
    }

    function test_PoorProver_IsRejected() public {
        vm.prank(alice);
        vault.withdraw(alice, FUNDS - COLLATERAL + 1);
        _expectRefused(
            alice,
            1,
            1,
            abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, COLLATERAL - 1, COLLATERAL)
        );
        assertEq(market.requestOf(id).prover, address(0));
    }

    function testFuzz_Collateral_IsScaledLimitOrFloor(uint128 maxPrice) public {
        maxPrice = uint128(bound(maxPrice, 0, type(uint88).max));
        uint128 expected = maxPrice * 2 < 1e6 ? 1e6 : maxPrice * 2;
        assertEq(market.collateralFor(maxPrice), expected);
        vm.expectRevert(
            abi.encodeWithSelector(IProofMarket.InvalidMaxPrice.selector, uint128(type(uint88).max) + 1)
        );
        market.collateralFor(uint128(type(uint88).max) + 1);
    }

    function _wrongStatus(Status got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProofMarket.WrongStatus.selector, got);
    }

    function _expectRefused(address prover, uint32 round, uint128 price, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(prover);
        market.bid(id, round, price);
    }
}
