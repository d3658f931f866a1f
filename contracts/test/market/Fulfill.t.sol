// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ProofMarket} from "../../src/ProofMarket.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {Statement, Status} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

contract FulfillTest is StackTest {
    uint128 private constant PRICE = 6e6;
    uint256 private constant LIMIT = 10e6;

    // --- money -----------------------------------------------------------------------------------------------

    function testFuzz_Fulfill_PaysTheBid(uint128 price, uint64[3] memory result, bytes32 output) public {
        price = uint128(bound(price, 0, LIMIT));
        bytes32 id = _request();
        _bid(alice, id, 1, price);
        IProofMarket.Request memory r = market.requestOf(id);
        vm.warp(r.biddingDeadline);
        IProofMarket.Delivery memory delivery = _canonicalDelivery(id, result, output);
        if (price > r.instantPrice) {
            vm.expectEmit(address(market));
            emit IProofMarket.Assigned(id, alice, 1, price, r.biddingDeadline, r.provingDeadline);
        }
        vm.expectEmit(address(market));
        emit IProofMarket.Fulfilled(id, alice, 1, price, FEE, uint128(LIMIT) - price, delivery);
        vm.prank(anyone);
        market.fulfill(id, 1, delivery);

        assertEq(vault.freeOf(alice), FUNDS + price);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(provider), FEE);
        assertEq(vault.freeOf(requester), FUNDS - price - FEE);
        assertEq(vault.lockedOf(requester), 0);
        assertEq(vault.freeOf(anyone), FUNDS);
        assertEq(vault.freeOf(vault.sink()), 0);
        _assertConserved();
        r = market.requestOf(id);
        assertEq(uint8(r.status), uint8(Status.Fulfilled));
        assertTrue(r.settled);
        assertEq(r.outputDigest, delivery.outputDigest);
        assertEq(abi.encode(r.result), abi.encode(delivery.result));
    }

    function test_ProviderThatProves_GetsBidAndFee() public {
        bytes32 sole = _register(provider, _soleRegistration(provider, PRICE));
        _fund(provider, FUNDS);
        IProofMarket.Terms memory terms = _terms();
        (terms.modelId, terms.maxPrice, terms.instantPrice) = (sole, PRICE, PRICE);
        bytes32 id = _request(terms, 1);
        _bid(provider, id, 1, PRICE);
        _fulfill(id, 1, provider);
        assertEq(vault.freeOf(provider), FUNDS + PRICE + FEE);
        assertEq(vault.freeOf(requester), FUNDS - PRICE - FEE);
    }

    function test_Fulfill_DoesNotDependOnWhatOthersDo() public {
        bytes32 id = _assigned(alice);
        vm.startPrank(provider);
        models.setPrices(modelId, 0, 0);
        models.deprecate(modelId);
        vm.stopPrank();
        vm.prank(owner);
        vault.retireModule(address(market));
        vm.prank(requester);
        vault.withdraw(requester, FUNDS - LIMIT - FEE);
        vm.prank(alice);
        vault.withdraw(alice, FUNDS - 2 * LIMIT);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), 2 * LIMIT + PRICE);
    }

    // --- status ----------------------------------------------------------------------------------------------

    function test_ProvingDeadline_IsHalfOpen() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        uint64 deadline = market.requestOf(id).provingDeadline;
        uint256 before = vm.snapshotState();
        vm.warp(deadline - 1);
        market.fulfill(id, 1, delivery);
        vm.revertToState(before);
        vm.warp(deadline);
        _expectRefused(id, 1, delivery, _wrongStatus(Status.Overdue));
        vm.warp(deadline + 1);
        _expectRefused(id, 1, delivery, _wrongStatus(Status.Overdue));
    }

    function test_OpenBidding_RejectsEvenATrueProof() public {
        bytes32 id = _request();
        _expectRefused(id, 1, _delivery(id, 1, alice), _wrongStatus(Status.Open));
        _bid(alice, id, 1, uint128(LIMIT));
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        _expectRefused(id, 1, delivery, _wrongStatus(Status.Open));
        vm.warp(market.requestOf(id).biddingDeadline - 1);
        _expectRefused(id, 1, delivery, _wrongStatus(Status.Open));
        vm.warp(block.timestamp + 1);
        market.fulfill(id, 1, delivery);
    }

    function test_FulfilledRequest_PaysOnce() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        market.fulfill(id, 1, delivery);
        _expectRefused(id, 1, delivery, _wrongStatus(Status.Fulfilled));
        vm.expectRevert(_wrongStatus(Status.Fulfilled));
        market.declareDefault(id);
        vm.warp(market.requestOf(id).expiresAt);
        vm.expectRevert(_wrongStatus(Status.Fulfilled));
        market.close(id);
        vm.expectRevert(_wrongStatus(Status.Fulfilled));
        vm.prank(requester);
        market.cancel(id);
        assertEq(vault.freeOf(alice), FUNDS + PRICE);
    }

    function test_UnknownRequestAndOtherRound_AreRejected() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 2, alice);
        _expectRefused(id, 2, delivery, abi.encodeWithSelector(IProofMarket.WrongRound.selector, 1, 2));
        _expectRefused(
            "unknown",
            1,
            delivery,
            abi.encodeWithSelector(IProofMarket.UnknownRequest.selector, bytes32("unknown"))
        );
    }

    // --- false proofs ----------------------------------------------------------------------------------------

    function test_OtherPayeesProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        _expectFalse(id, 1, _delivery(id, 1, bob));
        _expectFalse(id, 1, _delivery(id, 1, anyone));
    }

    function test_OtherRequestsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        bytes32 twin = _request(_terms(), 2);
        _bid(alice, twin, 1, PRICE);
        // The same model, input, prover and round: only the request differs.
        _expectFalse(id, 1, _delivery(twin, 1, alice));
        market.fulfill(twin, 1, _delivery(twin, 1, alice));
        _expectFalse(id, 1, _delivery(twin, 1, alice));
    }

    function test_OtherRoundsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory early = _delivery(id, 1, bob);
        vm.warp(market.requestOf(id).provingDeadline);
        market.declareDefault(id);
        _bid(bob, id, 2, PRICE);
        _expectFalse(id, 2, early);
        _fulfill(id, 2, bob);
    }

    function test_OtherContractsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        ProofMarket other = new ProofMarket(vault, models, verifiers, _parameters());
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = _seal(_statement(address(other), block.chainid, id, 1, alice, delivery));
        _expectFalse(id, 1, delivery);
    }

    function testFuzz_OtherChainsProof_PaysNobody(uint64 chainId) public {
        vm.assume(chainId != block.chainid);
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = _seal(_statement(address(market), chainId, id, 1, alice, delivery));
        _expectFalse(id, 1, delivery);
    }

    /// @dev Every part of the statement comes from the request or is bound by the proof.
    function testFuzz_BentStatement_PaysNobody(uint256 part, uint256 limb, uint64 by) public {
        vm.assume(by != 0);
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        Statement memory s = _statement(address(market), block.chainid, id, 1, alice, delivery);
        part = bound(part, 0, 6);
        bytes32 bend = bytes32(uint256(by) << (64 * bound(limb, 0, 3)));
        if (part == 0) s.header ^= uint32(by | 1);
        else if (part == 1) s.circuit ^= bend;
        else if (part == 2) s.model ^= bend;
        else if (part == 3) s.input ^= bend;
        else if (part == 4) s.output ^= bend;
        else if (part == 5) s.result[limb % 3] ^= by;
        else s.context ^= bend;
        delivery.seal = _seal(s);
        _expectFalse(id, 1, delivery);
    }

    function testFuzz_OtherDelivery_IsNotWhatWasProved(bytes32 output, uint64 result, uint256 index) public {
        vm.assume(output != OUTPUT);
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.outputDigest =
            output & bytes32(0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff);
        if (delivery.outputDigest != OUTPUT) _expectFalse(id, 1, delivery);
        delivery.outputDigest = OUTPUT;
        index = bound(index, 0, 2);
        result = uint64(bound(result, 0, 0xFFFFFFFF00000000));
        if (delivery.result[index] != result) {
            delivery.result[index] = result;
            _expectFalse(id, 1, delivery);
        }
    }

    function test_NonCanonicalDelivery_IsRejected() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.outputDigest = bytes32(type(uint256).max);
        _expectRefused(
            id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 13)
        );
        delivery = _delivery(id, 1, alice);
        delivery.result[1] = 0xFFFFFFFF00000001;
        _expectRefused(
            id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 18)
        );
    }

    function testFuzz_OtherLength_IsRejected(uint256 length) public {
        length = bound(length, 0, 600);
        vm.assume(length != 256);
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = new bytes(length);
        _expectRefused(
            id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.SealLength.selector, 256, length)
        );
    }

    // --- output ----------------------------------------------------------------------------------------------

    function test_InlineOutput_IsShortPublicAndGivenOnce() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        delivery.output = new bytes(4097);
        _expectRefused(
            id, 1, delivery, abi.encodeWithSelector(IProofMarket.InlineTooLong.selector, 4096, 4097)
        );
        delivery.output = new bytes(4096);
        delivery.outputBlob = keccak256("blob");
        bytes memory invalid = abi.encodeWithSelector(IProofMarket.InvalidInline.selector);
        _expectRefused(id, 1, delivery, invalid);
        delivery.outputBlob = bytes32(0);
        market.fulfill(id, 1, delivery);

        IProofMarket.Terms memory terms = _terms();
        (terms.inputPrivate, terms.outputPrivate, terms.inlineInput) = (true, true, "");
        id = _request(terms, 3);
        _bid(alice, id, 1, PRICE);
        delivery = _delivery(id, 1, alice);
        _expectRefused(id, 1, delivery, invalid);
        delivery.output = "";
        delivery.outputBlob = keccak256("blob");
        market.fulfill(id, 1, delivery);
    }

    function test_Views_ShowWhatIsVerified() public {
        bytes32 id = _assigned(alice);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        Statement memory expected = _statement(address(market), block.chainid, id, 1, alice, delivery);
        Statement memory shown = market.statementOf(id, delivery.outputDigest, delivery.result);
        assertEq(abi.encode(shown), abi.encode(expected));
        assertEq(market.contextOf(id, 1, alice), expected.context);
        adapter.verify(shown, delivery.seal);
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _canonicalDelivery(bytes32 id, uint64[3] memory result, bytes32 output)
        private
        view
        returns (IProofMarket.Delivery memory delivery)
    {
        delivery.outputDigest =
            output & bytes32(0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff);
        for (uint256 i = 0; i < 3; ++i) {
            delivery.result[i] = uint64(bound(result[i], 0, 0xFFFFFFFF00000000));
        }
        delivery.seal = _seal(_statement(address(market), block.chainid, id, 1, alice, delivery));
    }

    function _wrongStatus(Status got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProofMarket.WrongStatus.selector, got);
    }

    function _expectFalse(bytes32 id, uint32 round, IProofMarket.Delivery memory delivery) private {
        _expectRefused(id, round, delivery, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }

    function _expectRefused(
        bytes32 id,
        uint32 round,
        IProofMarket.Delivery memory delivery,
        bytes memory error_
    ) private {
        uint256 sum = vault.freeOf(alice) + vault.freeOf(bob) + vault.freeOf(anyone) + vault.freeOf(provider);
        vm.expectRevert(error_);
        vm.prank(alice);
        market.fulfill(id, round, delivery);
        assertEq(vault.freeOf(alice) + vault.freeOf(bob) + vault.freeOf(anyone) + vault.freeOf(provider), sum);
    }
}
