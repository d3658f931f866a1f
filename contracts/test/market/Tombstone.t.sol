// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {MarketTest} from "../utils/MarketTest.sol";

/// @notice A verifier turns out to be broken while requests in every state pin it.
contract TombstoneTest is MarketTest {
    uint256 private constant UNSETTLED = 11;

    /// @dev In the order of {_statuses}.
    bytes32[UNSETTLED] private ids;
    bytes32 private fulfilled;
    bytes32 private cancelled;
    bytes32 private other;
    /// @dev What three defaults burned and paid before.
    uint256 private burned;
    uint64 private nonce;

    function setUp() public override {
        super.setUp();
        _listAnotherVerifier();
        (fulfilled, cancelled) = (_next(), _next());
        _bid(alice, fulfilled, 1, INSTANT);
        _fulfill(fulfilled, 1, alice);
        _cancel(requester, cancelled);
        Terms memory terms = _terms();
        terms.expiresAt = uint64(block.timestamp) + BIDDING + RESERVE;
        ids[10] = _request(terms, ++nonce);

        // Later rounds, after one and two defaults.
        (ids[8], ids[9]) = (_next(), _next());
        _bid(alice, ids[8], 1, INSTANT);
        _bid(alice, ids[9], 1, INSTANT);
        vm.warp(_graceEnd(ids[9]));
        _declareDefault(anyone, ids[8]);
        _declareDefault(anyone, ids[9]);
        _defaulted(ids[9], 2, bob);

        // First rounds, from the oldest to the newest.
        uint64 t = uint64(block.timestamp);
        ids[7] = _next();
        _bid(alice, ids[7], 1, INSTANT);
        vm.warp(t + GRACE / 2);
        ids[6] = _next();
        _bid(bob, ids[6], 1, INSTANT);
        vm.warp(t + 600);
        (ids[1], ids[5]) = (_next(), _next());
        _bid(carol, ids[5], 1, 8e6);
        vm.warp(t + PROVING + GRACE - BIDDING);
        ids[3] = _next();
        _bid(alice, ids[3], 1, 8e6);
        vm.warp(t + PROVING + GRACE - 1);
        _bid(bob, ids[3], 1, 7e6);
        vm.warp(t + PROVING + GRACE);
        (ids[0], ids[2], ids[4]) = (_next(), _next(), _next());
        _bid(alice, ids[2], 1, 8e6);
        _bid(bob, ids[4], 1, INSTANT);
        _bid(carol, ids[9], 3, INSTANT);
        burned = vault.freeOf(vault.sink());
        _assertConserved();
    }

    /// @dev So the states are what this test says they are.
    function test_BeforeTheTombstone_TheyAreInEveryState() public view {
        Status[UNSETTLED] memory statuses = _statuses();
        for (uint256 i = 0; i < UNSETTLED; ++i) {
            _assertStatus(ids[i], statuses[i]);
        }
        assertEq(_viewOf(ids[1]).highestBid, LIMIT, "raised");
        assertEq(market.stateOf(ids[3]).extensions, 1, "extended");
        assertLt(block.timestamp, _graceEnd(ids[6]), "in grace");
        assertEq(block.timestamp, _graceEnd(ids[7]), "after grace");
        assertEq(_viewOf(ids[8]).bounty, BOUNTY);
        assertEq(_viewOf(ids[9]).bounty, 2 * BOUNTY);
        assertEq(burned, 3 * BURNED);
    }

    function test_Tombstone_VoidsWhatIsNotSettled() public {
        _tombstone();
        for (uint256 i = 0; i < UNSETTLED; ++i) {
            _assertStatus(ids[i], Status.Voided);
        }
        _assertStatus(fulfilled, Status.Fulfilled);
        _assertStatus(cancelled, Status.Cancelled);
        _refuseClose(fulfilled, _wrongStatus(Status.Fulfilled));
        _refuseClose(cancelled, _wrongStatus(Status.Cancelled));
        assertEq(vault.freeOf(provider), FEE);
    }

    function test_VoidedRequest_IsRefusedEverythingButClose() public {
        _tombstone();
        bytes memory voided = _wrongStatus(Status.Voided);
        for (uint256 i = 0; i < UNSETTLED; ++i) {
            uint32 round = market.stateOf(ids[i]).round;
            _refuseBid(anyone, ids[i], round, 1, voided);
            _refuseFulfill(ids[i], round, _delivery(ids[i], round, alice), voided);
            _refuseDefault(ids[i], voided);
            _refuseCancel(requester, ids[i], voided);
        }
    }

    function test_Close_RefundsEverybody() public {
        _tombstone();
        _closeAllAndCheck();
    }

    function test_Close_RefundsEverybodyWhilePaused() public {
        vm.prank(owner);
        market.pause();
        _tombstone();
        _closeAllAndCheck();
    }

    /// @dev A tombstone needs no clock: it counts whatever time does.
    function testFuzz_Close_RefundsEverybodyAtAnyTime(uint256 late) public {
        _tombstone();
        vm.warp(block.timestamp + bound(late, 0, 60 days));
        _closeAllAndCheck();
    }

    function _closeAllAndCheck() private {
        for (uint256 i = 0; i < UNSETTLED; ++i) {
            uint128 bounties = i == 8 ? BOUNTY : i == 9 ? 2 * BOUNTY : 0;
            vm.expectEmit(address(market));
            emit IMarketEvents.Voided(ids[i], ESCROW, bounties);
            _close(carol, ids[i]);
            _refuseClose(ids[i], _wrongStatus(Status.Voided));
        }
        // Nobody lost anything but what was slashed before, and nobody earned anything by closing.
        assertEq(vault.freeOf(requester), FUNDS - INSTANT - FEE - ESCROW, "requester");
        assertEq(vault.lockedOf(requester), ESCROW, "the other verifier's request");
        assertEq(vault.freeOf(alice), FUNDS + INSTANT - 2 * COLLATERAL, "alice");
        assertEq(vault.freeOf(bob), FUNDS - COLLATERAL, "bob");
        assertEq(vault.freeOf(carol), FUNDS, "carol");
        assertEq(vault.lockedOf(alice) + vault.lockedOf(bob) + vault.lockedOf(carol), 0, "collateral");
        assertEq(vault.freeOf(vault.sink()), burned + 3 * BOUNTY, "bounties");
        assertFalse(market.hasDefaulted(ids[6], bob));
        assertFalse(market.hasDefaulted(ids[7], alice));
        _assertConserved();
    }

    function test_AnotherVerifiersRequest_GoesOn() public {
        _tombstone();
        _assertStatus(other, Status.Open);
        _bid(alice, other, 1, INSTANT);
        _fulfill(other, 1, alice);
        _assertStatus(other, Status.Fulfilled);
    }

    function test_NewRequest_CannotPinIt() public {
        _tombstone();
        Terms memory terms = _terms();
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.VerifierIsTombstoned.selector, KEY_DIGEST));
        vm.prank(requester);
        market.request(terms, 1000, _input());
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _statuses() private pure returns (Status[UNSETTLED] memory) {
        return [
            Status.Open, // without a bid
            Status.Open, // with a raised ceiling
            Status.Open, // with a bid
            Status.Open, // extended by a late bid
            Status.Assigned, // at once
            Status.Assigned, // by time
            Status.Overdue, // in grace
            Status.Overdue, // after grace
            Status.Open, // in the second round, with a bounty
            Status.Assigned, // in the third round, with two
            Status.Expired // and not closed
        ];
    }

    function _next() private returns (bytes32) {
        return _request(_terms(), ++nonce);
    }

    function _tombstone() private {
        vm.prank(owner);
        verifiers.tombstone(KEY_DIGEST);
    }

    function _listAnotherVerifier() private {
        bytes32 digest = keccak256("another verifying key");
        Groth16Adapter another = new Groth16Adapter(new MarkerVerifier(digest));
        vm.prank(owner);
        verifiers.proposeVerifier(address(another));
        verifiers.addVerifier(address(another));
        Terms memory terms = _terms();
        terms.verifierId = digest;
        other = _request(terms, ++nonce);
    }
}
