// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ProofMarket} from "../../src/ProofMarket.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {Delivery, Request, Result, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Statement, Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";

contract FulfillTest is MarketTest {
    uint64 private constant ORDER = 0xFFFFFFFF00000001;
    bytes32 private constant CANONICAL =
        bytes32(0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff);

    // --- money -----------------------------------------------------------------------------------------------

    function testFuzz_Fulfill_PaysTheBid(uint128 price, uint64[3] memory result, bytes32 output) public {
        price = uint128(bound(price, 0, 8e6));
        bytes32 id = _request();
        _bid(alice, id, 1, price);
        uint64 assignedAt = uint64(market.stateOf(id).biddingDeadline);
        vm.warp(assignedAt);
        Delivery memory delivery = _canonicalDelivery(id, result, output);
        if (price > INSTANT) {
            vm.expectEmit(address(market));
            emit IMarketEvents.Assigned(id, alice, 1, price, assignedAt, assignedAt + PROVING);
        }
        _expectFulfilled(id, alice, price, 0, 0, delivery);
        _deliver(id, 1, delivery);

        _assertPaid(alice, price, 0);
        assertEq(vault.freeOf(vault.sink()), 0);
        _assertStatus(id, Status.Fulfilled);
        Result memory kept = market.resultOf(id);
        assertEq(kept.fulfilledAt, block.timestamp);
        assertEq(abi.encode(kept.words), abi.encode(delivery.result));
    }

    function test_Result_IsZeroUntilFulfilled() public {
        bytes32 id = _assigned(alice);
        Result memory none;
        assertEq(abi.encode(market.resultOf(id)), abi.encode(none));
        assertEq(abi.encode(market.resultOf("unknown")), abi.encode(none));
        _cancel(requester, _request(_terms(), 2));
        assertEq(abi.encode(market.resultOf(lens.requestIdOf(requester, 2, _terms()))), abi.encode(none));
    }

    function test_ProviderThatProves_GetsBidAndFee() public {
        bytes32 sole = _register(provider, _soleRegistration(provider, INSTANT));
        _fund(provider, FUNDS);
        Terms memory terms = _terms();
        (terms.modelId, terms.firstCeiling, terms.ceilingStep, terms.maxPrice) = (sole, INSTANT, 0, INSTANT);
        bytes32 id = _request(terms, 1);
        _bid(provider, id, 1, INSTANT);
        _fulfill(id, 1, provider);
        assertEq(vault.freeOf(provider), FUNDS + INSTANT + FEE);
        assertEq(vault.freeOf(requester), FUNDS - INSTANT - FEE);
        _assertConserved();
    }

    function test_Requester_MayProveForItself() public {
        bytes32 id = _assigned(requester);
        _fulfill(id, 1, requester);
        assertEq(vault.freeOf(requester), FUNDS - FEE);
        assertEq(vault.lockedOf(requester), 0);
    }

    function test_Fulfill_DoesNotDependOnWhatOthersDo() public {
        bytes32 id = _assigned(alice);
        vm.startPrank(provider);
        models.setPrices(modelId, 0, 0);
        models.deprecate(modelId);
        vm.stopPrank();
        vm.prank(owner);
        vault.retireModule(address(market));
        vm.startPrank(requester);
        vault.withdraw(requester, FUNDS - ESCROW);
        vault.consent(address(market), 0);
        vm.stopPrank();
        vm.startPrank(alice);
        vault.withdraw(alice, FUNDS - COLLATERAL);
        vault.consent(address(market), 0);
        vm.stopPrank();
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), COLLATERAL + INSTANT);
    }

    // --- late ------------------------------------------------------------------------------------------------

    function test_LateFee_BeginsWithTheProvingDeadline() public {
        bytes32 id = _assigned(alice);
        uint64 deadline = _provingDeadline(id);
        _checkLate(id, deadline - 1, 0);
        _checkLate(id, deadline, 0.6e6);
        _checkLate(id, deadline + 1, 0.6e6);
        // Until somebody declares the default, whatever the time.
        _checkLate(id, deadline + GRACE - 1, 0.6e6);
        _checkLate(id, deadline + GRACE, 0.6e6);
        uint64 expiresAt = _madeOf(id).terms.expiresAt;
        _checkLate(id, expiresAt - 1, 0.6e6);
        _checkLate(id, expiresAt, 0.6e6);
        _checkLate(id, expiresAt + 365 days, 0.6e6);
    }

    function _checkLate(bytes32 id, uint64 t, uint128 lateFee) private {
        uint256 before = vm.snapshotState();
        vm.warp(t);
        Delivery memory delivery = _delivery(id, 1, alice);
        _expectFulfilled(id, alice, INSTANT, lateFee, 0, delivery);
        _deliver(id, 1, delivery);
        _assertPaid(alice, INSTANT - lateFee, 0);
        vm.revertToState(before);
    }

    function testFuzz_LateFee_IsATenthRoundedUpAndTheRequesters(uint128 price, uint64 late) public {
        price = uint128(bound(price, 0, 8e6));
        bytes32 id = _request();
        _bid(alice, id, 1, price);
        vm.warp(_provingDeadline(id) + bound(late, 0, 365 days));
        uint128 lateFee = price / 10 + (price % 10 == 0 ? 0 : 1);
        _fulfill(id, 1, alice);
        _assertPaid(alice, price - lateFee, 0);
        assertEq(vault.freeOf(anyone), FUNDS);
    }

    function test_DeclaredDefault_EndsTheRightToDeliverLate() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        vm.warp(_graceEnd(id));
        _declareDefault(anyone, id);
        _refuseFulfill(id, 1, delivery, abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 2, 1));
        _refuseFulfill(id, 2, delivery, _wrongStatus(Status.Open));
    }

    // --- bounty ----------------------------------------------------------------------------------------------

    function test_AfterOneDefault_TheBountyIsPaid() public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _bid(bob, id, 2, INSTANT);
        _expectFulfilled(id, bob, INSTANT, 0, BOUNTY, _delivery(id, 2, bob));
        _fulfill(id, 2, bob);
        _assertPaid(bob, INSTANT, BOUNTY);
        assertEq(vault.freeOf(alice), FUNDS - COLLATERAL);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(anyone), FUNDS + REWARD_CAP);
        assertEq(vault.freeOf(vault.sink()), BURNED);
    }

    function testFuzz_AfterTwoDefaults_BothBountiesArePaid(bool late) public {
        bytes32 id = _request();
        _defaulted(id, 1, alice);
        _defaulted(id, 2, bob);
        _bid(carol, id, 3, INSTANT);
        if (late) vm.warp(_provingDeadline(id));
        uint128 lateFee = late ? INSTANT / 10 : 0;
        _expectFulfilled(id, carol, INSTANT, lateFee, 2 * BOUNTY, _delivery(id, 3, carol));
        _fulfill(id, 3, carol);
        _assertPaid(carol, INSTANT - lateFee, 2 * BOUNTY);
        assertEq(vault.lockedOf(alice) + vault.lockedOf(bob), 0);
        assertEq(vault.freeOf(vault.sink()), 2 * BURNED);
    }

    // --- status ----------------------------------------------------------------------------------------------

    function test_OpenBidding_RejectsEvenATrueProof() public {
        bytes32 id = _request();
        Delivery memory delivery = _delivery(id, 1, alice);
        _refuseFulfill(id, 1, delivery, _wrongStatus(Status.Open));
        _bid(alice, id, 1, 8e6);
        _refuseFulfill(id, 1, delivery, _wrongStatus(Status.Open));
        uint64 deadline = market.stateOf(id).biddingDeadline;
        vm.warp(deadline - 1);
        _refuseFulfill(id, 1, delivery, _wrongStatus(Status.Open));
        uint256 before = vm.snapshotState();
        vm.warp(deadline);
        _deliver(id, 1, delivery);
        vm.revertToState(before);
        vm.warp(deadline + 1);
        _deliver(id, 1, delivery);
    }

    function test_FulfilledRequest_PaysOnce() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        _deliver(id, 1, delivery);
        _refuseFulfill(id, 1, delivery, _wrongStatus(Status.Fulfilled));
        vm.warp(_madeOf(id).terms.expiresAt);
        _refuseFulfill(id, 1, delivery, _wrongStatus(Status.Fulfilled));
        _assertPaid(alice, INSTANT, 0);
    }

    function testFuzz_OtherRound_IsRejected(uint32 round) public {
        vm.assume(round != 1);
        bytes32 id = _assigned(alice);
        _refuseFulfill(
            id,
            round,
            _delivery(id, round, alice),
            abi.encodeWithSelector(IMarketErrors.WrongRound.selector, 1, round)
        );
    }

    function test_UnknownRequest_IsRejected() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        _refuseFulfill("unknown", 1, delivery, _unknown("unknown"));
    }

    function testFuzz_AlteredRequest_IsRejected(uint256 word, uint256 mask) public {
        bytes32 id = _assigned(alice);
        bytes memory data = abi.encodeCall(market.fulfill, (id, _madeOf(id), 1, _delivery(id, 1, alice)));
        _refuseAltered(anyone, id, data, word, mask);
    }

    // --- false proofs ----------------------------------------------------------------------------------------

    function testFuzz_OtherPayeesProof_PaysNobody(address payee) public {
        vm.assume(payee != alice);
        bytes32 id = _assigned(alice);
        _refuseFalse(id, 1, _delivery(id, 1, payee));
        _refuseFalse(id, 1, _delivery(id, 1, bob));
    }

    function test_BeatenBiddersProof_PaysNobody() public {
        bytes32 id = _request();
        _bid(bob, id, 1, 8e6);
        _bid(alice, id, 1, INSTANT);
        _refuseFalse(id, 1, _delivery(id, 1, bob));
    }

    function test_OtherRequestsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        bytes32 twin = _request(_terms(), 2);
        _bid(alice, twin, 1, INSTANT);
        // The same model, input, prover and round: only the request differs.
        _refuseFalse(id, 1, _delivery(twin, 1, alice));
        _deliver(twin, 1, _delivery(twin, 1, alice));
        _refuseFalse(id, 1, _delivery(twin, 1, alice));
    }

    function test_OtherRoundsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        Delivery memory early = _delivery(id, 1, bob);
        vm.warp(_graceEnd(id));
        _declareDefault(anyone, id);
        _bid(bob, id, 2, INSTANT);
        _refuseFalse(id, 2, early);
        _fulfill(id, 2, bob);
    }

    function test_OtherContractsProof_PaysNobody() public {
        bytes32 id = _assigned(alice);
        ProofMarket other = new ProofMarket(vault, rules);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = _seal(_statement(address(other), block.chainid, id, 1, alice, delivery));
        _refuseFalse(id, 1, delivery);
    }

    function testFuzz_OtherChainsProof_PaysNobody(uint64 chainId) public {
        vm.assume(chainId != block.chainid);
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = _seal(_statement(address(market), chainId, id, 1, alice, delivery));
        _refuseFalse(id, 1, delivery);
    }

    /// @dev Every word of the statement comes from the request or is bound by the proof.
    function test_EachBentWord_PaysNobody() public {
        bytes32 id = _assigned(alice);
        for (uint256 word = 0; word < 24; ++word) {
            _checkBent(id, word, 1);
        }
    }

    function testFuzz_BentStatement_PaysNobody(uint256 word, uint64 by) public {
        bytes32 id = _assigned(alice);
        word = bound(word, 0, 23);
        _checkBent(id, word, bound(by, 1, word == 0 ? type(uint32).max : type(uint64).max));
    }

    function _checkBent(bytes32 id, uint256 word, uint256 by) private {
        Delivery memory delivery = _delivery(id, 1, alice);
        Statement memory s = _statement(address(market), block.chainid, id, 1, alice, delivery);
        bytes32 bend = bytes32(by << (64 * ((word + 3) % 4)));
        if (word == 0) s.header ^= uint32(by);
        else if (word < 5) s.circuit ^= bend;
        else if (word < 9) s.model ^= bend;
        else if (word < 13) s.input ^= bend;
        else if (word < 17) s.output ^= bend;
        else if (word < 20) s.result[word - 17] ^= uint64(by);
        else s.context ^= bytes32(by << (64 * (word - 20)));
        delivery.seal = _seal(s);
        _refuseFalse(id, 1, delivery);
    }

    function testFuzz_OtherDelivery_IsNotWhatWasProved(bytes32 output, uint64 result, uint256 index) public {
        output &= CANONICAL;
        vm.assume(output != OUTPUT);
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.outputDigest = output;
        _refuseFalse(id, 1, delivery);
        delivery.outputDigest = OUTPUT;
        index = bound(index, 0, 2);
        result = uint64(bound(result, 0, ORDER - 1));
        vm.assume(delivery.result[index] != result);
        delivery.result[index] = result;
        _refuseFalse(id, 1, delivery);
    }

    function test_NonCanonicalDelivery_IsRejected() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.outputDigest = bytes32(type(uint256).max);
        _refuseFulfill(
            id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 13)
        );
        for (uint256 i = 0; i < 3; ++i) {
            delivery = _delivery(id, 1, alice);
            delivery.result[i] = ORDER;
            _refuseFulfill(
                id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 17 + i)
            );
        }
    }

    function testFuzz_SealOfOtherLength_IsRejected(uint256 length) public {
        length = bound(length, 0, 600);
        vm.assume(length != 256);
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.seal = new bytes(length);
        _refuseFulfill(
            id, 1, delivery, abi.encodeWithSelector(IVerifierAdapter.SealLength.selector, 256, length)
        );
    }

    // --- output ----------------------------------------------------------------------------------------------

    function testFuzz_Relayer_CannotReplaceTheOutput(bytes memory other) public {
        vm.assume(other.length != 0 && other.length <= 4096);
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        bytes32 hash = sha256(other);
        vm.assume(hash != delivery.outputHash);
        delivery.output = other;
        _refuseFulfill(
            id,
            1,
            delivery,
            abi.encodeWithSelector(IMarketErrors.WrongHash.selector, delivery.outputHash, hash)
        );
        // With a hash to match, it is not what was proved.
        delivery.outputHash = hash;
        _refuseFalse(id, 1, delivery);
    }

    function test_Relayer_CannotLeaveTheOutputOut() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.output = "";
        _refuseFalse(id, 1, delivery);
    }

    function testFuzz_Relayer_CannotReplaceTheHash(bytes32 other) public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        vm.assume(other != delivery.outputHash);
        (delivery.output, delivery.outputHash) = ("", other);
        _refuseFalse(id, 1, delivery);
        delivery.outputHash = 0;
        _refuseFalse(id, 1, delivery);
    }

    function test_InlineOutput_IsShort() public {
        bytes32 id = _assigned(alice);
        Delivery memory delivery = _delivery(id, 1, alice);
        delivery.output = new bytes(4097);
        _refuseFulfill(
            id, 1, delivery, abi.encodeWithSelector(IMarketErrors.InlineTooLong.selector, 4096, 4097)
        );
        _deliver(id, 1, _deliveryOf(id, new bytes(4096), sha256(new bytes(4096))));
    }

    function test_PrivateOutput_IsNotDeliveredInline() public {
        Terms memory terms = _terms();
        (terms.inputPrivate, terms.outputPrivate) = (true, true);
        bytes32 id = _request(terms, 1);
        _bid(alice, id, 1, INSTANT);
        _refuseFulfill(
            id, 1, _delivery(id, 1, alice), abi.encodeWithSelector(IMarketErrors.InvalidInline.selector)
        );
        _deliver(id, 1, _deliveryOf(id, "", sha256("encrypted")));
    }

    function test_OutputAsABlob_OrNotAtAll_IsDelivered() public {
        bytes32 id = _assigned(alice);
        uint256 before = vm.snapshotState();
        _deliver(id, 1, _deliveryOf(id, "", sha256("blob")));
        vm.revertToState(before);
        _deliver(id, 1, _deliveryOf(id, "", 0));
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _canonicalDelivery(bytes32 id, uint64[3] memory result, bytes32 output)
        private
        view
        returns (Delivery memory delivery)
    {
        delivery.outputDigest = output & CANONICAL;
        for (uint256 i = 0; i < 3; ++i) {
            delivery.result[i] = uint64(bound(result[i], 0, ORDER - 1));
        }
        delivery.seal = _seal(_statement(address(market), block.chainid, id, 1, alice, delivery));
    }

    function _deliveryOf(bytes32 id, bytes memory output, bytes32 outputHash)
        private
        view
        returns (Delivery memory delivery)
    {
        (delivery.outputDigest, delivery.output, delivery.outputHash) = (OUTPUT, output, outputHash);
        delivery.seal = _seal(_statement(address(market), block.chainid, id, 1, alice, delivery));
    }

    function _deliver(bytes32 id, uint32 round, Delivery memory delivery) private {
        Request memory made = _madeOf(id);
        vm.prank(anyone);
        market.fulfill(id, made, round, delivery);
    }

    function _expectFulfilled(
        bytes32 id,
        address prover,
        uint128 price,
        uint128 lateFee,
        uint128 bounty,
        Delivery memory delivery
    ) private {
        uint8 round = market.stateOf(id).round;
        vm.expectEmit(address(market));
        emit IMarketEvents.Fulfilled(
            id, prover, round, price, lateFee, bounty, FEE, LIMIT - price + lateFee, delivery
        );
    }

    /// @dev The requester pays what the prover gets beside bounties, and the fee; collateral is free.
    function _assertPaid(address prover, uint128 paid, uint128 bounty) private view {
        assertEq(vault.freeOf(prover), FUNDS + paid + bounty, "prover");
        assertEq(vault.lockedOf(prover), 0, "collateral");
        assertEq(vault.freeOf(provider), FEE, "provider");
        assertEq(vault.freeOf(requester), FUNDS - paid - FEE, "requester");
        assertEq(vault.lockedOf(requester), 0, "escrow");
        _assertConserved();
    }

    function _refuseFalse(bytes32 id, uint32 round, Delivery memory delivery) private {
        _refuseFulfill(id, round, delivery, abi.encodeWithSelector(IGroth16Verifier.ProofInvalid.selector));
    }
}
