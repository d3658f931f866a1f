// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {CircuitRegistry} from "../../src/CircuitRegistry.sol";
import {Timelocked} from "../../src/Timelocked.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {TermsCheck} from "../../src/lib/TermsCheck.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The bare mechanism, callable from outside.
contract Timelock is Timelocked {
    constructor(address owner_, uint64 delay_) Timelocked(owner_, delay_) {}

    function propose(address subject, bytes32 content) external returns (uint64, uint64) {
        return _propose(subject, content);
    }

    function activate(address subject, bytes32 content) external {
        _activate(subject, content);
    }

    function remove(address subject) external {
        _withdraw(subject);
    }
}

/// @notice What the vault, the circuit registry and the verifier registry have in common.
contract TimelockedTest is Test {
    uint64 private constant DELAY = 30 days;
    uint64 private constant WINDOW = 14 days;

    address private owner = makeAddr("owner");
    Timelock private timelock;

    function setUp() public {
        vm.warp(1_700_000_000);
        timelock = new Timelock(owner, DELAY);
    }

    // --- constructor -----------------------------------------------------------------------------------------

    function testFuzz_PublicChain_NeedsTheMinimumDelay(uint64 short, uint64 long, uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        short = uint64(bound(short, 0, 21 days - 1));
        long = uint64(bound(long, 21 days, type(uint64).max));
        AssayToken token = new AssayToken();
        assertEq(new Timelock(owner, short).delay(), short);
        vm.chainId(chainId);
        bytes memory refused = abi.encodeWithSelector(ITimelocked.DelayTooShort.selector, 21 days, short);
        vm.expectRevert(refused);
        new Timelock(owner, short);
        vm.expectRevert(refused);
        new Vault(token, owner, short);
        vm.expectRevert(refused);
        new CircuitRegistry(owner, short, owner);
        vm.expectRevert(refused);
        new VerifierRegistry(owner, short);
        assertEq(new Timelock(owner, 21 days).delay(), 21 days);
        assertEq(new Timelock(owner, long).delay(), long);
    }

    /// @dev Whoever is bound by a request is free before any change takes effect: {Attacks} compares it with the
    /// market's longest pause.
    function test_MinimumDelay_OutlastsEveryRequest() public view {
        assertEq(timelock.MIN_DELAY(), 21 days);
        assertGt(timelock.MIN_DELAY(), TermsCheck.MAX_LIFETIME);
        assertEq(timelock.ACTIVATION_WINDOW(), WINDOW);
    }

    // --- propose and activate --------------------------------------------------------------------------------

    function testFuzz_Proposal_TellsItsTimes(address subject, bytes32 content) public {
        (uint64 from, uint64 until) = timelock.proposalOf(subject);
        assertEq(from, 0);
        assertEq(until, 0);
        vm.prank(owner);
        (from, until) = timelock.propose(subject, content);
        assertEq(from, block.timestamp + DELAY);
        assertEq(until, from + WINDOW);
        (uint64 storedFrom, uint64 storedUntil) = timelock.proposalOf(subject);
        assertEq(storedFrom, from);
        assertEq(storedUntil, until);
    }

    function testFuzz_Stranger_CannotPropose(address stranger, address subject) public {
        vm.assume(stranger != owner);
        _expectStranger(stranger);
        timelock.propose(subject, 0);
    }

    function testFuzz_Activation_HasAWindow(address caller, address subject, bytes32 content) public {
        vm.prank(owner);
        (uint64 from, uint64 until) = timelock.propose(subject, content);
        vm.startPrank(caller);
        vm.warp(from - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, from, from - 1));
        timelock.activate(subject, content);
        vm.warp(until);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalExpired.selector, until, until));
        timelock.activate(subject, content);

        uint256 snapshot = vm.snapshotState();
        uint64[3] memory within = [from, from + 1, until - 1];
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(within[i]);
            timelock.activate(subject, content);
            (uint64 left,) = timelock.proposalOf(subject);
            assertEq(left, 0);
            _expectNotProposed(subject);
            timelock.activate(subject, content);
            vm.revertToState(snapshot);
        }
    }

    function testFuzz_OtherContent_IsNotWhatWasProposed(address subject, bytes32 content, bytes32 other)
        public
    {
        vm.assume(content != other);
        vm.prank(owner);
        (uint64 from,) = timelock.propose(subject, content);
        vm.warp(from);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalChanged.selector, subject));
        timelock.activate(subject, other);
        timelock.activate(subject, content);
    }

    function testFuzz_OtherSubject_IsNotProposed(address subject, address other) public {
        vm.assume(subject != other);
        vm.prank(owner);
        (uint64 from,) = timelock.propose(subject, 0);
        vm.warp(from);
        _expectNotProposed(other);
        timelock.activate(other, 0);
    }

    /// @dev Otherwise an owner could keep a proposal ripe for ever by making it anew every day.
    function testFuzz_Subject_HasOneProposalAtATime(address subject, bytes32 first, bytes32 second) public {
        vm.startPrank(owner);
        (uint64 from, uint64 until) = timelock.propose(subject, first);
        uint64[4] memory early = [from - DELAY, from - 1, from, until - 1];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(early[i]);
            vm.expectRevert(abi.encodeWithSelector(ITimelocked.AlreadyProposed.selector, subject));
            timelock.propose(subject, second);
        }
        vm.warp(until);
        (from,) = timelock.propose(subject, second);
        assertEq(from, until + DELAY);
        vm.warp(from);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalChanged.selector, subject));
        timelock.activate(subject, first);
        timelock.activate(subject, second);
    }

    // --- withdraw --------------------------------------------------------------------------------------------

    function testFuzz_WithdrawnProposal_StartsAnew(address subject, bytes32 content, uint64 wait) public {
        vm.startPrank(owner);
        timelock.propose(subject, content);
        vm.warp(block.timestamp + bound(wait, 0, 365 days));
        vm.expectEmit(address(timelock));
        emit ITimelocked.ProposalWithdrawn(subject);
        timelock.withdrawProposal(subject);
        _expectNotProposed(subject);
        timelock.activate(subject, content);
        (uint64 from,) = timelock.propose(subject, content);
        assertEq(from, block.timestamp + DELAY);
    }

    function testFuzz_Withdrawing_IsTheOwnersAndNeedsAProposal(address stranger, address subject) public {
        vm.assume(stranger != owner);
        vm.prank(owner);
        timelock.propose(subject, 0);
        _expectStranger(stranger);
        timelock.withdrawProposal(subject);
        vm.startPrank(owner);
        timelock.withdrawProposal(subject);
        _expectNotProposed(subject);
        timelock.withdrawProposal(subject);
    }

    function testFuzz_RemovedSubject_LosesItsProposal(address subject, bytes32 content) public {
        vm.recordLogs();
        timelock.remove(subject);
        assertEq(vm.getRecordedLogs().length, 0);
        vm.prank(owner);
        (uint64 from,) = timelock.propose(subject, content);
        vm.expectEmit(address(timelock));
        emit ITimelocked.ProposalWithdrawn(subject);
        timelock.remove(subject);
        vm.warp(from);
        _expectNotProposed(subject);
        timelock.activate(subject, content);
    }

    // --- owner -----------------------------------------------------------------------------------------------

    function testFuzz_Ownership_MovesWhenTheNextOneAccepts(address next, address stranger) public {
        vm.assume(stranger != owner && stranger != next && next != owner && next != address(0));
        _expectStranger(stranger);
        timelock.transferOwnership(stranger);
        vm.prank(owner);
        timelock.transferOwnership(next);
        assertEq(timelock.owner(), owner);
        _expectStranger(stranger);
        timelock.acceptOwnership();
        vm.prank(next);
        timelock.acceptOwnership();
        assertEq(timelock.owner(), next);
        _expectStranger(owner);
        timelock.propose(stranger, 0);
    }

    function test_Renouncing_EndsProposals() public {
        vm.prank(owner);
        timelock.renounceOwnership();
        _expectStranger(owner);
        timelock.propose(owner, 0);
    }

    function _expectStranger(address who) private {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, who));
        vm.prank(who);
    }

    function _expectNotProposed(address subject) private {
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, subject));
    }
}
