// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {Timelocked} from "../../src/Timelocked.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";

/// @notice What the vault, the circuit registry and the verifier registry have in common: an owner whose proposals
/// wait.
contract TimelockedTest is Test {
    uint64 private constant DELAY = 3 days;

    address private owner = makeAddr("owner");
    address private attester = makeAddr("attester");
    Timelocked[3] private modules;

    function setUp() public {
        vm.warp(1_700_000_000);
        modules[0] = new Vault(new AssayToken(), owner, DELAY);
        modules[1] = new CircuitRegistry(owner, DELAY, attester);
        modules[2] = new VerifierRegistry(owner, DELAY);
    }

    function testFuzz_Ownership_MovesWhenTheNextOneAccepts(uint256 which, address next, address stranger)
        public
    {
        Timelocked module = _pick(which);
        vm.assume(stranger != owner && stranger != next && next != owner && next != address(0));
        assertEq(module.owner(), owner);
        _expectStranger(stranger);
        module.transferOwnership(stranger);

        vm.prank(owner);
        module.transferOwnership(next);
        assertEq(module.owner(), owner);
        assertEq(module.pendingOwner(), next);
        _expectStranger(stranger);
        module.acceptOwnership();

        vm.prank(next);
        module.acceptOwnership();
        assertEq(module.owner(), next);
        assertEq(module.pendingOwner(), address(0));
        _expectStranger(owner);
        module.drop(bytes32(0));
    }

    function testFuzz_Renouncing_EndsProposals(uint256 which, address stranger) public {
        Timelocked module = _pick(which);
        vm.assume(stranger != owner);
        _expectStranger(stranger);
        module.renounceOwnership();
        vm.prank(owner);
        module.renounceOwnership();
        assertEq(module.owner(), address(0));
        _expectStranger(owner);
        module.drop(bytes32(0));
    }

    function testFuzz_Delay_IsWhatWasDeployed(uint64 delay) public {
        delay = uint64(bound(delay, 2 days, type(uint64).max));
        VerifierRegistry registry = new VerifierRegistry(owner, delay);
        assertEq(registry.delay(), delay);
        assertEq(registry.MIN_DELAY(), 2 days);
    }

    function testFuzz_DroppedProposal_CanBeMadeAgain(address next, uint64 wait) public {
        CircuitRegistry registry = CircuitRegistry(address(modules[1]));
        vm.assume(next != attester);
        vm.startPrank(owner);
        bytes32 proposal = registry.proposeAttester(next);
        vm.warp(block.timestamp + bound(wait, 0, 365 days));
        vm.expectEmit(address(registry));
        emit ITimelocked.ProposalDropped(proposal);
        registry.drop(proposal);
        assertEq(registry.proposedFrom(proposal), 0);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        registry.addAttester(next);

        // Its delay begins anew.
        assertEq(registry.proposeAttester(next), proposal);
        assertEq(registry.proposedFrom(proposal), block.timestamp + DELAY);
    }

    function _pick(uint256 which) private view returns (Timelocked) {
        return modules[bound(which, 0, 2)];
    }

    function _expectStranger(address who) private {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, who));
        vm.prank(who);
    }
}
