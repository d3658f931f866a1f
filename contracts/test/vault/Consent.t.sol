// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../../src/interfaces/IVault.sol";
import {VaultTest} from "../utils/VaultTest.sol";

/// @notice Carol never consented to this module; what others let it have is counted.
contract ConsentTest is VaultTest {
    // --- allowance -------------------------------------------------------------------------------------------

    function testFuzz_NoConsent_GivesNothing(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY));
        _expectBeyond(carol, 0, amount);
        vault.lock(KEY, carol, amount);
    }

    /// @dev Consent to one module is none to another.
    function testFuzz_OtherModulesConsent_GivesNothing(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY));
        _activate(vault, address(harness), DAILY);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.AllowanceExceeded.selector, alice, address(harness), 0, amount)
        );
        vm.prank(address(harness));
        vault.lock(KEY, alice, amount);
    }

    function testFuzz_Consent_Tells(uint96 allowance) public {
        vm.expectEmit(address(vault));
        emit IVault.Consented(carol, address(this), allowance);
        _consent(carol, allowance);
        (uint256 given, uint256 used, uint256 today) = vault.consentOf(carol, address(this));
        assertEq(given, allowance);
        assertEq(used, 0);
        assertEq(today, DAILY);
    }

    function testFuzz_Allowance_IsMetAndNotExceeded(uint96 allowance, uint96 first) public {
        allowance = uint96(bound(allowance, 1, DAILY - 1));
        first = uint96(bound(first, 0, allowance));
        _consent(carol, allowance);
        vault.lock(KEY, carol, first);
        _expectBeyond(carol, allowance, uint256(allowance) + 1);
        vault.lock("other", carol, allowance - first + 1);
    }

    function testFuzz_Allowance_IsMetExactly(uint96 fifths) public {
        fifths = uint96(bound(fifths, 0, 5));
        _consent(carol, uint96(DAILY));
        vault.lock(KEY, carol, fifths * 100e6);
        vault.lock("other", carol, DAILY - fifths * 100e6);
        _assertUsed(carol, DAILY, "both");
    }

    function testFuzz_Release_GivesBack(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY / 2 - 1));
        _consent(carol, amount);
        vault.lock(KEY, carol, amount);
        _assertUsed(carol, amount, "locked");
        vault.release(KEY);
        _assertUsed(carol, 0, "released");
        vault.lock("other", carol, amount);
    }

    function testFuzz_PaymentToOthers_StaysUsed(uint96 amount, uint96 back) public {
        amount = uint96(bound(amount, 1, DAILY / 2 - 1));
        back = uint96(bound(back, 0, amount - 1));
        _consent(carol, amount);
        vault.lock(KEY, carol, amount);
        IVault.Payment[] memory payments = new IVault.Payment[](2);
        payments[0] = IVault.Payment(bob, amount - back);
        payments[1] = IVault.Payment(carol, back);
        vault.settle(KEY, payments);
        _assertUsed(carol, amount - back, "settled");
        _expectBeyond(carol, amount, uint256(amount) + 1);
        vault.lock("other", carol, back + 1);
        vault.lock("other", carol, back);
    }

    function testFuzz_PartPaidToOneself_ComesBack(uint96 amount, uint96 back) public {
        amount = uint96(bound(amount, 1, DAILY));
        back = uint96(bound(back, 0, amount));
        _consent(carol, amount);
        vault.lock(KEY, carol, amount);
        vault.settlePart(KEY, _pay(carol, back));
        _assertUsed(carol, amount - back, "part");
        vault.release(KEY);
        _assertUsed(carol, 0, "rest");
    }

    function testFuzz_Relock_MovesTheUse(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY));
        _consent(alice, amount);
        _consent(carol, amount);
        vault.lock(KEY, alice, amount);
        vault.relock(KEY, carol);
        _assertUsed(alice, 0, "former");
        _assertUsed(carol, amount, "present");
    }

    function testFuzz_Relock_NeedsConsentToo(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY));
        vault.lock(KEY, alice, amount);
        _expectBeyond(carol, 0, amount);
        vault.relock(KEY, carol);
    }

    /// @dev Whoever withdraws a consent is still bound by what is locked, and by nothing more.
    function testFuzz_ConsentTakenBack_LeavesLocksAlone(uint96 amount) public {
        amount = uint96(bound(amount, 2, DAILY / 2));
        _consent(carol, amount);
        vault.lock(KEY, carol, amount);
        _consent(carol, 0);
        _expectBeyond(carol, 0, uint256(amount) + 1);
        vault.lock("other", carol, 1);
        vault.settlePart(KEY, _pay(bob, 1));
        vault.release(KEY);
        _assertUsed(carol, 1, "paid away");
        _assertBalances(carol, FUNDS - 1, 0);
    }

    function testFuzz_NoLimit_CountsNothing(uint96 amount) public {
        amount = uint96(bound(amount, 1, DAILY / 2 - 1));
        vault.lock(KEY, alice, amount);
        _assertUsed(alice, 0, "locked");
        vault.settle(KEY, _pay(bob, amount));
        _assertUsed(alice, 0, "paid away");
        // The largest value but one is a limit like any other.
        _consent(alice, UNLIMITED - 1);
        vault.lock("other", alice, amount);
        _assertUsed(alice, amount, "limited");
    }

    /// @dev A lock from a time without a limit gives back more than was counted; that must stop nobody's payout.
    function testFuzz_LimitAfterNoLimit_NeverUnderflows(uint96 before, uint96 counted) public {
        before = uint96(bound(before, 1, DAILY / 2));
        counted = uint96(bound(counted, 0, DAILY / 2 - 1));
        vault.lock(KEY, alice, before);
        _consent(alice, counted);
        vault.lock("other", alice, counted);
        vault.release(KEY);
        _assertUsed(alice, counted > before ? counted - before : 0, "released");
        vault.settle("other", _pay(alice, counted));
        _assertUsed(alice, 0, "settled");
        _assertBalances(alice, FUNDS, 0);
    }

    // --- daily limit -----------------------------------------------------------------------------------------

    function test_DailyLimit_IsMetAndNotExceeded() public {
        _expectTooMuchToday(DAILY + 1);
        vault.lock(KEY, alice, DAILY + 1);
        vault.lock(KEY, alice, DAILY);
        (,, uint256 today) = vault.consentOf(alice, address(this));
        assertEq(today, 0);
        _expectTooMuchToday(1);
        vault.lock("other", alice, 1);
        // It is a limit for each account.
        vault.lock("bob", bob, DAILY);
    }

    /// @dev What came back the same day counts all the same, so that locking and paying away in turns has an end.
    function testFuzz_DailyLimit_CountsWhatCameBack(uint96 fifths) public {
        fifths = uint96(bound(fifths, 1, 5));
        vault.lock(KEY, alice, fifths * 100e6);
        vault.release(KEY);
        (,, uint256 today) = vault.consentOf(alice, address(this));
        assertEq(today, DAILY - fifths * 100e6);
        uint256 more = DAILY - fifths * 100e6 + 1;
        _expectTooMuchToday(more);
        vault.lock("more", alice, more);
        vault.lock("other", alice, DAILY - fifths * 100e6);
    }

    function testFuzz_DailyLimit_IsNewEachDay(uint64 later) public {
        uint256 midnight = (block.timestamp / 1 days + 1) * 1 days;
        vault.lock(KEY, alice, DAILY);
        vault.release(KEY);
        vm.warp(midnight - 1);
        _expectTooMuchToday(1);
        vault.lock("before", alice, 1);
        vm.warp(midnight + bound(later, 0, 100 days));
        (,, uint256 today) = vault.consentOf(alice, address(this));
        assertEq(today, DAILY);
        vault.lock("after", alice, DAILY);
        _expectTooMuchToday(1);
        vault.lock("more", alice, 1);
    }

    /// @dev Rounding never adds up to more than the limit.
    function testFuzz_DailyLimit_HoldsForTheSum(uint128 limit, uint96[8] memory amounts) public {
        limit = uint128(bound(limit, 1, FUNDS));
        _limit(limit);
        uint256 sum;
        for (uint256 i = 0; i < 8; ++i) {
            uint256 amount = bound(amounts[i], 0, limit / 3 + 1);
            (,, uint256 today) = vault.consentOf(alice, address(this));
            try vault.lock(bytes32(i), alice, amount) {
                sum += amount;
            } catch (bytes memory why) {
                assertEq(
                    why, abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, alice, limit, amount)
                );
                assertGt(amount + 1, today, "refused although it fitted");
            }
        }
        assertLe(sum, limit);
    }

    /// @dev The share that was used stays a share when the limit changes.
    function test_DailyLimit_ThatChanges_KeepsTheShare() public {
        vault.lock(KEY, alice, 300e6);
        _limit(100e6);
        (,, uint256 today) = vault.consentOf(alice, address(this));
        assertEq(today, 40e6);
        vault.lock("other", alice, 40e6);
        vm.expectRevert(abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, alice, 100e6, 1));
        vault.lock("more", alice, 1);
    }

    function testFuzz_NoDailyLimit_IsNothingToday(uint96 amount) public {
        _limit(0);
        vm.expectRevert(abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, alice, 0, amount));
        vault.lock(KEY, alice, amount);
    }

    function _limit(uint128 dailyLimit) private {
        _activate(vault, address(this), dailyLimit);
    }

    function _expectBeyond(address account, uint256 allowance, uint256 wanted) private {
        vm.expectRevert(
            abi.encodeWithSelector(
                IVault.AllowanceExceeded.selector, account, address(this), allowance, wanted
            )
        );
    }

    function _expectTooMuchToday(uint256 wanted) private {
        vm.expectRevert(abi.encodeWithSelector(IVault.DailyLimitExceeded.selector, alice, DAILY, wanted));
    }
}
