// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {IMarketLens} from "../../src/interfaces/IMarketLens.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {State, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

contract BidTest is MarketTest {
    bytes32 private id;
    uint64 private opened;

    function setUp() public override {
        super.setUp();
        id = _request();
        opened = uint64(block.timestamp);
    }

    // --- the ceiling -----------------------------------------------------------------------------------------

    function test_Ceiling_RisesWithEachEmptyWindowAndStaysAtTheLimit() public {
        _checkCeiling(0, 8e6);
        _checkCeiling(BIDDING - 1, 8e6);
        _checkCeiling(BIDDING, 9e6);
        _checkCeiling(BIDDING + 1, 9e6);
        _checkCeiling(2 * BIDDING - 1, 9e6);
        _checkCeiling(2 * BIDDING, LIMIT);
        _checkCeiling(3 * BIDDING, LIMIT);
        _checkCeiling(1000 * BIDDING, LIMIT);
    }

    function testFuzz_Ceiling_IsCutAtTheLimit(uint128 first, uint128 step, uint256 elapsed) public {
        Terms memory terms = _terms();
        terms.instantPrice = 0;
        terms.firstCeiling = uint128(bound(first, 2, LIMIT - 1));
        terms.ceilingStep = uint128(bound(step, 1, type(uint128).max));
        id = _request(terms, 2);
        elapsed = bound(elapsed, 0, LIFETIME - RESERVE - BIDDING);
        uint256 raised = terms.firstCeiling + (elapsed / BIDDING) * uint256(terms.ceilingStep);
        _checkCeiling(elapsed, raised < LIMIT ? uint128(raised) : LIMIT);
    }

    /// @dev In the same round and without any transaction.
    function _checkCeiling(uint256 elapsed, uint128 ceiling) private {
        uint256 before = vm.snapshotState();
        vm.warp(opened + elapsed);
        _refuseBid(alice, id, 1, ceiling + 1, _tooHigh(ceiling, ceiling + 1));
        _bid(alice, id, 1, ceiling);
        assertEq(market.stateOf(id).round, 1);
        vm.revertToState(before);
    }

    // --- the first bid ---------------------------------------------------------------------------------------

    function testFuzz_FirstBid_FixesItsWindowsEnd(uint256 elapsed, uint128 price) public {
        uint256 windows = (LIFETIME - RESERVE) / BIDDING;
        elapsed = bound(elapsed, 0, windows * BIDDING - 1);
        price = uint128(bound(price, INSTANT + 1, elapsed < BIDDING ? 8e6 : 9e6));
        vm.warp(opened + elapsed);
        uint64 deadline = opened + uint64((elapsed / BIDDING + 1) * BIDDING);
        bool late = block.timestamp + EXTENSION >= deadline;
        if (late) deadline += EXTENSION;
        vm.expectEmit(address(market));
        emit IMarketEvents.BidPlaced(id, alice, 1, price, deadline, late ? 1 : 0, address(0));
        _bid(alice, id, 1, price);

        State memory expected =
            State(Status.Open, 1, late ? 1 : 0, uint40(opened), uint40(deadline), uint96(price));
        assertEq(abi.encode(market.stateOf(id)), abi.encode(expected));
        IMarketLens.RequestView memory v = _viewOf(id);
        assertEq(v.prover, alice);
        assertEq(v.provingDeadline, deadline + PROVING);
        assertLe(v.provingDeadline + GRACE, _madeOf(id).terms.expiresAt);
        _assertStatus(id, Status.Open);
        assertEq(vault.lockedOf(alice), COLLATERAL);
        _assertConserved();
    }

    function test_Times_FitBeyond32Bits() public {
        uint64 t = uint64(type(uint32).max) + 12345;
        vm.warp(t);
        id = _request(_terms(), 2);
        _bid(alice, id, 1, 7e6);
        State memory expected = State(Status.Open, 1, 0, uint40(t), uint40(t + BIDDING), 7e6);
        assertEq(abi.encode(market.stateOf(id)), abi.encode(expected));
        vm.warp(t + BIDDING);
        _assertStatus(id, Status.Assigned);
        _fulfill(id, 1, alice);
        assertEq(market.resultOf(id).fulfilledAt, t + BIDDING);
    }

    function test_LastWindow_MustFitWithExtensionsAndGrace() public {
        // Room for three windows and not a second more, or less.
        for (uint64 less = 0; less < 2; ++less) {
            Terms memory terms = _terms();
            terms.expiresAt = opened + 3 * BIDDING + RESERVE - less;
            id = _request(terms, 2);
            uint256 before = vm.snapshotState();
            uint64 end = opened + (3 - less) * BIDDING;
            vm.warp(end - 1);
            _bid(alice, id, 1, 7e6);
            vm.revertToState(before);
            bytes memory refused = abi.encodeWithSelector(
                IMarketErrors.NoWindowFits.selector, end + BIDDING + RESERVE, terms.expiresAt
            );
            vm.warp(end);
            _refuseBid(alice, id, 1, 7e6, refused);
            vm.warp(end + 1);
            _refuseBid(alice, id, 1, 7e6, refused);
            // Not even one that would be assigned at once.
            _refuseBid(alice, id, 1, 1, refused);
            vm.warp(opened);
        }
    }

    function testFuzz_AfterTheLastWindow_NoBidIsTaken(uint256 at) public {
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        uint64 last = opened + (LIFETIME - RESERVE) / BIDDING * BIDDING;
        at = bound(at, last, expiresAt - 1);
        vm.warp(at);
        uint64 end = opened + (uint64(at - opened) / BIDDING + 1) * BIDDING;
        _refuseBid(
            alice,
            id,
            1,
            1,
            abi.encodeWithSelector(IMarketErrors.NoWindowFits.selector, end + RESERVE, expiresAt)
        );
    }

    // --- undercutting ----------------------------------------------------------------------------------------

    function testFuzz_BetterBid_FreesTheBeatenOne(uint128 first, uint128 second) public {
        first = uint128(bound(first, INSTANT + 1e6, 8e6));
        uint128 highest = first - first / 50;
        second = uint128(bound(second, INSTANT + 1, highest));
        _bid(alice, id, 1, first);
        uint64 deadline = opened + BIDDING;
        vm.warp(deadline - EXTENSION - 1);
        vm.expectEmit(address(market));
        emit IMarketEvents.BidPlaced(id, bob, 1, second, deadline, 0, alice);
        _bid(bob, id, 1, second);
        assertEq(_viewOf(id).prover, bob);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(alice), FUNDS);
        assertEq(vault.lockedOf(bob), COLLATERAL);
        _assertConserved();
    }

    function testFuzz_Undercut_IsTwoPercentAtLeast(uint128 first, uint128 over) public {
        first = uint128(bound(first, INSTANT + 1, 8e6));
        uint128 highest = first - first / 50;
        _bid(alice, id, 1, first);
        _refuseBid(bob, id, 1, highest + 1, _tooHigh(highest, highest + 1));
        over = uint128(bound(over, highest + 1, type(uint128).max));
        _refuseBid(bob, id, 1, over, _tooHigh(highest, over));
        _bid(bob, id, 1, highest);
        assertEq(_viewOf(id).prover, bob);
    }

    /// @dev Also when the price is so small that two percent of it are nothing.
    function test_TinyPrices_AreBeatenByOneUnit() public {
        _checkUndercut(1, 0);
        _checkUndercut(2, 1);
        _checkUndercut(49, 48);
        _checkUndercut(50, 49);
        _checkUndercut(99, 98);
        _checkUndercut(100, 98);
        _checkUndercut(149, 147);
        _checkUndercut(150, 147);
    }

    function _checkUndercut(uint128 best, uint128 highest) private {
        Terms memory terms = _terms();
        (terms.firstCeiling, terms.ceilingStep, terms.maxPrice, terms.instantPrice) = (best, 0, best, 0);
        bytes32 tiny = _request(terms, uint64(best));
        _bid(alice, tiny, 1, best);
        _refuseBid(bob, tiny, 1, highest + 1, _tooHigh(highest, highest + 1));
        _bid(bob, tiny, 1, highest);
        assertEq(market.stateOf(tiny).price, highest);
    }

    function test_BidOfZero_EndsBiddingAtOnce() public {
        Terms memory terms = _terms();
        terms.instantPrice = 0;
        id = _request(terms, 2);
        _bid(alice, id, 1, 1);
        _assertStatus(id, Status.Open);
        _bid(bob, id, 1, 0);
        _assertStatus(id, Status.Assigned);
        _refuseBid(carol, id, 1, 0, _wrongStatus(Status.Assigned));
        _fulfill(id, 1, bob);
        assertEq(vault.freeOf(bob), FUNDS);
        assertEq(vault.freeOf(requester) + vault.lockedOf(requester), FUNDS - FEE);
    }

    function testFuzz_Rebid_KeepsOneCollateral(uint128 price) public {
        price = uint128(bound(price, 0, 784e4));
        _bid(alice, id, 1, 8e6);
        _bid(alice, id, 1, price);
        assertEq(vault.lockedOf(alice), COLLATERAL);
        assertEq(vault.freeOf(alice), FUNDS - COLLATERAL);
        assertEq(market.stateOf(id).price, price);
    }

    // --- the instant price -----------------------------------------------------------------------------------

    function testFuzz_InstantPrice_AssignsAtOnce(uint128 price, uint256 elapsed, bool beats) public {
        price = uint128(bound(price, 0, INSTANT));
        if (beats) _bid(alice, id, 1, 8e6);
        uint64 t = opened + uint64(bound(elapsed, 0, BIDDING - 1));
        vm.warp(t);
        vm.expectEmit(address(market));
        emit IMarketEvents.BidPlaced(id, bob, 1, price, t, 0, beats ? alice : address(0));
        vm.expectEmit(address(market));
        emit IMarketEvents.Assigned(id, bob, 1, price, t, t + PROVING);
        _bid(bob, id, 1, price);
        _assertStatus(id, Status.Assigned);
        assertEq(market.stateOf(id).price, price);
        assertEq(_provingDeadline(id), t + PROVING);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.lockedOf(bob), COLLATERAL);
        _refuseBid(carol, id, 1, 0, _wrongStatus(Status.Assigned));
    }

    function test_AboveTheInstantPrice_BiddingGoesOn() public {
        _bid(alice, id, 1, INSTANT + 1);
        _assertStatus(id, Status.Open);
    }

    // --- late bids -------------------------------------------------------------------------------------------

    function test_LateBid_ExtendsInTheLastSecondsOnly() public {
        _bid(alice, id, 1, 8e6);
        uint64 deadline = opened + BIDDING;
        _checkExtension(deadline - EXTENSION - 1, deadline, 0);
        _checkExtension(deadline - EXTENSION, deadline + EXTENSION, 1);
        _checkExtension(deadline - EXTENSION + 1, deadline + EXTENSION, 1);
        _checkExtension(deadline - 1, deadline + EXTENSION, 1);
        for (uint64 late = 0; late < 2; ++late) {
            vm.warp(deadline + late);
            _refuseBid(bob, id, 1, 7e6, _wrongStatus(Status.Assigned));
        }
    }

    function _checkExtension(uint64 t, uint64 deadline, uint32 extensions) private {
        uint256 before = vm.snapshotState();
        vm.warp(t);
        vm.expectEmit(address(market));
        emit IMarketEvents.BidPlaced(id, bob, 1, 7e6, deadline, extensions, alice);
        _bid(bob, id, 1, 7e6);
        // Whoever was beaten in the last second has time to answer.
        vm.warp(deadline - 1);
        _assertStatus(id, Status.Open);
        vm.warp(deadline);
        _assertStatus(id, Status.Assigned);
        vm.revertToState(before);
    }

    function test_Extensions_HaveAnEnd() public {
        _bid(alice, id, 1, 8e6);
        uint64 deadline = opened + BIDDING;
        for (uint8 i = 1; i <= 7; ++i) {
            vm.warp(deadline - 1);
            _bid(i % 2 == 0 ? alice : bob, id, 1, _viewOf(id).highestBid);
            if (i <= 5) deadline += EXTENSION;
            assertEq(market.stateOf(id).biddingDeadline, deadline);
            assertEq(market.stateOf(id).extensions, i <= 5 ? i : 5);
        }
        vm.warp(deadline);
        _refuseBid(carol, id, 1, 6.5e6, _wrongStatus(Status.Assigned));
        assertEq(_provingDeadline(id), opened + BIDDING + 5 * EXTENSION + PROVING);
    }

    function test_NextRound_HasItsOwnExtensions() public {
        vm.warp(opened + BIDDING - 1);
        _bid(alice, id, 1, 8e6);
        assertEq(market.stateOf(id).extensions, 1);
        vm.warp(_graceEnd(id));
        _declareDefault(anyone, id);
        _bid(bob, id, 2, 8e6);
        assertEq(market.stateOf(id).extensions, 0);
        assertEq(market.stateOf(id).biddingDeadline, block.timestamp + BIDDING);
    }

    // --- who and when ----------------------------------------------------------------------------------------

    function testFuzz_OtherRound_IsRejected(uint32 round) public {
        vm.assume(round != 1);
        _refuseBid(alice, id, round, 1, abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 1, round));
        _defaulted(id, 1, alice);
        _refuseBid(bob, id, 1, 1, abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 2, 1));
        _refuseBid(bob, id, 3, 1, abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 2, 3));
    }

    function testFuzz_SoleProver_IsTheOnlyOneAdmitted(address other) public {
        vm.assume(other != alice);
        Terms memory terms = _terms();
        terms.modelId = _register(provider, _soleRegistration(alice, INSTANT));
        (terms.firstCeiling, terms.ceilingStep, terms.maxPrice) = (INSTANT, 0, INSTANT);
        id = _request(terms, 1);
        _refuseBid(
            other, id, 1, 1, abi.encodeWithSelector(IMarketErrors.ProverNotAdmitted.selector, alice, other)
        );
        _bid(alice, id, 1, INSTANT);
        _assertStatus(id, Status.Assigned);
    }

    function test_Defaulter_IsRejectedInLaterRounds() public {
        _defaulted(id, 1, alice);
        _refuseBid(alice, id, 2, 1, _defaultedBefore(alice));
        _defaulted(id, 2, bob);
        _refuseBid(alice, id, 3, 1, _defaultedBefore(alice));
        _refuseBid(bob, id, 3, 1, _defaultedBefore(bob));
        _bid(carol, id, 3, 1);
        // Another request is another matter.
        _bid(alice, _request(_terms(), 2), 1, 1);
    }

    function test_EndedRequest_IsRejected() public {
        uint256 before = vm.snapshotState();
        _cancel(requester, id);
        _refuseBid(alice, id, 1, 1, _wrongStatus(Status.Cancelled));
        vm.revertToState(before);
        vm.warp(_madeOf(id).terms.expiresAt);
        _refuseBid(alice, id, 1, 1, _wrongStatus(Status.Expired));
    }

    function test_UnknownRequest_IsRejected() public {
        bytes32 other = keccak256("unknown");
        vm.expectRevert(_unknown(other));
        market.bid(other, _madeOf(other), 1, 1);
    }

    function testFuzz_AlteredRequest_IsRejected(uint256 word, uint256 mask) public {
        bytes memory data = abi.encodeCall(market.bid, (id, _madeOf(id), 1, INSTANT));
        _refuseAltered(alice, id, data, word, mask);
    }

    function test_RequestWithAnyOtherWord_IsRejected() public {
        for (uint256 word = 0; word < REQUEST_WORDS; ++word) {
            bytes memory data = abi.encodeCall(market.bid, (id, _madeOf(id), 1, INSTANT));
            _refuseAltered(alice, id, data, word, 1);
        }
    }

    function test_AnotherRequestsTerms_AreRejected() public {
        bytes32 other = _request(_terms(), 2);
        vm.expectRevert(_unknown(id));
        market.bid(id, _madeOf(other), 1, INSTANT);
    }

    // --- money -----------------------------------------------------------------------------------------------

    function test_PoorProver_IsRejected() public {
        vm.prank(alice);
        vault.withdraw(alice, FUNDS - COLLATERAL + 1);
        _refuseBid(
            alice,
            id,
            1,
            1,
            abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, COLLATERAL - 1, COLLATERAL)
        );
        _bid(bob, id, 1, 8e6);
        _refuseBid(
            alice,
            id,
            1,
            7e6,
            abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, COLLATERAL - 1, COLLATERAL)
        );
        assertEq(_viewOf(id).prover, bob);
    }

    function testFuzz_ProverWithoutConsent_IsRejected(uint96 allowance) public {
        allowance = uint96(bound(allowance, 0, COLLATERAL - 1));
        vm.prank(alice);
        vault.consent(address(market), allowance);
        _refuseBid(
            alice,
            id,
            1,
            1,
            abi.encodeWithSelector(
                IVault.AllowanceExceeded.selector, alice, address(market), allowance, COLLATERAL
            )
        );
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _tooHigh(uint128 highest, uint128 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.BidTooHigh.selector, highest, got);
    }

    function _defaultedBefore(address prover) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.ProverDefaulted.selector, prover);
    }
}
