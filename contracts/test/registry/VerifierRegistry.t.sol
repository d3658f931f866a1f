// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {MarkerVerifier, YesVerifier} from "../utils/MarkerVerifier.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";

contract VerifierRegistryTest is Test {
    bytes32 private constant ID = keccak256("verifying key");
    uint64 private constant DELAY = 3 days;

    address private owner = makeAddr("owner");
    VerifierRegistry private registry;
    Groth16Adapter private adapter;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new VerifierRegistry(owner, DELAY);
        adapter = new Groth16Adapter(new MarkerVerifier(ID));
    }

    function testFuzz_ProposedAdapter_IsListedAfterTheDelay(uint64 early, address caller) public {
        vm.prank(owner);
        bytes32 proposal = registry.proposeVerifier(address(adapter));
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        early = uint64(bound(early, block.timestamp, activeFrom - 1));
        vm.warp(early);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, early));
        registry.addVerifier(address(adapter));
        assertFalse(registry.isListed(ID));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, ID));
        registry.adapterOf(ID);

        vm.warp(activeFrom);
        vm.expectEmit(address(registry));
        emit IVerifierRegistry.VerifierAdded(ID, address(adapter));
        // Once the delay is over it needs nobody in particular.
        vm.prank(caller);
        assertEq(registry.addVerifier(address(adapter)), ID);
        assertTrue(registry.isListed(ID));
        assertEq(registry.adapterOf(ID), address(adapter));
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        registry.addVerifier(address(adapter));
    }

    function testFuzz_Strangers_CannotPropose(address stranger) public {
        vm.assume(stranger != owner);
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger));
        vm.prank(stranger);
        registry.proposeVerifier(address(adapter));
    }

    function testFuzz_IdNotListed_IsUnknown(bytes32 id) public {
        _add(address(adapter));
        vm.assume(id != ID);
        assertFalse(registry.isListed(id));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, id));
        registry.adapterOf(id);
    }

    function test_ListedId_IsNeverRepointed() public {
        _add(address(adapter));
        address other = address(new Groth16Adapter(new MarkerVerifier(ID)));
        _expectRefused(other, abi.encodeWithSelector(IVerifierRegistry.VerifierExists.selector, ID));
        assertEq(registry.adapterOf(ID), address(adapter));
    }

    function testFuzz_AdapterWithoutTheProposedCode_IsRefused(bytes calldata code) public {
        vm.assume(keccak256(code) != address(adapter).codehash);
        // What begins with 0xef is no code that a chain takes.
        vm.assume(code.length == 0 || code[0] != 0xef);
        address nobody = makeAddr("nobody");
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.NoCode.selector, nobody));
        registry.proposeVerifier(nobody);
        registry.proposeVerifier(address(adapter));
        vm.stopPrank();
        vm.warp(block.timestamp + DELAY);
        vm.etch(address(adapter), code);
        vm.expectPartialRevert(ITimelocked.NotProposed.selector);
        registry.addVerifier(address(adapter));
    }

    function test_AdapterWithoutId_IsRefused() public {
        address nameless = address(new Groth16Adapter(new MarkerVerifier(bytes32(0))));
        _expectRefused(nameless, abi.encodeWithSelector(IVerifierRegistry.NoVerifierId.selector, nameless));
    }

    function test_AdapterThatAcceptsAnything_IsRefused() public {
        address yes = address(new Groth16Adapter(new YesVerifier()));
        _expectRefused(yes, abi.encodeWithSelector(IVerifierRegistry.AcceptsFalseProof.selector, yes));
    }

    function _expectRefused(address candidate, bytes memory error_) private {
        vm.prank(owner);
        registry.proposeVerifier(candidate);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(error_);
        registry.addVerifier(candidate);
    }

    function _add(address candidate) private {
        vm.prank(owner);
        registry.proposeVerifier(candidate);
        vm.warp(block.timestamp + DELAY);
        registry.addVerifier(candidate);
    }
}
