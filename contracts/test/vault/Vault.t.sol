// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {FeeToken, HookToken, LyingToken, SenderPaysToken} from "../utils/HostileTokens.sol";
import {StackTest} from "../utils/StackTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice A module is any contract that the owner let in; here it is this test.
contract VaultTest is StackTest {
    bytes32 private constant KEY = keccak256("key");
    uint256 private constant CAP = 500e6;

    function setUp() public override {
        super.setUp();
        _activate(vault, address(this), CAP);
    }

    // --- deposit ---------------------------------------------------------------------------------------------

    function testFuzz_Deposit_CreditsAndTells(uint128 amount) public {
        amount = uint128(bound(amount, 1, type(uint96).max));
        token.mint(address(this), amount);
        token.approve(address(vault), amount);
        vm.expectEmit(address(vault));
        emit IVault.Deposited(carol, address(this), amount, FUNDS + amount);
        assertEq(vault.deposit(carol, amount), amount);
        assertEq(vault.freeOf(carol), FUNDS + amount);
        _assertConserved();
    }

    function testFuzz_Deposit_RejectsZeroAccount(uint256 amount) public {
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(0)));
        vault.deposit(address(0), amount);
    }

    function testFuzz_Deposit_RejectsNothing(uint256 amount) public {
        Vault other = new Vault(new LyingToken(), owner, 0);
        vm.expectRevert(IVault.NothingReceived.selector);
        other.deposit(carol, amount);
    }

    function testFuzz_FeeToken_CreditsWhatArrived(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        FeeToken fee = new FeeToken();
        Vault other = new Vault(fee, owner, 0);
        fee.mint(address(this), amount);
        fee.approve(address(other), amount);
        uint256 credited = other.deposit(carol, amount);
        assertEq(credited, amount - amount / 100);
        assertEq(other.total(), fee.balanceOf(address(other)));
        // What was credited can leave in full; the token's fee is then the payee's affair.
        vm.prank(carol);
        other.withdraw(carol, credited);
        assertEq(other.total(), 0);
    }

    function test_HookToken_CannotDepositTwice() public {
        (HookToken hook, Vault other) = _hookVault();
        hook.mint(address(hook), 100);
        vm.prank(address(hook));
        hook.approve(address(other), 100);
        hook.setHook(address(other), abi.encodeCall(IVault.deposit, (carol, 100)));
        assertEq(other.deposit(carol, 40), 40);
        assertTrue(hook.lastCallFailed());
        assertEq(bytes4(hook.lastRevert()), ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
        assertEq(other.freeOf(carol), 40);
        assertEq(other.total(), hook.balanceOf(address(other)));
    }

    function test_HookToken_CannotWithdrawTwice() public {
        (HookToken hook, Vault other) = _hookVault();
        other.deposit(address(hook), 40);
        other.deposit(carol, 40);
        hook.setHook(address(other), abi.encodeCall(IVault.withdraw, (address(hook), 40)));
        vm.prank(address(hook));
        other.withdraw(anyone, 40);
        assertEq(hook.calls(), 1);
        assertTrue(hook.lastCallFailed());
        assertEq(other.freeOf(address(hook)), 0);
        assertEq(other.total(), 40);
        assertEq(hook.balanceOf(address(other)), 40);
    }

    // --- depositWithPermit -----------------------------------------------------------------------------------

    function testFuzz_Permit_DepositsWithoutApproval(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        (address signer, uint8 v, bytes32 r, bytes32 s) = _permit(amount);
        vm.prank(signer);
        vault.depositWithPermit(signer, amount, block.timestamp, v, r, s);
        assertEq(vault.freeOf(signer), amount);
    }

    function testFuzz_UsedPermit_DepositsAllTheSame(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        (address signer, uint8 v, bytes32 r, bytes32 s) = _permit(amount);
        vm.prank(anyone);
        token.permit(signer, address(vault), amount, block.timestamp, v, r, s);
        assertEq(token.allowance(signer, address(vault)), amount);
        vm.prank(signer);
        vault.depositWithPermit(signer, amount, block.timestamp, v, r, s);
        assertEq(vault.freeOf(signer), amount);
    }

    function testFuzz_FalsePermit_Reverts(uint96 amount, uint96 more) public {
        amount = uint96(bound(amount, 1, type(uint96).max / 2));
        more = uint96(bound(more, 1, type(uint96).max / 2));
        (address signer, uint8 v, bytes32 r, bytes32 s) = _permit(amount);
        vm.expectRevert(
            abi.encodeWithSelector(
                IERC20Errors.ERC20InsufficientAllowance.selector, address(vault), 0, uint256(amount) + more
            )
        );
        vm.prank(signer);
        vault.depositWithPermit(signer, uint256(amount) + more, block.timestamp, v, r, s);
        assertEq(vault.freeOf(signer), 0);
    }

    // --- withdraw --------------------------------------------------------------------------------------------

    function testFuzz_Withdraw_Pays(uint256 amount) public {
        amount = bound(amount, 0, FUNDS);
        vm.expectEmit(address(vault));
        emit IVault.Withdrawn(alice, carol, amount, FUNDS - amount);
        vm.prank(alice);
        vault.withdraw(carol, amount);
        assertEq(token.balanceOf(carol), amount);
        _assertConserved();
    }

    function testFuzz_Withdraw_RejectsMoreThanFree(uint256 amount) public {
        vault.lock(KEY, alice, 100);
        amount = bound(amount, FUNDS - 99, type(uint256).max);
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFree.selector, alice, FUNDS - 100, amount));
        vm.prank(alice);
        vault.withdraw(alice, amount);
    }

    function testFuzz_Withdraw_RejectsZeroAndVault(uint256 amount) public {
        vm.startPrank(alice);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(0)));
        vault.withdraw(address(0), amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(vault)));
        vault.withdraw(address(vault), amount);
    }

    function test_SenderPaysToken_CannotTakeFromOthers() public {
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
        assertEq(greedy.balanceOf(address(other)), 2000);
    }

    // --- lock ------------------------------------------------------------------------------------------------

    function testFuzz_Lock_MovesFromFreeToLocked(uint256 amount) public {
        amount = bound(amount, 0, CAP);
        vm.expectEmit(address(vault));
        emit IVault.Locked(address(this), KEY, alice, amount);
        vault.lock(KEY, alice, amount);
        assertEq(vault.freeOf(alice), FUNDS - amount);
        assertEq(vault.lockedOf(alice), amount);
        (address account, uint256 locked, bool open) = vault.lockOf(address(this), KEY);
        assertEq(account, alice);
        assertEq(locked, amount);
        assertTrue(open);
        _assertConserved();
    }

    function testFuzz_Lock_RejectsStrangers(address stranger, bytes32 key, uint256 amount) public {
        vm.assume(stranger != address(this) && stranger != address(market));
        vm.expectRevert(abi.encodeWithSelector(IVault.NotModule.selector, stranger));
        vm.prank(stranger);
        vault.lock(key, alice, amount);
    }

    function testFuzz_RetiredModule_ClosesButDoesNotLock(uint256 amount) public {
        vault.lock(KEY, alice, bound(amount, 0, CAP));
        vm.prank(owner);
        vault.retireModule(address(this));
        vm.expectRevert(abi.encodeWithSelector(IVault.NotModule.selector, address(this)));
        vault.lock("other", alice, 1);
        vault.release(KEY);
        assertEq(vault.freeOf(alice), FUNDS);
    }

    function testFuzz_UsedKey_RejectsLock(bytes32 key, uint256 amount) public {
        vault.lock(key, alice, bound(amount, 0, CAP));
        vm.expectRevert(abi.encodeWithSelector(IVault.LockExists.selector, key));
        vault.lock(key, bob, 1);
        vault.release(key);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockExists.selector, key));
        vault.lock(key, bob, 1);
    }

    function testFuzz_Cap_LimitsOpenLocks(uint256 first, uint256 second) public {
        first = bound(first, 1, CAP);
        second = bound(second, CAP - first + 1, CAP);
        vault.lock(KEY, alice, first);
        vm.expectRevert(abi.encodeWithSelector(IVault.ModuleCapExceeded.selector, CAP, first + second));
        vault.lock("other", bob, second);
        vault.release(KEY);
        vault.lock("other", bob, second);
    }

    function testFuzz_PoorAccount_RejectsLock(uint256 free, uint256 amount) public {
        free = bound(free, 0, CAP - 1);
        amount = bound(amount, free + 1, CAP);
        if (free != 0) _fund(provider, free);
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFree.selector, provider, free, amount));
        vault.lock(KEY, provider, amount);
    }

    // --- release and settle ----------------------------------------------------------------------------------

    function testFuzz_Settle_Conserves(uint256 amount, uint256 first, uint256 second) public {
        amount = bound(amount, 0, CAP);
        first = bound(first, 0, amount);
        second = bound(second, 0, amount - first);
        vault.lock(KEY, alice, amount);
        IVault.Payment[] memory payments = new IVault.Payment[](3);
        payments[0] = IVault.Payment(bob, first);
        payments[1] = IVault.Payment(alice, second);
        payments[2] = IVault.Payment(vault.sink(), amount - first - second);
        vault.settle(KEY, payments);
        assertEq(vault.freeOf(bob), FUNDS + first);
        assertEq(vault.freeOf(alice), FUNDS - amount + second);
        assertEq(vault.lockedOf(alice), 0);
        _assertConserved();
        _expectClosed();
    }

    function testFuzz_Settle_RejectsOtherSums(uint256 amount, uint256 paid) public {
        amount = bound(amount, 0, CAP);
        paid = bound(paid, 0, type(uint128).max / 2);
        vm.assume(paid != amount);
        vault.lock(KEY, alice, amount);
        IVault.Payment[] memory payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(bob, paid);
        vm.expectRevert(abi.encodeWithSelector(IVault.PaymentsMismatch.selector, amount, paid));
        vault.settle(KEY, payments);
    }

    function testFuzz_Release_ClosesOnce(uint256 amount) public {
        amount = bound(amount, 0, CAP);
        vault.lock(KEY, alice, amount);
        vm.expectEmit(address(vault));
        emit IVault.Released(address(this), KEY, alice, amount);
        vault.release(KEY);
        assertEq(vault.freeOf(alice), FUNDS);
        _expectClosed();
    }

    function testFuzz_OtherModule_CannotClose(uint256 amount) public {
        vault.lock(KEY, alice, bound(amount, 0, CAP));
        _activate(vault, address(harness), CAP);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockNotOpen.selector, KEY));
        vm.prank(address(harness));
        vault.release(KEY);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockNotOpen.selector, KEY));
        vm.prank(address(harness));
        vault.settle(KEY, new IVault.Payment[](0));
    }

    function test_Sink_CannotWithdrawWithoutItsKey() public {
        vault.lock(KEY, alice, 100);
        IVault.Payment[] memory payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(vault.sink(), 100);
        vault.settle(KEY, payments);
        assertEq(vault.freeOf(vault.sink()), 100);
        vm.expectRevert(abi.encodeWithSelector(IVault.InsufficientFree.selector, anyone, FUNDS, FUNDS + 1));
        vm.prank(anyone);
        vault.withdraw(anyone, FUNDS + 1);
    }

    // --- modules ---------------------------------------------------------------------------------------------

    function testFuzz_Modules_AreTheOwnersAfterADelay(uint64 early, uint256 otherCap) public {
        vm.assume(otherCap != CAP);
        Vault slow = new Vault(token, owner, 3 days);
        bytes memory notOwner =
            abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this));
        vm.expectRevert(notOwner);
        slow.proposeModule(address(this), CAP);
        vm.expectRevert(notOwner);
        slow.retireModule(address(this));

        vm.prank(owner);
        bytes32 proposal = slow.proposeModule(address(this), CAP);
        uint64 activeFrom = uint64(block.timestamp) + 3 days;
        assertEq(slow.proposedFrom(proposal), activeFrom);
        early = uint64(bound(early, block.timestamp, activeFrom - 1));
        vm.warp(early);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, early));
        slow.activateModule(address(this), CAP);
        vm.warp(activeFrom);
        vm.expectPartialRevert(ITimelocked.NotProposed.selector);
        slow.activateModule(address(this), otherCap);
        slow.activateModule(address(this), CAP);
        (bool active, uint256 cap,) = slow.moduleOf(address(this));
        assertTrue(active);
        assertEq(cap, CAP);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        slow.activateModule(address(this), CAP);
    }

    function test_DroppedProposal_IsGone() public {
        vm.startPrank(owner);
        bytes32 proposal = vault.proposeModule(address(harness), 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.AlreadyProposed.selector, proposal));
        vault.proposeModule(address(harness), 1);
        vault.drop(proposal);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        vault.drop(proposal);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, proposal));
        vault.activateModule(address(harness), 1);
    }

    function test_Module_NeedsTheCodeThatWasProposed() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, anyone));
        vault.proposeModule(anyone, 1);
        vault.proposeModule(address(harness), 1);
        vm.stopPrank();
        vm.etch(address(harness), hex"00");
        vm.expectPartialRevert(ITimelocked.NotProposed.selector);
        vault.activateModule(address(harness), 1);
    }

    function testFuzz_Constructor_RejectsNoTokenAndShortDelay(uint64 short, uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        short = uint64(bound(short, 0, 2 days - 1));
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, anyone));
        new Vault(IERC20(anyone), owner, short);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.DelayTooShort.selector, 2 days, short));
        new Vault(token, owner, short);
        assertEq(address(new Vault(token, owner, 2 days).token()), address(token));
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    function _activate(Vault target, address module, uint256 cap) private {
        vm.prank(owner);
        target.proposeModule(module, cap);
        target.activateModule(module, cap);
    }

    function _expectClosed() private {
        (address account, uint256 amount, bool open) = vault.lockOf(address(this), KEY);
        assertEq(account, address(0));
        assertEq(amount, 0);
        assertFalse(open);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockNotOpen.selector, KEY));
        vault.release(KEY);
        vm.expectRevert(abi.encodeWithSelector(IVault.LockNotOpen.selector, KEY));
        vault.settle(KEY, new IVault.Payment[](0));
    }

    function _hookVault() private returns (HookToken hook, Vault other) {
        hook = new HookToken();
        other = new Vault(ERC20(hook), owner, 0);
        hook.mint(address(this), 1000);
        hook.approve(address(other), 1000);
    }

    function _permit(uint256 amount) private returns (address signer, uint8 v, bytes32 r, bytes32 s) {
        uint256 key;
        (signer, key) = makeAddrAndKey("signer");
        token.mint(signer, amount);
        bytes32 permit = keccak256(
            abi.encode(
                keccak256(
                    "Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"
                ),
                signer,
                address(vault),
                amount,
                token.nonces(signer),
                block.timestamp
            )
        );
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), permit));
        (v, r, s) = vm.sign(key, digest);
    }
}
