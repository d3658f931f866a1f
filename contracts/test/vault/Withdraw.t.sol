// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {BlacklistToken, SenderPaysToken, ShrinkToken} from "../utils/HostileTokens.sol";
import {VaultTest} from "../utils/VaultTest.sol";

contract WithdrawTest is VaultTest {
    function testFuzz_Withdraw_PaysAndTells(uint256 amount) public {
        amount = bound(amount, 0, FUNDS);
        vm.expectEmit(address(vault));
        emit IVault.Withdrawn(alice, carol, amount, amount, FUNDS - amount);
        vm.prank(alice);
        vault.withdraw(carol, amount);
        assertEq(token.balanceOf(carol), amount);
        _assertConserved();
    }

    function testFuzz_MoreThanFree_IsRefused(uint256 amount, uint256 locked) public {
        locked = bound(locked, 0, DAILY);
        vault.lock(KEY, alice, locked);
        amount = bound(amount, FUNDS - locked + 1, type(uint256).max);
        vm.expectRevert(
            abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, FUNDS - locked, amount)
        );
        vm.prank(alice);
        vault.withdraw(alice, amount);
    }

    function testFuzz_ZeroAndTheVault_AreNoPayees(uint256 amount) public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(0)));
        vault.withdraw(address(0), amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(vault)));
        vault.withdraw(address(vault), amount);
    }

    function testFuzz_Donation_IsNotPaidOut(uint96 donated, uint256 amount) public {
        token.mint(address(vault), donated);
        amount = bound(amount, 0, FUNDS);
        vm.prank(alice);
        vault.withdraw(carol, amount);
        assertEq(token.balanceOf(carol), amount);
    }

    function test_TokenThatChargesTheVault_CannotTakeFromOthers() public {
        SenderPaysToken greedy = new SenderPaysToken();
        Vault other = new Vault(greedy, owner, 0);
        greedy.mint(address(this), 2000);
        greedy.approve(address(other), 2000);
        other.deposit(alice, 1000);
        other.deposit(bob, 1000);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.TokenTookTooMuch.selector, 1000, 1010));
        other.withdraw(alice, 1000);
        assertEq(other.freeOf(bob), 1000);
        // It rounds down, so a small enough payment costs the others nothing.
        vm.prank(alice);
        other.withdraw(alice, 99);
        assertEq(greedy.balanceOf(address(other)), other.total());
    }

    function test_TokenThatRefusesAnAddress_HarmsNobodyElse() public {
        BlacklistToken picky = new BlacklistToken();
        Vault other = new Vault(picky, owner, 0);
        picky.mint(address(this), 200);
        picky.approve(address(other), 200);
        other.deposit(alice, 100);
        other.deposit(bob, 100);
        _activate(other, address(this), DAILY);
        vm.prank(bob);
        other.consent(address(this), UNLIMITED);
        picky.setBlocked(alice, true);

        // The ledger does not ask the token, so a settlement in her favor cannot be blocked.
        other.lock(KEY, bob, 50);
        other.settle(KEY, _pay(alice, 50));
        vm.expectRevert(abi.encodeWithSelector(BlacklistToken.Blocked.selector, alice));
        vm.prank(alice);
        other.withdraw(alice, 150);
        vm.prank(bob);
        other.withdraw(bob, 50);
        vm.prank(alice);
        other.withdraw(carol, 150);
        assertEq(picky.balanceOf(carol), 150);
        assertEq(other.total(), 0);
    }

    /// @dev The loss is shared in proportion, in whatever order people leave; rounding favors those who stay.
    function testFuzz_TokenThatShrank_HurtsEverybodyAlike(
        uint96[3] memory amounts,
        uint256 lost,
        uint256 first
    ) public {
        (ShrinkToken shrinking, Vault other, uint256 total) = _shrinking(amounts);
        lost = bound(lost, 0, total);
        shrinking.shrink(address(other), lost);
        uint256 held = total - lost;
        address[3] memory people = [alice, bob, carol];
        first = bound(first, 0, 2);
        uint256 paid;
        for (uint256 i = 0; i < 3; ++i) {
            address who = people[(first + i) % 3];
            uint256 share = uint256(amounts[(first + i) % 3]) * held / total;
            vm.prank(who);
            other.withdraw(who, amounts[(first + i) % 3]);
            assertGe(shrinking.balanceOf(who), share, "less than a share");
            assertLe(shrinking.balanceOf(who), share + 2, "more than a share");
            paid += shrinking.balanceOf(who);
        }
        // The last one to leave finds all that is left.
        assertEq(paid, held);
        assertEq(other.total(), 0);
    }

    function test_TokenThatShrank_TellsWhatWasPaid() public {
        (ShrinkToken shrinking, Vault other,) = _shrinking([uint96(100), 200, 300]);
        shrinking.shrink(address(other), 150);
        vm.expectEmit(address(other));
        emit IVault.Withdrawn(bob, anyone, 80, 60, 120);
        vm.prank(bob);
        other.withdraw(anyone, 80);
        assertEq(shrinking.balanceOf(anyone), 60);
        assertEq(other.total(), 520);
        assertEq(shrinking.balanceOf(address(other)), 390);
    }

    function test_Sink_IsNobodysAccount() public {
        vault.lock(KEY, alice, 100);
        vault.settle(KEY, _pay(vault.sink(), 100));
        assertEq(vault.freeOf(0x000000000000000000000000000000000000dEaD), 100);
        _assertConserved();
    }

    function _shrinking(uint96[3] memory amounts)
        private
        returns (ShrinkToken shrinking, Vault other, uint256 total)
    {
        shrinking = new ShrinkToken();
        other = new Vault(shrinking, owner, 0);
        address[3] memory people = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            amounts[i] = uint96(bound(amounts[i], 1, type(uint96).max));
            total += amounts[i];
            shrinking.mint(address(this), amounts[i]);
            shrinking.approve(address(other), amounts[i]);
            other.deposit(people[i], amounts[i]);
        }
    }
}
