// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {State, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

contract DefaultTest is MarketTest {
    // --- when ------------------------------------------------------------------------------------------------

    function test_Default_WaitsForDeadlineAndGrace() public {
        bytes32 id = _assigned(alice);
        uint64 deadline = _provingDeadline(id);
        uint64 graceEnd = deadline + GRACE;
        vm.warp(deadline - 1);
        _refuseDefault(id, _wrongStatus(Status.Assigned));
        uint64[3] memory early = [deadline, deadline + 1, graceEnd - 1];
        for (uint256 i = 0; i < early.length; ++i) {
            vm.warp(early[i]);
            _assertStatus(id, Status.Overdue);
            _refuseDefault(
                id, abi.encodeWithSelector(IMarketErrors.GraceNotOver.selector, graceEnd, early[i])
            );
        }
        uint256 before = vm.snapshotState();
        vm.warp(graceEnd);
        _declareDefault(anyone, id);
        vm.revertToState(before);
        vm.warp(graceEnd + 1);
        _declareDefault(anyone, id);
    }

    function test_OtherStatus_IsRejected() public {
        bytes32 id = _request();
        _refuseDefault(id, _wrongStatus(Status.Open));
        _bid(alice, id, 1, 8e6);
        _refuseDefault(id, _wrongStatus(Status.Open));
        vm.warp(market.stateOf(id).biddingDeadline);
        _refuseDefault(id, _wrongStatus(Status.Assigned));
        id = _request(_terms(), 2);
        vm.warp(_madeOf(id).terms.expiresAt);
        _refuseDefault(id, _wrongStatus(Status.Expired));
        _refuseDefault("unknown", _unknown("unknown"));
    }

    function test_Default_HappensOnceARound() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _refuseDefault(id, _wrongStatus(Status.Open));
        vm.warp(_madeOf(id).terms.expiresAt - 1);
        _refuseDefault(id, _wrongStatus(Status.Open));
    }

    function testFuzz_AlteredRequest_IsRejected(uint256 word, uint256 mask) public {
        bytes32 id = _assigned(alice);
        vm.warp(_graceEnd(id));
        bytes memory data = abi.encodeCall(market.declareDefault, (id, _madeOf(id)));
        _refuseAltered(anyone, id, data, word, mask);
    }

    // --- money -----------------------------------------------------------------------------------------------

    function testFuzz_Default_SlashesAndOpensARound(uint256 late, bool byTime) public {
        bytes32 id = _request();
        uint128 price = byTime ? 8e6 : INSTANT;
        _bid(alice, id, 1, price);
        uint64 assignedAt = market.stateOf(id).biddingDeadline;
        uint64 t = _graceEnd(id);
        // Another round fits as long as all of it does.
        t += uint64(bound(late, 0, _madeOf(id).terms.expiresAt - BIDDING - RESERVE - t));
        vm.warp(t);
        if (byTime) {
            vm.expectEmit(address(market));
            emit IMarketEvents.Assigned(id, alice, 1, price, assignedAt, assignedAt + PROVING);
        }
        vm.expectEmit(address(market));
        emit IMarketEvents.Defaulted(id, alice, 1, BURNED, BOUNTY, REWARD_CAP, anyone);
        vm.expectEmit(address(market));
        emit IMarketEvents.RoundOpened(id, 2, t);
        _declareDefault(anyone, id);

        assertEq(abi.encode(market.stateOf(id)), abi.encode(State(Status.Open, 2, 0, uint40(t), 0, 0)));
        assertTrue(market.hasDefaulted(id, alice));
        assertFalse(market.hasDefaulted(id, anyone));
        _assertSlashed(BURNED, BOUNTY, REWARD_CAP);
        assertEq(vault.lockedOf(requester), ESCROW);
        assertEq(vault.freeOf(requester), FUNDS - ESCROW);
    }

    /// @dev Half of the collateral is burned at least, whatever the limit; reward at most a tenth and at most the cap.
    function testFuzz_Slash_LosesNothing(uint88 limit, bool another) public {
        limit = uint88(bound(limit, 1, FUNDS / 4));
        bytes32 id = _request(_flat(limit), 7);
        uint128 collateral = _madeOf(id).snapshot.collateral;
        assertEq(collateral, limit * 2 > DOLLAR ? uint128(limit) * 4 : 2 * DOLLAR);
        _bid(alice, id, 1, limit);
        vm.warp(another ? _graceEnd(id) : _madeOf(id).terms.expiresAt);
        _declareDefault(anyone, id);
        uint128 reward = collateral / 10 < REWARD_CAP ? collateral / 10 : REWARD_CAP;
        uint128 bounty = another ? collateral * 4 / 10 : 0;
        uint128 burned = collateral - bounty - reward;
        assertGe(burned, collateral / 2);
        _assertSlashed(burned, bounty, reward);
    }

    function test_Reward_IsATenthUpToTheCap() public {
        // A tenth of four times 1.25 dollars is the cap.
        _checkReward(1.25e6 - 1, REWARD_CAP - 1);
        _checkReward(1.25e6, REWARD_CAP);
        _checkReward(1.25e6 + 3, REWARD_CAP);
        _checkReward(100e6, REWARD_CAP);
    }

    function _checkReward(uint128 limit, uint128 reward) private {
        uint256 before = vm.snapshotState();
        bytes32 id = _request(_flat(limit), 7);
        _bid(alice, id, 1, limit);
        vm.warp(_graceEnd(id));
        _declareDefault(anyone, id);
        assertEq(vault.freeOf(anyone), FUNDS + reward);
        vm.revertToState(before);
    }

    function test_DefaultByTheRequester_BurnsTheReward() public {
        bytes32 id = _assigned(alice);
        vm.warp(_graceEnd(id));
        vm.expectEmit(address(market));
        emit IMarketEvents.Defaulted(id, alice, 1, COLLATERAL - BOUNTY, BOUNTY, 0, requester);
        _declareDefault(requester, id);
        assertEq(vault.freeOf(requester), FUNDS - ESCROW);
        assertEq(vault.freeOf(vault.sink()), COLLATERAL - BOUNTY);
        _assertConserved();
    }

    /// @dev Requesting what cannot be proved earns a requester the cap at most, however much a prover loses by it.
    function test_RequestersSecondAddress_GetsTheCapAtMost() public {
        bytes32 id = _request(_flat(200e6), 7);
        _bid(alice, id, 1, 200e6);
        vm.warp(_graceEnd(id));
        _declareDefault(bob, id);
        _cancel(requester, id);
        assertEq(vault.freeOf(requester) + vault.freeOf(bob), 2 * FUNDS + REWARD_CAP);
        _assertConserved();
    }

    /// @dev The other way round: a defaulter who fulfills from a second address gets bounty and reward back, and has
    /// lost half of the collateral, which is what was to be burned.
    function test_DefaultersSecondAddress_LosesHalfOfTheCollateral() public {
        bytes32 id = _request();
        _bid(alice, id, 1, INSTANT);
        vm.warp(_graceEnd(id));
        _declareDefault(bob, id);
        _bid(bob, id, 2, INSTANT);
        _fulfill(id, 2, bob);
        uint256 left = vault.freeOf(alice) + vault.freeOf(bob);
        assertLe(left, 2 * FUNDS + INSTANT - COLLATERAL / 2);
        assertEq(left, 2 * FUNDS + INSTANT - BURNED);
    }

    // --- rounds ----------------------------------------------------------------------------------------------

    function test_NextRound_OpensOnlyIfItFits() public {
        bytes32 id = _assigned(alice);
        uint64 last = _madeOf(id).terms.expiresAt - BIDDING - RESERVE;
        _checkRound(id, last - 1, true);
        _checkRound(id, last, true);
        _checkRound(id, last + 1, false);
    }

    function _checkRound(bytes32 id, uint64 t, bool fits) private {
        uint256 before = vm.snapshotState();
        vm.warp(t);
        if (!fits) {
            vm.expectEmit(address(market));
            emit IMarketEvents.Defaulted(id, alice, 1, COLLATERAL - REWARD_CAP, 0, REWARD_CAP, anyone);
            vm.expectEmit(address(market));
            emit IMarketEvents.Expired(id, ESCROW, 0);
        }
        _declareDefault(anyone, id);
        _assertStatus(id, fits ? Status.Open : Status.Expired);
        assertEq(vault.lockedOf(requester), fits ? ESCROW : 0);
        // A round that is open has a window in which a bid is taken.
        if (fits) _bid(bob, id, 2, 8e6);
        vm.revertToState(before);
    }

    function test_SoleProversDefault_EndsTheRequest() public {
        Terms memory terms = _flat(INSTANT);
        terms.modelId = _register(provider, _soleRegistration(alice, INSTANT));
        bytes32 id = _request(terms, 1);
        uint128 collateral = _madeOf(id).snapshot.collateral;
        _bid(alice, id, 1, INSTANT);
        vm.warp(_graceEnd(id));
        vm.expectEmit(address(market));
        emit IMarketEvents.Defaulted(id, alice, 1, collateral - REWARD_CAP, 0, REWARD_CAP, anyone);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, INSTANT + FEE, 0);
        _declareDefault(anyone, id);
        _assertStatus(id, Status.Expired);
        _assertSlashed(collateral - REWARD_CAP, 0, REWARD_CAP);
        assertEq(vault.freeOf(requester), FUNDS);
    }

    function test_ThirdDefault_EndsTheRequestAndBurnsAllBounties() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _defaulted(id, 2, bob);
        assertEq(market.stateOf(id).round, 3);
        _bid(carol, id, 3, INSTANT);
        vm.warp(_graceEnd(id));
        vm.expectEmit(address(market));
        emit IMarketEvents.Defaulted(id, carol, 3, COLLATERAL - REWARD_CAP, 0, REWARD_CAP, anyone);
        vm.expectEmit(address(market));
        emit IMarketEvents.Expired(id, ESCROW, 2 * BOUNTY);
        _declareDefault(anyone, id);

        _assertStatus(id, Status.Expired);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(anyone), FUNDS + 3 * REWARD_CAP);
        assertEq(vault.freeOf(vault.sink()), 3 * (COLLATERAL - REWARD_CAP));
        assertEq(vault.lockedOf(alice) + vault.lockedOf(bob) + vault.lockedOf(carol), 0);
        _assertConserved();
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _flat(uint128 limit) private view returns (Terms memory terms) {
        terms = _terms();
        (terms.firstCeiling, terms.ceilingStep, terms.maxPrice) = (limit, 0, limit);
        terms.instantPrice = limit;
    }

    /// @dev Alice's first slash, declared by anyone.
    function _assertSlashed(uint128 burned, uint128 bounty, uint128 reward) private view {
        assertEq(vault.freeOf(alice), FUNDS - burned - bounty - reward, "alice");
        assertEq(vault.lockedOf(alice), bounty, "bounty");
        assertEq(vault.freeOf(anyone), FUNDS + reward, "reward");
        assertEq(vault.freeOf(vault.sink()), burned, "burned");
        assertEq(vault.freeOf(provider), 0, "provider");
        _assertConserved();
    }
}
