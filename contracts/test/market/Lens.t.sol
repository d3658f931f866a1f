// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketLens} from "../../src/interfaces/IMarketLens.sol";
import {Delivery, Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Statement, Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

/// @notice What the lens shows is what the market does.
contract LensTest is MarketTest {
    // --- viewOf ----------------------------------------------------------------------------------------------

    function testFuzz_HighestBid_IsWhatABidMayName(uint256 elapsed, bool beaten, uint128 first) public {
        bytes32 id = _request();
        elapsed = bound(elapsed, 0, LIFETIME + 1);
        if (beaten) {
            _bid(alice, id, 1, uint128(bound(first, INSTANT + 1, 8e6)));
            elapsed %= 2 * BIDDING;
        }
        vm.warp(block.timestamp + elapsed);
        IMarketLens.RequestView memory v = _viewOf(id);
        if (v.highestBid == 0) {
            _assertNoBid(id);
            return;
        }
        _refuseBid(
            bob,
            id,
            1,
            v.highestBid + 1,
            abi.encodeWithSelector(IMarketErrors.BidTooHigh.selector, v.highestBid, v.highestBid + 1)
        );
        _bid(bob, id, 1, v.highestBid);
        assertEq(_viewOf(id).prover, bob);
    }

    function test_HighestBid_FollowsTheLastWindowThatFits() public {
        Terms memory terms = _terms();
        uint64 opened = uint64(block.timestamp);
        terms.expiresAt = opened + 2 * BIDDING + RESERVE;
        bytes32 id = _request(terms, 1);
        vm.warp(opened + 2 * BIDDING - 1);
        assertEq(_viewOf(id).highestBid, 9e6);
        vm.warp(opened + 2 * BIDDING);
        assertEq(_viewOf(id).highestBid, 0);
        _assertNoBid(id);
    }

    function test_HighestBid_IsZeroWhilePausedVoidedOrOver() public {
        bytes32 id = _request();
        vm.prank(owner);
        market.pause();
        IMarketLens.RequestView memory v = _viewOf(id);
        assertTrue(v.paused);
        assertEq(v.highestBid, 0);
        _assertNoBid(id);
        vm.prank(owner);
        market.unpause();
        assertEq(_viewOf(id).highestBid, 8e6);
        bytes32 other = _request(_terms(), 2);
        _cancel(requester, other);
        assertEq(_viewOf(other).highestBid, 0);
        vm.prank(owner);
        verifiers.tombstone(KEY_DIGEST);
        assertEq(_viewOf(id).highestBid, 0);
        _assertNoBid(id);
    }

    function testFuzz_Status_IsWhatFulfillAndDefaultGoBy(uint256 elapsed) public {
        bytes32 id = _request();
        _bid(alice, id, 1, 8e6);
        vm.warp(block.timestamp + bound(elapsed, 0, 2 * (BIDDING + PROVING + GRACE)));
        IMarketLens.RequestView memory v = _viewOf(id);
        assertEq(uint8(v.status), uint8(_statusOf(id)));
        assertEq(v.clock, block.timestamp);
        uint256 before = vm.snapshotState();
        if (v.status == Status.Overdue && v.clock >= v.provingDeadline + GRACE) {
            _declareDefault(anyone, id);
        } else if (v.status != Status.Overdue) {
            _refuseDefault(id, _wrongStatus(v.status));
        }
        vm.revertToState(before);
        if (v.status == Status.Open) {
            _refuseFulfill(id, 1, _delivery(id, 1, alice), _wrongStatus(Status.Open));
        } else {
            _fulfill(id, 1, v.prover);
        }
    }

    function test_View_ShowsALife() public {
        uint64 t = uint64(block.timestamp);
        bytes32 id = _request();
        IMarketLens.RequestView memory v;
        (v.status, v.round, v.openedAt, v.highestBid, v.clock) = (Status.Open, 1, t, 8e6, t);
        _check(id, v);
        _bid(alice, id, 1, 8e6);
        (v.prover, v.price, v.biddingDeadline, v.provingDeadline, v.highestBid) =
        (alice, 8e6, t + BIDDING, t + BIDDING + PROVING, 7.84e6);
        _check(id, v);
        vm.warp(t + BIDDING);
        (v.status, v.highestBid, v.clock) = (Status.Assigned, 0, t + BIDDING);
        _check(id, v);
        t += BIDDING + PROVING;
        vm.warp(t);
        (v.status, v.clock) = (Status.Overdue, t);
        _check(id, v);
        t += GRACE;
        vm.warp(t);
        _declareDefault(anyone, id);
        (v.status, v.round, v.openedAt, v.highestBid, v.clock) = (Status.Open, 2, t, 8e6, t);
        (v.prover, v.price, v.biddingDeadline, v.provingDeadline, v.bounty) = (address(0), 0, 0, 0, BOUNTY);
        _check(id, v);
        _bid(bob, id, 2, INSTANT);
        (v.status, v.prover, v.price, v.highestBid) = (Status.Assigned, bob, INSTANT, 0);
        (v.biddingDeadline, v.provingDeadline) = (t, t + PROVING);
        _check(id, v);
        _fulfill(id, 2, bob);
        IMarketLens.RequestView memory done;
        (done.status, done.round, done.clock) = (Status.Fulfilled, 2, t);
        (done.result.fulfilledAt, done.result.words[0]) = (t, 7);
        _check(id, done);
    }

    function _check(bytes32 id, IMarketLens.RequestView memory expected) private view {
        assertEq(abi.encode(_viewOf(id)), abi.encode(expected));
    }

    function test_EndedRequest_HasNoProverAndNoBounty() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _bid(bob, id, 2, INSTANT);
        vm.warp(_madeOf(id).terms.expiresAt);
        assertEq(_viewOf(id).prover, bob);
        assertEq(_viewOf(id).bounty, BOUNTY);
        _close(anyone, id);
        IMarketLens.RequestView memory v = _viewOf(id);
        assertEq(uint8(v.status), uint8(Status.Expired));
        assertEq(v.prover, address(0));
        assertEq(v.bounty, 0);
    }

    function testFuzz_UnknownOrAlteredRequest_IsRejected(uint256 word) public {
        bytes32 id = _request();
        Request memory none;
        vm.expectRevert(_unknown("unknown"));
        lens.viewOf("unknown", none);
        bytes memory encoded = abi.encode(_madeOf(id));
        encoded[32 * bound(word, 0, REQUEST_WORDS - 1) + 31] ^= 0x01;
        Request memory altered = abi.decode(encoded, (Request));
        vm.expectRevert(_unknown(id));
        lens.viewOf(id, altered);
        vm.expectRevert(_unknown(id));
        lens.statusOf(id, altered);
    }

    // --- what others compute ---------------------------------------------------------------------------------

    function testFuzz_RequestId_IsTheMarkets(uint64 nonce, uint128 maxFee) public {
        Terms memory terms = _terms();
        terms.maxFee = uint128(bound(maxFee, FEE, type(uint128).max));
        bytes32 shown = lens.requestIdOf(requester, nonce, terms);
        assertEq(_request(terms, nonce), shown);
        assertEq(lens.market(), address(market));
    }

    function testFuzz_Statement_IsWhatIsVerified(
        uint32 round,
        address payee,
        bytes32 output,
        uint64[3] memory result,
        bytes32 outputHash,
        bool outputInline
    ) public {
        Terms memory terms = _terms();
        (terms.inputPrivate, terms.outputPrivate) = (true, true);
        bytes32 id = _request(terms, 1);
        Statement memory expected;
        expected.header = 1 | 1 << 8 | 1 << 16 | 1 << 18;
        expected.circuit = bytes32(uint256(0x5555));
        expected.model = COMMITMENT;
        expected.input = INPUT;
        expected.output = output;
        expected.result = result;
        expected.context = _contextOf(id, round, payee, outputHash, outputInline);
        Statement memory shown =
            lens.statementOf(id, _madeOf(id), round, payee, output, result, outputHash, outputInline);
        assertEq(abi.encode(shown), abi.encode(expected));
    }

    function test_Statement_IsProvedByWhatFulfills() public {
        bytes32 id = _assigned(alice);
        Delivery memory d = _delivery(id, 1, alice);
        Statement memory shown =
            lens.statementOf(id, _madeOf(id), 1, alice, d.outputDigest, d.result, d.outputHash, true);
        adapter.verify(shown, d.seal);
        _fulfill(id, 1, alice);
    }

    /// @dev Written out, not taken from the library: eight words, hashed, with the top bit of each limb cleared.
    function _contextOf(bytes32 id, uint32 round, address payee, bytes32 outputHash, bool outputInline)
        private
        view
        returns (bytes32)
    {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("assay.context.v2"),
                block.chainid,
                address(market),
                uint256(Kind.Inference),
                id,
                uint256(round),
                payee,
                outputHash,
                outputInline
            )
        );
        uint256 cleared;
        for (uint256 limb = 0; limb < 4; ++limb) {
            cleared |= (uint256(hash) >> (64 * limb) & (uint256(1) << 63) - 1) << (64 * limb);
        }
        return bytes32(cleared);
    }

    /// @dev Not even one of one unit.
    function _assertNoBid(bytes32 id) private {
        Request memory made = _madeOf(id);
        uint8 round = market.stateOf(id).round;
        vm.prank(bob);
        (bool accepted,) = address(market).call(abi.encodeCall(market.bid, (id, made, round, 1)));
        assertFalse(accepted, "no bid was possible");
    }
}
