// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../../src/interfaces/IVault.sol";
import {VaultTest} from "../utils/VaultTest.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

contract ModuleTest is VaultTest {
    // --- lock ------------------------------------------------------------------------------------------------

    function testFuzz_Lock_MovesFromFreeToLocked(uint256 first, uint256 second) public {
        first = bound(first, 0, DAILY / 2);
        second = bound(second, 0, DAILY / 2 - 1);
        vm.expectEmit(address(vault));
        emit IVault.Locked(address(this), KEY, alice, first, FUNDS - first, first);
        vault.lock(KEY, alice, first);
        vm.expectEmit(address(vault));
        emit IVault.Locked(address(this), "other", alice, second, FUNDS - first - second, first + second);
        vault.lock("other", alice, second);
        _assertLock(KEY, alice, first);
        _assertLock("other", alice, second);
        _assertBalances(alice, FUNDS - first - second, first + second);
        _assertConserved();
    }

    function testFuzz_Stranger_CannotLock(address stranger, bytes32 key, uint96 amount) public {
        vm.assume(stranger != address(this) && stranger != address(market));
        vm.expectRevert(abi.encodeWithSelector(IVault.NotModule.selector, stranger));
        vm.prank(stranger);
        vault.lock(key, alice, amount);
    }

    function testFuzz_AmountBeyondALock_IsRefused(uint256 amount) public {
        amount = bound(amount, uint256(type(uint96).max) + 1, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(SafeCast.SafeCastOverflowedUintDowncast.selector, 96, amount));
        vault.lock(KEY, alice, amount);
    }

    function testFuzz_PoorAccount_CannotLock(uint256 free, uint256 amount) public {
        free = bound(free, 0, DAILY - 1);
        amount = bound(amount, free + 1, DAILY);
        vm.prank(alice);
        vault.withdraw(alice, FUNDS - free);
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, free, amount));
        vault.lock(KEY, alice, amount);
        vault.lock(KEY, alice, free);
        _assertBalances(alice, 0, free);
    }

    function testFuzz_UsedKey_IsNeverUsedAgain(bytes32 key, uint256 amount, bool settled) public {
        amount = bound(amount, 0, DAILY / 2);
        vault.lock(key, alice, amount);
        bytes memory used = abi.encodeWithSelector(IVault.LockExists.selector, key);
        vm.expectRevert(used);
        vault.lock(key, bob, 1);
        if (settled) vault.settle(key, _pay(bob, amount));
        else vault.release(key);
        vm.expectRevert(used);
        vault.lock(key, bob, 1);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockNotOpen.selector, key));
        vault.relock(key, bob);
    }

    function testFuzz_Keys_AreAModulesOwn(bytes32 key, uint256 amount) public {
        amount = bound(amount, 0, DAILY);
        vault.lock(key, alice, amount);
        _activate(vault, address(harness), DAILY);
        vm.prank(bob);
        vault.consent(address(harness), UNLIMITED);
        vm.prank(address(harness));
        vault.lock(key, bob, amount);
        _assertLock(key, alice, amount);
        vault.release(key);
        (address account,, bool open) = vault.lockOf(address(harness), key);
        assertEq(account, bob);
        assertTrue(open);
    }

    // --- relock ----------------------------------------------------------------------------------------------

    function testFuzz_Relock_FreesTheFormer(uint256 amount) public {
        amount = bound(amount, 0, DAILY);
        vault.lock(KEY, alice, amount);
        vm.expectEmit(address(vault));
        emit IVault.Released(address(this), KEY, alice, amount, FUNDS, 0);
        vm.expectEmit(address(vault));
        emit IVault.Locked(address(this), KEY, bob, amount, FUNDS - amount, amount);
        assertEq(vault.relock(KEY, bob), alice);
        _assertLock(KEY, bob, amount);
        _assertBalances(alice, FUNDS, 0);
        _assertBalances(bob, FUNDS - amount, amount);
        assertEq(vault.release(KEY), bob);
        _assertConserved();
    }

    /// @dev The same account may beat itself with what its former lock frees.
    function test_Relock_ToTheSameAccount_NeedsNoSecondBalance() public {
        vm.prank(alice);
        vault.withdraw(alice, FUNDS - 100);
        vault.lock(KEY, alice, 100);
        assertEq(vault.relock(KEY, alice), alice);
        _assertLock(KEY, alice, 100);
        _assertBalances(alice, 0, 100);
    }

    function testFuzz_Relock_NeedsTheBalance(uint256 free, uint256 amount) public {
        free = bound(free, 0, DAILY - 1);
        amount = bound(amount, free + 1, DAILY);
        vm.prank(bob);
        vault.withdraw(bob, FUNDS - free);
        vault.lock(KEY, alice, amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFree.selector, bob, free, amount));
        vault.relock(KEY, bob);
        _assertLock(KEY, alice, amount);
    }

    // --- release ---------------------------------------------------------------------------------------------

    function testFuzz_Release_ClosesOnce(uint256 amount, uint256 other) public {
        amount = bound(amount, 0, DAILY / 2);
        other = bound(other, 0, DAILY / 2 - 1);
        vault.lock(KEY, alice, amount);
        vault.lock("other", alice, other);
        vm.expectEmit(address(vault));
        emit IVault.Released(address(this), KEY, alice, amount, FUNDS - other, other);
        assertEq(vault.release(KEY), alice);
        _assertBalances(alice, FUNDS - other, other);
        _assertClosed(KEY);
        _assertConserved();
    }

    // --- settle ----------------------------------------------------------------------------------------------

    function testFuzz_Settle_PaysAndTells(uint256 amount, uint256 first, uint256 second) public {
        amount = bound(amount, 0, DAILY);
        first = bound(first, 0, amount);
        second = bound(second, 0, amount - first);
        vault.lock(KEY, alice, amount);
        IVault.Payment[] memory payments = new IVault.Payment[](4);
        IVault.Credit[] memory credits = new IVault.Credit[](4);
        uint256 rest = amount - first - second;
        payments[0] = IVault.Payment(bob, first);
        credits[0] = IVault.Credit(bob, first, FUNDS + first);
        payments[1] = IVault.Payment(alice, second);
        credits[1] = IVault.Credit(alice, second, FUNDS - amount + second);
        payments[2] = IVault.Payment(bob, rest / 2);
        // The same payee twice: each credit tells the balance after it.
        credits[2] = IVault.Credit(bob, rest / 2, FUNDS + first + rest / 2);
        payments[3] = IVault.Payment(vault.sink(), rest - rest / 2);
        credits[3] = IVault.Credit(vault.sink(), rest - rest / 2, rest - rest / 2);
        vm.expectEmit(address(vault));
        emit IVault.Settled(address(this), KEY, alice, 0, 0, credits);
        vault.settle(KEY, payments);
        _assertBalances(bob, FUNDS + first + rest / 2, 0);
        _assertBalances(alice, FUNDS - amount + second, 0);
        assertEq(vault.freeOf(vault.sink()), rest - rest / 2);
        _assertClosed(KEY);
        _assertConserved();
    }

    function testFuzz_Settle_RefusesOtherSums(uint256 amount, uint256 paid) public {
        amount = bound(amount, 0, DAILY);
        paid = bound(paid, 0, type(uint128).max / 2);
        vm.assume(paid != amount);
        vault.lock(KEY, alice, amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.PaymentsMismatch.selector, amount, paid));
        vault.settle(KEY, _pay(bob, paid));
        _assertLock(KEY, alice, amount);
    }

    // --- settlePart ------------------------------------------------------------------------------------------

    function testFuzz_SettlePart_LeavesTheRest(uint256 amount, uint256 part, uint256 other) public {
        amount = bound(amount, 0, DAILY / 2);
        part = bound(part, 0, amount);
        other = bound(other, 0, DAILY / 2 - 1);
        vault.lock(KEY, alice, amount);
        vault.lock("other", alice, other);
        IVault.Credit[] memory credits = new IVault.Credit[](1);
        credits[0] = IVault.Credit(bob, part, FUNDS + part);
        vm.expectEmit(address(vault));
        emit IVault.Settled(address(this), KEY, alice, amount - part, amount - part + other, credits);
        vault.settlePart(KEY, _pay(bob, part));
        _assertLock(KEY, alice, amount - part);
        _assertBalances(alice, FUNDS - amount - other, amount - part + other);
        _assertConserved();

        // Even with nothing left the lock is open until it is closed.
        vault.settle(KEY, _pay(carol, amount - part));
        _assertBalances(carol, FUNDS + amount - part, 0);
        _assertClosed(KEY);
        _assertConserved();
    }

    function testFuzz_SettlePart_RefusesMoreThanThereIs(uint256 amount, uint256 part) public {
        amount = bound(amount, 0, DAILY);
        part = bound(part, amount + 1, type(uint128).max);
        vault.lock(KEY, alice, amount);
        vault.lock("other", bob, DAILY);
        IVault.Payment[] memory payments = new IVault.Payment[](2);
        payments[0] = IVault.Payment(carol, part / 2);
        payments[1] = IVault.Payment(alice, part - part / 2);
        vm.expectRevert(abi.encodeWithSelector(IVault.PaymentsMismatch.selector, amount, part));
        vault.settlePart(KEY, payments);
    }

    // --- whose lock ------------------------------------------------------------------------------------------

    function testFuzz_RetiredModule_StillCloses(uint256 amount, uint256 how) public {
        amount = bound(amount, 0, DAILY / 2);
        vault.lock(KEY, alice, amount);
        vm.prank(owner);
        vm.expectEmit(address(vault));
        emit IVault.ModuleRetired(address(this));
        vault.retireModule(address(this));
        bytes memory retired = abi.encodeWithSelector(IVault.NotModule.selector, address(this));
        vm.expectRevert(retired);
        vault.lock("other", alice, 1);
        vm.expectRevert(retired);
        vault.relock(KEY, bob);
        vault.settlePart(KEY, _pay(alice, amount / 2));
        how = bound(how, 0, 1);
        if (how == 0) vault.release(KEY);
        else vault.settle(KEY, _pay(alice, amount - amount / 2));
        _assertBalances(alice, FUNDS, 0);
        _assertClosed(KEY);
    }

    function testFuzz_OtherModule_CannotTouch(uint256 amount, bytes32 unknown) public {
        vm.assume(unknown != KEY);
        vault.lock(KEY, alice, bound(amount, 0, DAILY));
        _activate(vault, address(harness), DAILY);
        vm.startPrank(address(harness));
        _assertCannotTouch(KEY);
        vm.stopPrank();
        _assertCannotTouch(unknown);
        _assertLock(KEY, alice, bound(amount, 0, DAILY));
    }

    function _assertCannotTouch(bytes32 key) private {
        bytes memory closed = abi.encodeWithSelector(IVault.LockNotOpen.selector, key);
        IVault.Payment[] memory none = new IVault.Payment[](0);
        vm.expectRevert(closed);
        vault.release(key);
        vm.expectRevert(closed);
        vault.settle(key, none);
        vm.expectRevert(closed);
        vault.settlePart(key, none);
        vm.expectRevert(closed);
        vault.relock(key, bob);
    }

    function _assertLock(bytes32 key, address expected, uint256 amount) private view {
        (address account, uint256 locked, bool open) = vault.lockOf(address(this), key);
        assertEq(account, expected, "account");
        assertEq(locked, amount, "amount");
        assertTrue(open, "open");
    }

    function _assertClosed(bytes32 key) private {
        (address account, uint256 amount, bool open) = vault.lockOf(address(this), key);
        assertEq(account, address(0), "account");
        assertEq(amount, 0, "amount");
        assertFalse(open, "open");
        _assertCannotTouch(key);
    }
}
