// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

contract DefaultTest is StackTest {
    uint128 private constant COLLATERAL = 20e6;
    uint128 private constant REWARD = 2e6;
    uint128 private constant BURNED = 18e6;

    function testFuzz_Default_SlashesAndOpensARound(uint256 late, bool byTime) public {
        bytes32 id = _request();
        uint128 price = byTime ? uint128(9 * DOLLAR) : uint128(6 * DOLLAR);
        _bid(alice, id, 1, price);
        IProofMarket.Request memory r = market.requestOf(id);
        // Another round fits as long as its two windows do.
        late = bound(late, 0, r.expiresAt - BIDDING - PROVING - r.provingDeadline);
        vm.warp(r.provingDeadline + late);
        if (byTime) {
            vm.expectEmit(address(market));
            emit IProofMarket.Assigned(id, alice, 1, price, r.biddingDeadline, r.provingDeadline);
        }
        vm.expectEmit(address(market));
        emit IProofMarket.Defaulted(id, alice, 1, BURNED, REWARD, anyone);
        vm.expectEmit(address(market));
        emit IProofMarket.RoundOpened(id, 2, uint64(block.timestamp));
        vm.prank(anyone);
        market.declareDefault(id);

        assertEq(vault.freeOf(alice), FUNDS - COLLATERAL);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(anyone), FUNDS + REWARD);
        assertEq(vault.freeOf(vault.sink()), BURNED);
        assertEq(vault.freeOf(requester), FUNDS - 10 * DOLLAR - FEE);
        assertEq(vault.lockedOf(requester), 10 * DOLLAR + FEE);
        assertEq(vault.freeOf(provider), 0);
        _assertConserved();
        assertTrue(market.hasDefaulted(id, alice));
        IProofMarket.Request memory next = market.requestOf(id);
        assertEq(uint8(next.status), uint8(Status.Open));
        assertEq(next.round, 2);
        assertEq(next.openedAt, block.timestamp);
        assertEq(next.prover, address(0));
        assertEq(next.price, 0);
        assertEq(next.biddingDeadline, 0);

        _bid(bob, id, 2, uint128(6 * DOLLAR));
        _fulfill(id, 2, bob);
        assertEq(vault.freeOf(bob), FUNDS + 6 * DOLLAR);
        assertEq(vault.freeOf(requester), FUNDS - 6 * DOLLAR - FEE);
        _assertConserved();
    }

    function test_DefaultByTheRequester_BurnsTheReward() public {
        bytes32 id = _assigned(alice);
        vm.warp(market.requestOf(id).provingDeadline);
        vm.expectEmit(address(market));
        emit IProofMarket.Defaulted(id, alice, 1, COLLATERAL, 0, requester);
        vm.prank(requester);
        market.declareDefault(id);
        assertEq(vault.freeOf(requester), FUNDS - 10 * DOLLAR - FEE);
        assertEq(vault.freeOf(vault.sink()), COLLATERAL);
        _assertConserved();

        vm.warp(market.requestOf(id).expiresAt);
        vm.prank(requester);
        market.close(id);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(vault.sink()), COLLATERAL);
        _assertConserved();
    }

    function test_ProvingDeadline_IsHalfOpen() public {
        bytes32 id = _assigned(alice);
        uint64 deadline = market.requestOf(id).provingDeadline;
        vm.warp(deadline - 1);
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.WrongStatus.selector, Status.Assigned));
        market.declareDefault(id);
        uint256 before = vm.snapshotState();
        vm.warp(deadline);
        market.declareDefault(id);
        vm.revertToState(before);
        vm.warp(deadline + 1);
        market.declareDefault(id);
    }

    function test_OtherStatus_IsRejected() public {
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.UnknownRequest.selector, bytes32(0)));
        market.declareDefault(bytes32(0));
        bytes32 id = _request();
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.WrongStatus.selector, Status.Open));
        market.declareDefault(id);
        vm.warp(market.requestOf(id).expiresAt);
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.WrongStatus.selector, Status.Expired));
        market.declareDefault(id);
    }

    function test_Default_HappensOnceARound() public {
        bytes32 id = _assigned(alice);
        vm.warp(market.requestOf(id).provingDeadline);
        market.declareDefault(id);
        vm.expectRevert(abi.encodeWithSelector(IProofMarket.WrongStatus.selector, Status.Open));
        market.declareDefault(id);
    }

    function test_ThirdDefault_EndsTheRequest() public {
        bytes32 id = _request();
        address[3] memory provers = [alice, bob, carol];
        for (uint32 round = 1; round <= 3; ++round) {
            _bid(provers[round - 1], id, round, uint128(6 * DOLLAR));
            vm.warp(market.requestOf(id).provingDeadline);
            if (round == 3) {
                vm.expectEmit(address(market));
                emit IProofMarket.Expired(id, uint128(10 * DOLLAR) + FEE);
            }
            vm.prank(anyone);
            market.declareDefault(id);
        }
        assertEq(uint8(market.status(id)), uint8(Status.Expired));
        assertTrue(market.requestOf(id).settled);
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(anyone), FUNDS + 3 * REWARD);
        assertEq(vault.freeOf(vault.sink()), 3 * BURNED);
        _assertConserved();
    }

    function testFuzz_NoRoomForARound_EndsTheRequest(uint256 late) public {
        bytes32 id = _assigned(alice);
        IProofMarket.Request memory r = market.requestOf(id);
        late = bound(late, r.expiresAt - BIDDING - PROVING + 1, uint256(r.expiresAt) + 365 days);
        vm.warp(late);
        vm.prank(anyone);
        market.declareDefault(id);
        assertEq(uint8(market.status(id)), uint8(Status.Expired));
        assertEq(vault.freeOf(requester), FUNDS);
        assertEq(vault.freeOf(vault.sink()), BURNED);
        assertEq(vault.freeOf(anyone), FUNDS + REWARD);
        _assertConserved();
    }

    function testFuzz_Slash_LosesNothing(uint88 maxPrice) public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxPrice = uint128(bound(maxPrice, 1, FUNDS / 2 - FEE));
        terms.instantPrice = terms.maxPrice;
        bytes32 id = _request(terms, 7);
        uint128 collateral = market.requestOf(id).collateral;
        _bid(alice, id, 1, terms.maxPrice);
        vm.warp(market.requestOf(id).provingDeadline);
        vm.prank(anyone);
        market.declareDefault(id);
        assertEq(vault.freeOf(anyone), FUNDS + collateral / 10);
        assertEq(vault.freeOf(vault.sink()), collateral - collateral / 10);
        _assertConserved();
    }
}
