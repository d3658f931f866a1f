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

    function test_ProposedAdapter_IsListedAfterTheDelay() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        registry.proposeVerifier(address(adapter));
        vm.prank(owner);
        bytes32 proposal = registry.proposeVerifier(address(adapter));
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1));
        registry.addVerifier(address(adapter));
        assertFalse(registry.isListed(ID));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, ID));
        registry.adapterOf(ID);

        vm.warp(activeFrom);
        vm.expectEmit(address(registry));
        emit IVerifierRegistry.VerifierAdded(ID, address(adapter));
        assertEq(registry.addVerifier(address(adapter)), ID);
        assertTrue(registry.isListed(ID));
        assertEq(registry.adapterOf(ID), address(adapter));
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        registry.addVerifier(address(adapter));
    }

    function test_ListedId_IsNeverRepointed() public {
        _add(address(adapter));
        address other = address(new Groth16Adapter(new MarkerVerifier(ID)));
        _expectRefused(other, abi.encodeWithSelector(IVerifierRegistry.VerifierExists.selector, ID));
        assertEq(registry.adapterOf(ID), address(adapter));
    }

    function test_AdapterWithoutTheProposedCode_IsRefused() public {
        address nobody = makeAddr("nobody");
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.NoCode.selector, nobody));
        registry.proposeVerifier(nobody);
        registry.proposeVerifier(address(adapter));
        vm.stopPrank();
        vm.warp(block.timestamp + DELAY);
        vm.etch(address(adapter), hex"00");
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
