// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {FeeToken, HookToken, LyingToken, ShrinkToken} from "../utils/HostileTokens.sol";
import {VaultTest} from "../utils/VaultTest.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

contract DepositTest is VaultTest {
    // --- deposit ---------------------------------------------------------------------------------------------

    function testFuzz_Deposit_CreditsAndTells(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        token.mint(address(this), amount);
        token.approve(address(vault), amount);
        vm.expectEmit(address(vault));
        emit IVault.Deposited(carol, address(this), amount, FUNDS + amount);
        assertEq(vault.deposit(carol, amount), amount);
        assertEq(vault.freeOf(carol), FUNDS + amount);
        _assertConserved();
    }

    function testFuzz_ZeroAccount_IsRefused(uint256 amount) public {
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, address(0)));
        vault.deposit(address(0), amount);
    }

    function testFuzz_TokenThatLies_IsNotBelieved(uint256 amount) public {
        Vault other = new Vault(new LyingToken(), owner, 0);
        vm.expectRevert(IVault.NothingReceived.selector);
        other.deposit(carol, amount);
    }

    function testFuzz_TokenThatKeepsAPart_CreditsWhatArrived(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        FeeToken fee = new FeeToken();
        Vault other = new Vault(fee, owner, 0);
        fee.mint(address(this), amount);
        fee.approve(address(other), amount);
        uint256 arrived = amount - amount / 100;
        vm.expectEmit(address(other));
        emit IVault.Deposited(carol, address(this), arrived, arrived);
        assertEq(other.deposit(carol, amount), arrived);
        assertEq(other.total(), fee.balanceOf(address(other)));
        // What was credited can leave in full; the token's fee is then the payee's affair.
        vm.prank(carol);
        other.withdraw(carol, arrived);
        assertEq(other.total(), 0);
    }

    function testFuzz_Donation_IsNobodysDeposit(uint96 donated, uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        token.mint(address(vault), donated);
        token.mint(address(this), amount);
        token.approve(address(vault), amount);
        uint256 total = vault.total();
        assertEq(vault.deposit(carol, amount), amount);
        assertEq(vault.total(), total + amount);
        assertEq(token.balanceOf(address(vault)), total + amount + donated);
    }

    /// @dev A deposit into a vault that is short would pay for what others lost.
    function testFuzz_ShortVault_TakesNoDeposits(uint256 lost) public {
        ShrinkToken shrinking = new ShrinkToken();
        Vault other = new Vault(shrinking, owner, 0);
        shrinking.mint(address(this), 200);
        shrinking.approve(address(other), 200);
        other.deposit(alice, 100);
        lost = bound(lost, 1, 100);
        shrinking.shrink(address(other), lost);
        vm.expectRevert(abi.encodeWithSelector(IVault.Shortfall.selector, 100, 100 - lost));
        other.deposit(bob, 100);
        // Whoever makes up for the loss opens it again.
        shrinking.mint(address(other), lost);
        assertEq(other.deposit(bob, 100), 100);
    }

    // --- depositWithPermit -----------------------------------------------------------------------------------

    function testFuzz_Permit_NeedsNoApproval(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        (address signer, IVault.Permit memory permit) = _permit("signer", amount);
        token.mint(signer, amount);
        vm.expectEmit(address(vault));
        emit IVault.Deposited(signer, signer, amount, amount);
        vm.prank(signer);
        assertEq(vault.depositWithPermit(amount, permit, address(0), 7), amount);
        assertEq(vault.freeOf(signer), amount);
        // Where no module is named there is no consent, not even to nobody.
        (uint256 allowance,,) = vault.consentOf(signer, address(0));
        assertEq(allowance, 0);
    }

    function testFuzz_Permit_ConsentsToo(uint96 amount, uint96 allowance) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        (address signer, IVault.Permit memory permit) = _permit("signer", amount);
        token.mint(signer, amount);
        vm.expectEmit(address(vault));
        emit IVault.Consented(signer, address(this), allowance);
        vm.prank(signer);
        vault.depositWithPermit(amount, permit, address(this), allowance);
        (uint256 given,,) = vault.consentOf(signer, address(this));
        assertEq(given, allowance);
    }

    /// @dev A permit seen in the mempool can be used by anyone, who gains nothing and stops nobody.
    function testFuzz_PermitThatSomebodyUsed_DepositsAllTheSame(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        (address signer, IVault.Permit memory permit) = _permit("signer", amount);
        token.mint(signer, amount);
        vm.prank(anyone);
        token.permit(signer, address(vault), amount, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(signer);
        vault.depositWithPermit(amount, permit, address(0), 0);
        assertEq(vault.freeOf(signer), amount);
    }

    function testFuzz_NoPermit_UsesTheAllowance(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        token.mint(carol, amount);
        vm.startPrank(carol);
        token.approve(address(vault), amount);
        // Without a deadline the token is not even asked.
        vm.mockCallRevert(address(token), abi.encodeWithSelector(token.permit.selector), "asked");
        vault.depositWithPermit(amount, _noPermit(), address(0), 0);
        assertEq(vault.freeOf(carol), FUNDS + amount);
    }

    function testFuzz_FalsePermit_IsRefused(uint96 amount, uint96 more) public {
        amount = uint96(bound(amount, 1, type(uint96).max / 2));
        more = uint96(bound(more, 1, type(uint96).max / 2));
        (address signer, IVault.Permit memory permit) = _permit("signer", amount);
        uint256 sum = uint256(amount) + more;
        token.mint(signer, sum);
        vm.expectRevert(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, address(vault), 0, sum)
        );
        vm.prank(signer);
        vault.depositWithPermit(sum, permit, address(0), 0);
    }

    // --- re-entrancy -----------------------------------------------------------------------------------------

    /// @dev Every way into the token from within every other: the balance that is measured before and after must be
    /// moved by one call alone.
    function testFuzz_TokenThatCallsBack_CannotEnterASecondTime(uint256 outer, uint256 inner) public {
        HookToken hook = new HookToken();
        Vault other = new Vault(hook, owner, 0);
        address signer = makeAddr("signer");
        address[3] memory holders = [address(this), address(hook), signer];
        for (uint256 i = 0; i < 3; ++i) {
            hook.mint(holders[i], 1000);
            vm.startPrank(holders[i]);
            hook.approve(address(other), 1000);
            other.deposit(holders[i], 100);
            vm.stopPrank();
        }
        hook.setHook(address(other), _entry(other, bound(inner, 0, 3), makeAddr("other signer")));
        (bool ok,) = address(other).call(_entry(other, bound(outer, 0, 3), signer));
        assertTrue(ok);
        assertEq(hook.calls(), 1);
        assertTrue(hook.lastCallFailed());
        assertEq(
            hook.lastRevert(),
            abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        assertEq(other.total(), hook.balanceOf(address(other)));
    }

    /// @dev One of the four calls that move tokens, of ten units.
    function _entry(Vault target, uint256 which, address signer) private returns (bytes memory) {
        if (which == 0) return abi.encodeCall(IVault.deposit, (carol, 10));
        if (which == 1) {
            return abi.encodeCall(IVault.depositWithPermit, (10, _noPermit(), address(0), 0));
        }
        if (which == 2) return abi.encodeCall(IVault.withdraw, (anyone, 10));
        IVault.Authorization memory a;
        (a.account, a.amount, a.validUntil) = (signer, 10, uint64(block.timestamp) + 1);
        string memory name = signer == makeAddr("signer") ? "signer" : "other signer";
        bytes memory signature = _sign(name, _authorizationDigest(address(target), a, block.chainid));
        return abi.encodeCall(IVault.authorize, (a, _noPermit(), signature));
    }
}
