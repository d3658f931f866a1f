// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CallbackForwarder} from "../../src/CallbackForwarder.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {Delivery, Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {
    BombConsumer,
    BurningConsumer,
    RecordingConsumer,
    ReenteringConsumer,
    RevertingConsumer
} from "../utils/Consumers.sol";
import {MarketTest} from "../utils/MarketTest.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice Requesters that are contracts. Whatever they do, the prover is paid.
contract CallbackTest is MarketTest {
    uint32 private constant CALLBACK_GAS = 200_000;
    uint32 private constant MAX_CALLBACK_GAS = 500_000;

    // --- a good consumer -------------------------------------------------------------------------------------

    function testFuzz_Consumer_GetsWordsAndCommitment(uint64[3] memory words) public {
        RecordingConsumer consumer = new RecordingConsumer();
        bytes32 id = _requested(address(consumer), CALLBACK_GAS);
        Delivery memory delivery;
        delivery.outputDigest = OUTPUT;
        for (uint256 i = 0; i < 3; ++i) {
            delivery.result[i] = uint64(bound(words[i], 0, 0xFFFFFFFF00000000));
        }
        delivery.seal = _seal(_statement(address(market), block.chainid, id, 1, alice, delivery));
        Request memory made = _madeOf(id);
        vm.expectEmit(address(market));
        emit IMarketEvents.CallbackMade(id, address(consumer), true);
        vm.prank(anyone);
        market.fulfill(id, made, 1, delivery);
        assertEq(consumer.calls(), 1);
        assertEq(consumer.caller(), market.forwarder());
        assertEq(consumer.requestId(), id);
        assertEq(consumer.outputDigest(), OUTPUT);
        assertEq(abi.encode(consumer.result()), abi.encode(delivery.result));
        _assertPaid(address(consumer));
    }

    function test_WithoutCallbackGas_NobodyIsCalled() public {
        RecordingConsumer consumer = new RecordingConsumer();
        bytes32 id = _requested(address(consumer), 0);
        vm.recordLogs();
        _fulfill(id, 1, alice);
        assertEq(consumer.calls(), 0);
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            assertNotEq(logs[i].topics[0], IMarketEvents.CallbackMade.selector);
        }
        _assertPaid(address(consumer));
    }

    function test_RefusedProof_CallsNobody() public {
        RecordingConsumer consumer = new RecordingConsumer();
        bytes32 id = _requested(address(consumer), CALLBACK_GAS);
        Delivery memory delivery = _delivery(id, 1, bob);
        Request memory made = _madeOf(id);
        vm.expectRevert();
        market.fulfill(id, made, 1, delivery);
        assertEq(consumer.calls(), 0);
    }

    // --- bad consumers ---------------------------------------------------------------------------------------

    function test_RevertingConsumer_HarmsNobody() public {
        _checkHarmless(address(new RevertingConsumer()), MAX_CALLBACK_GAS, false);
    }

    function test_BurningConsumer_HarmsNobody() public {
        BurningConsumer consumer = new BurningConsumer();
        uint256 used = _checkHarmless(address(consumer), MAX_CALLBACK_GAS, false);
        assertLt(used, 150_000 + MAX_CALLBACK_GAS);
        assertEq(consumer.turns(), 0);
    }

    /// @dev So many bytes take most of the consumer's gas, and would cost whoever copies them as much again.
    function test_ReturnBomb_HarmsNobody() public {
        uint256 used = _checkHarmless(address(new BombConsumer(400_000, false)), MAX_CALLBACK_GAS, true);
        assertLt(used, 150_000 + MAX_CALLBACK_GAS);
    }

    function test_RevertBomb_HarmsNobody() public {
        uint256 used = _checkHarmless(address(new BombConsumer(400_000, true)), MAX_CALLBACK_GAS, false);
        assertLt(used, 150_000 + MAX_CALLBACK_GAS);
    }

    function _checkHarmless(address consumer, uint32 callbackGas, bool succeeds)
        private
        returns (uint256 used)
    {
        bytes32 id = _requested(consumer, callbackGas);
        Delivery memory delivery = _delivery(id, 1, alice);
        Request memory made = _madeOf(id);
        vm.expectEmit(address(market));
        emit IMarketEvents.CallbackMade(id, consumer, succeeds);
        vm.prank(anyone);
        used = gasleft();
        market.fulfill(id, made, 1, delivery);
        used -= gasleft();
        _assertStatus(id, Status.Fulfilled);
        _assertPaid(consumer);
    }

    // --- re-entering -----------------------------------------------------------------------------------------

    function test_ReenteringConsumer_FindsEverythingSettled() public {
        ReenteringConsumer consumer = new ReenteringConsumer(address(market));
        bytes32 id = _requested(address(consumer), MAX_CALLBACK_GAS);
        Request memory made = _madeOf(id);
        consumer.add(abi.encodeCall(market.fulfill, (id, made, 1, _delivery(id, 1, alice))));
        consumer.add(abi.encodeCall(market.bid, (id, made, 1, 1)));
        consumer.add(abi.encodeCall(market.cancel, (id, made)));
        consumer.add(abi.encodeCall(market.close, (id, made)));
        consumer.add(abi.encodeCall(market.declareDefault, (id, made)));
        _fulfill(id, 1, alice);
        for (uint256 i = 0; i < 5; ++i) {
            (bool accepted, bytes memory answer) = consumer.answerOf(i);
            assertFalse(accepted);
            assertEq(answer, _wrongStatus(Status.Fulfilled));
        }
        _assertPaid(address(consumer));
    }

    /// @dev What it may do at any time, it may do now: with the refund it has already.
    function test_ReenteringConsumer_MayRequestAgain() public {
        ReenteringConsumer consumer = new ReenteringConsumer(address(market));
        bytes32 id = _requested(address(consumer), MAX_CALLBACK_GAS);
        Terms memory terms = _terms();
        terms.callbackGas = MAX_CALLBACK_GAS;
        consumer.add(abi.encodeCall(market.request, (terms, 2, _input())));
        vm.prank(address(consumer));
        vault.withdraw(address(consumer), FUNDS - ESCROW);
        // Nothing is free but what the fulfillment refunds, which is less than a request takes.
        assertEq(vault.freeOf(address(consumer)), 0);
        _fulfill(id, 1, alice);
        (bool accepted,) = consumer.answerOf(0);
        assertFalse(accepted, "more than the refund");
        assertEq(vault.freeOf(address(consumer)), LIMIT - INSTANT);
        _fund(address(consumer), FUNDS);
        bytes32 next = _requestOf(address(consumer), terms, 3);
        _bid(alice, next, 1, INSTANT);
        _fulfill(next, 1, alice);
        (accepted,) = consumer.answerOf(1);
        assertTrue(accepted, "an ordinary request");
        assertEq(vault.lockedOf(address(consumer)), ESCROW);
    }

    function test_ReenteringConsumer_CannotUseTheForwarder() public {
        address forwarder = market.forwarder();
        ReenteringConsumer consumer = new ReenteringConsumer(forwarder);
        bytes32 id = _requested(address(consumer), CALLBACK_GAS);
        uint64[3] memory words;
        consumer.add(abi.encodeCall(CallbackForwarder.forward, (address(vault), 100_000, id, OUTPUT, words)));
        _fulfill(id, 1, alice);
        (bool accepted, bytes memory answer) = consumer.answerOf(0);
        assertFalse(accepted);
        assertEq(answer, abi.encodeWithSelector(CallbackForwarder.NotMarket.selector, address(consumer)));
    }

    // --- the relayer -----------------------------------------------------------------------------------------

    /// @dev Either the consumer had all the gas that was asked for, or nothing happened.
    function testFuzz_Relayer_CannotStarveTheConsumer(uint256 gas) public {
        RecordingConsumer consumer = new RecordingConsumer();
        bytes32 id = _requested(address(consumer), CALLBACK_GAS);
        uint256 seen = _gasWhenPlenty(id, consumer);
        uint256 neededForCallback = _needed(CALLBACK_GAS);
        gas = bound(gas, neededForCallback / 2, neededForCallback + 300_000);
        (bool accepted, bytes memory answer) = _relay(id, gas);
        if (accepted) {
            assertEq(consumer.gasSeen(), seen);
            return;
        }
        _assertStatus(id, Status.Assigned);
        assertEq(consumer.calls(), 0);
        // It ran out before, or came as far as the callback.
        if (answer.length != 0) _assertTooLittleGas(answer, neededForCallback);
    }

    function test_TooLittleGas_IsSaid() public {
        RecordingConsumer consumer = new RecordingConsumer();
        bytes32 id = _requested(address(consumer), MAX_CALLBACK_GAS);
        (bool accepted, bytes memory answer) = _relay(id, 600_000);
        assertFalse(accepted);
        _assertTooLittleGas(answer, _needed(MAX_CALLBACK_GAS));
        assertEq(vault.lockedOf(alice), COLLATERAL);
        (accepted,) = _relay(id, 900_000);
        assertTrue(accepted);
        _assertPaid(address(consumer));
    }

    /// @dev Through two calls, of which each keeps a 64th; what is left does for the event.
    function _needed(uint256 callbackGas) private pure returns (uint256) {
        return (callbackGas + 20_000) * 64 / 63 * 64 / 63 + 20_000;
    }

    function _gasWhenPlenty(bytes32 id, RecordingConsumer consumer) private returns (uint256 seen) {
        uint256 before = vm.snapshotState();
        _fulfill(id, 1, alice);
        seen = consumer.gasSeen();
        assertGt(seen, CALLBACK_GAS - 1000);
        vm.revertToState(before);
    }

    function _relay(bytes32 id, uint256 gas) private returns (bool accepted, bytes memory answer) {
        bytes memory data = abi.encodeCall(market.fulfill, (id, _madeOf(id), 1, _delivery(id, 1, alice)));
        (accepted, answer) = address(market).call{gas: gas}(data);
    }

    function _assertTooLittleGas(bytes memory answer, uint256 expected) private pure {
        assertEq(answer.length, 68);
        (uint256 needed, uint256 left) = _twoWords(answer);
        assertEq(bytes4(answer), IMarketErrors.TooLittleGas.selector);
        assertEq(needed, expected);
        assertLt(left, needed);
    }

    function _twoWords(bytes memory answer) private pure returns (uint256 first, uint256 second) {
        assembly ("memory-safe") {
            first := mload(add(answer, 0x24))
            second := mload(add(answer, 0x44))
        }
    }

    // --- the forwarder ---------------------------------------------------------------------------------------

    function testFuzz_Forwarder_ServesTheMarketOnly(address caller) public {
        CallbackForwarder forwarder = CallbackForwarder(market.forwarder());
        vm.assume(caller != address(market));
        assertEq(forwarder.market(), address(market));
        uint64[3] memory words;
        vm.expectRevert(abi.encodeWithSelector(CallbackForwarder.NotMarket.selector, caller));
        vm.prank(caller);
        forwarder.forward(address(vault), 100_000, 0, 0, words);
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    /// @dev A consumer's request, assigned to alice.
    function _requested(address consumer, uint32 callbackGas) private returns (bytes32 id) {
        _fund(consumer, FUNDS);
        Terms memory terms = _terms();
        terms.callbackGas = callbackGas;
        id = _requestOf(consumer, terms, 1);
        _bid(alice, id, 1, INSTANT);
    }

    function _assertPaid(address consumer) private view {
        assertEq(vault.freeOf(alice), FUNDS + INSTANT);
        assertEq(vault.lockedOf(alice), 0);
        assertEq(vault.freeOf(provider), FEE);
        assertEq(vault.freeOf(consumer), FUNDS - INSTANT - FEE);
        assertEq(vault.lockedOf(consumer), 0);
    }
}
