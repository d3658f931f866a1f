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
    uint64 private constant DELAY = 30 days;

    address private owner = makeAddr("owner");
    address private attester = makeAddr("attester");
    CircuitRegistry private registry;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new CircuitRegistry(owner, DELAY, attester);
    }

    function testFuzz_Attest_CountsUntilRevoked(bytes32 circuit, bytes32 card) public {
        circuit = _canonical(circuit);
        assertFalse(registry.isAttested(circuit));
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.CircuitAttested(circuit, attester, card);
        vm.prank(attester);
        registry.attest(circuit, card);
        assertTrue(registry.isAttested(circuit));
        assertTrue(registry.isAttestedBy(circuit, attester));
        assertFalse(registry.isAttestedBy(circuit, owner));
        ICircuitRegistry.Attestation[] memory list = registry.attestationsOf(circuit);
        assertEq(list.length, 1);
        assertEq(list[0].attester, attester);
        assertEq(list[0].cardHash, card);
        assertEq(list[0].attestedAt, block.timestamp);

        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttestationRevoked(circuit, attester);
        vm.prank(attester);
        registry.revoke(circuit);
        assertFalse(registry.isAttested(circuit));
        assertEq(registry.attestationsOf(circuit).length, 0);
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

    function testFuzz_Attest_RejectsRepeats(bytes32 first, bytes32 second) public {
        vm.startPrank(attester);
        registry.attest(CIRCUIT, first);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.AlreadyAttested.selector, CIRCUIT, attester));
        registry.attest(CIRCUIT, second);
    }

    function testFuzz_Attest_RejectsBadDigests(bytes32 digest, uint256 limb, uint64 excess) public {
        limb = bound(limb, 0, 3);
        uint256 bad = bound(excess, Goldilocks.ORDER, type(uint64).max);
        uint256 mask = uint256(type(uint64).max) << (64 * limb);
        digest = bytes32((uint256(_canonical(digest)) & ~mask) | (bad << (64 * limb)));
        vm.expectRevert(abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, digest, limb));
        vm.prank(attester);
        registry.attest(digest, CARD);
    }

    function testFuzz_Attestations_AreLimited(uint160 revoked) public {
        revoked = uint160(bound(revoked, 0, 15));
        assertEq(registry.MAX_ATTESTATIONS(), 16);
        for (uint160 i = 0; i < 16; ++i) {
            address next = address(1000 + i);
            _add(next);
            vm.prank(next);
            registry.attest(CIRCUIT, CARD);
        }
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TooManyAttestations.selector, 16));
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        // Revoking from anywhere keeps the others, and makes room for one.
        vm.prank(address(1000 + revoked));
        registry.revoke(CIRCUIT);
        for (uint160 i = 0; i < 16; ++i) {
            assertEq(registry.isAttestedBy(CIRCUIT, address(1000 + i)), i != revoked);
        }
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        assertEq(registry.attestationsOf(CIRCUIT).length, 16);
    }

    /// @dev The word of former attesters counts for nothing, so it must not stand in anybody's way.
    function testFuzz_FormerAttesters_MakeRoom(uint256 former) public {
        former = bound(former, 0, 15);
        for (uint160 i = 0; i < 16; ++i) {
            _add(address(1000 + i));
            vm.prank(address(1000 + i));
            registry.attest(CIRCUIT, CARD);
        }
        address gone = address(uint160(1000 + former));
        vm.prank(owner);
        registry.removeAttester(gone);
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttestationRevoked(CIRCUIT, gone);
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.CircuitAttested(CIRCUIT, attester, CARD);
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        assertEq(registry.attestationsOf(CIRCUIT).length, 16);
        for (uint160 i = 0; i < 16; ++i) {
            assertEq(registry.isAttestedBy(CIRCUIT, address(1000 + i)), i != former);
        }
        assertTrue(registry.isAttestedBy(CIRCUIT, attester));
        // Nobody else is a former one, so the list is full again.
        _add(address(2000));
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.TooManyAttestations.selector, 16));
        vm.prank(address(2000));
        registry.attest(CIRCUIT, CARD);
    }

    function testFuzz_RemovedAttester_DoesNotCount(address stranger) public {
        vm.assume(stranger != owner && stranger != attester);
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        _expectStranger(stranger);
        registry.removeAttester(attester);
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttesterRemoved(attester);
        vm.prank(owner);
        registry.removeAttester(attester);
        assertFalse(registry.isAttester(attester));
        assertFalse(registry.isAttested(CIRCUIT));
        assertFalse(registry.isAttestedBy(CIRCUIT, attester));
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.NotAttester.selector, attester));
        vm.prank(attester);
        registry.attest(bytes32(uint256(43)), CARD);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.NotAttester.selector, attester));
        vm.prank(owner);
        registry.removeAttester(attester);
        _add(attester);
        assertTrue(registry.isAttested(CIRCUIT));
    }

    /// @dev A former attester can still take its own word back.
    function test_RemovedAttester_CanRevoke() public {
        vm.prank(attester);
        registry.attest(CIRCUIT, CARD);
        vm.prank(owner);
        registry.removeAttester(attester);
        vm.prank(attester);
        registry.revoke(CIRCUIT);
        assertEq(registry.attestationsOf(CIRCUIT).length, 0);
    }

    function test_FirstAttester_IsTold() public {
        vm.expectEmit();
        emit ICircuitRegistry.AttesterAdded(attester);
        CircuitRegistry other = new CircuitRegistry(owner, DELAY, attester);
        assertTrue(other.isAttester(attester));
    }

    /// @dev A proposal for somebody who is there already would outlive the removal.
    function test_PresentAttester_CannotBeProposed() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.AlreadyAttester.selector, attester));
        registry.proposeAttester(attester);
        address next = makeAddr("next");
        registry.proposeAttester(next);
        vm.warp(block.timestamp + DELAY);
        registry.addAttester(next);
        (uint64 from,) = registry.proposalOf(next);
        assertEq(from, 0);
        vm.expectRevert(abi.encodeWithSelector(ICircuitRegistry.AlreadyAttester.selector, next));
        registry.proposeAttester(next);
    }

    function testFuzz_Attesters_AreAddedAfterTheDelay(address next, address caller) public {
        vm.assume(next != attester && caller != owner);
        _expectStranger(caller);
        registry.proposeAttester(next);
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttesterProposed(next, activeFrom, activeFrom + 14 days);
        vm.prank(owner);
        registry.proposeAttester(next);
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1));
        registry.addAttester(next);
        assertFalse(registry.isAttester(next));
        vm.warp(activeFrom);
        vm.expectEmit(address(registry));
        emit ICircuitRegistry.AttesterAdded(next);
        vm.prank(caller);
        registry.addAttester(next);
        assertTrue(registry.isAttester(next));
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, next));
        registry.addAttester(next);
    }

    function _expectStranger(address who) private {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, who));
        vm.prank(who);
    }

    /// @dev Clearing the top bits makes any word canonical; the last bit keeps it from being zero.
    function _canonical(bytes32 digest) private pure returns (bytes32) {
        uint256 cleared = uint256(digest) & 0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff;
        return bytes32(cleared | 1);
    }

    function _add(address who) private {
        vm.prank(owner);
        registry.proposeAttester(who);
        vm.warp(block.timestamp + DELAY);
        registry.addAttester(who);
    }
}
