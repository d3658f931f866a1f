// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {ICircuitRegistry} from "../../src/interfaces/ICircuitRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";

contract CircuitRegistryTest is Test {
    bytes32 private constant CIRCUIT = bytes32(uint256(42));
    bytes32 private constant CARD = keccak256("card");
    uint64 private constant DELAY = 3 days;

    address private owner = makeAddr("owner");
    address private attester = makeAddr("attester");
    CircuitRegistry private registry;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new CircuitRegistry(owner, DELAY, attester);
    }

    function test_Attest_CountsUntilRevoked() public {
        assertFalse(registry.isAttested(CIRCUIT));
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.CircuitAttested(CIRCUIT, attester, CARD);
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        assertTrue(registry.isAttested(CIRCUIT));
        assertTrue(registry.isAttestedBy(CIRCUIT, attester));
        assertFalse(registry.isAttestedBy(CIRCUIT, owner));
        ICircuitRegistry.Attestation[] memory list = registry.attestationsOf(CIRCUIT);
        assertEq(list.length, 1);
        assertEq(list[0].attester, attester);
        assertEq(list[0].cardHash, CARD);
        assertEq(list[0].attestedAt, block.timestamp);

        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttestationRevoked(CIRCUIT, attester);
        vm.prank(attester);
        registry.revoke(CIRCUIT);
        assertFalse(registry.isAttested(CIRCUIT));
        assertEq(registry.attestationsOf(CIRCUIT).length, 0);
    }

    function testFuzz_Strangers_CannotAttest(address stranger) public {
        vm.assume(stranger != attester);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.NotAttester.selector, stranger));
        vm.prank(stranger);
        registry.attest(CIRCUIT, CARD);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.NotAttested.selector, CIRCUIT, stranger));
        vm.prank(stranger);
        registry.revoke(CIRCUIT);
    }

    function test_Attest_RejectsRepeatsAndBadDigests() public {
        vm.startPrank(attester);
        registry.attest(CIRCUIT, CARD);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.AlreadyAttested.selector, CIRCUIT, attester));
        registry.attest(CIRCUIT, CARD);
        bytes32 bad = bytes32(type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, bad, 0));
        registry.attest(bad, CARD);
    }

    function test_Attestations_AreLimited() public {
        for (uint160 i = 0; i < 16; ++i) {
            address next = address(1000 + i);
            _add(next);
            vm.prank(next);
            registry.attest(CIRCUIT, CARD);
        }
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TooManyAttestations.selector, 16));
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        // Revoking from the middle keeps the others.
        vm.prank(address(1003));
        registry.revoke(CIRCUIT);
        assertFalse(registry.isAttestedBy(CIRCUIT, address(1003)));
        for (uint160 i = 0; i < 16; ++i) {
            if (i != 3) assertTrue(registry.isAttestedBy(CIRCUIT, address(1000 + i)));
        }
    }

    function test_RemovedAttester_DoesNotCount() public {
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.removeAttester(attester);
        vm.prank(owner);
        registry.removeAttester(attester);
        assertFalse(registry.isAttested(CIRCUIT));
        assertFalse(registry.isAttestedBy(CIRCUIT, attester));
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.NotAttester.selector, attester));
        vm.prank(owner);
        registry.removeAttester(attester);
        _add(attester);
        assertTrue(registry.isAttested(CIRCUIT));
    }

    function test_Attesters_AreAddedAfterTheDelay() public {
        address next = makeAddr("next");
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.proposeAttester(next);
        vm.prank(owner);
        bytes32 proposal = registry.proposeAttester(next);
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1));
        registry.addAttester(next);
        vm.warp(activeFrom);
        registry.addAttester(next);
        assertTrue(registry.isAttester(next));
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        registry.addAttester(next);
    }

    function _add(address who) private {
        vm.prank(owner);
        registry.proposeAttester(who);
        vm.warp(block.timestamp + DELAY);
        registry.addAttester(who);
    }
}
