// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {RebasingToken} from "../utils/HostileTokens.sol";
import {VaultTest} from "../utils/VaultTest.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

contract ProposalTest is VaultTest {
    uint64 private constant DELAY = 30 days;

    // --- modules ---------------------------------------------------------------------------------------------

    function testFuzz_Module_LocksAfterTheDelay(uint128 dailyLimit, address caller) public {
        Vault slow = new Vault(token, owner, DELAY);
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.expectEmit(address(slow));
        emit IVault.ModuleProposed(
            address(this), address(this).codehash, dailyLimit, activeFrom, activeFrom + 14 days
        );
        vm.prank(owner);
        slow.proposeModule(address(this), dailyLimit);
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1));
        slow.activateModule(address(this), dailyLimit);
        (bool active, uint256 limit) = slow.moduleOf(address(this));
        assertFalse(active);
        vm.warp(activeFrom);
        vm.expectEmit(address(slow));
        emit IVault.ModuleActivated(address(this), dailyLimit);
        vm.prank(caller);
        slow.activateModule(address(this), dailyLimit);
        (active, limit) = slow.moduleOf(address(this));
        assertTrue(active);
        assertEq(limit, dailyLimit);
    }

    function testFuzz_Stranger_NeitherProposesNorRetires(address stranger) public {
        vm.assume(stranger != owner);
        bytes memory refused = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        vault.proposeModule(address(harness), 1);
        vm.expectRevert(refused);
        vault.retireModule(address(this));
    }

    function testFuzz_OtherLimit_IsNotWhatWasProposed(uint128 proposed, uint128 other) public {
        vm.assume(other != proposed);
        vm.prank(owner);
        vault.proposeModule(address(harness), proposed);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalChanged.selector, address(harness)));
        vault.activateModule(address(harness), other);
    }

    function test_OtherCode_IsNotWhatWasProposed() public {
        vm.startPrank(owner);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, anyone));
        vault.proposeModule(anyone, 1);
        vault.proposeModule(address(harness), 1);
        vm.stopPrank();
        vm.etch(address(harness), hex"00");
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalChanged.selector, address(harness)));
        vault.activateModule(address(harness), 1);
    }

    function testFuzz_Limit_ChangesByProposalOnly(uint128 dailyLimit) public {
        vm.prank(owner);
        vault.proposeModule(address(this), dailyLimit);
        (, uint256 limit) = vault.moduleOf(address(this));
        assertEq(limit, DAILY);
        vault.activateModule(address(this), dailyLimit);
        (, limit) = vault.moduleOf(address(this));
        assertEq(limit, dailyLimit);
    }

    function testFuzz_Retiring_WithdrawsTheProposal(uint128 dailyLimit) public {
        vm.startPrank(owner);
        vault.proposeModule(address(this), dailyLimit);
        vm.expectEmit(address(vault));
        emit ITimelocked.ProposalWithdrawn(address(this));
        vm.expectEmit(address(vault));
        emit IVault.ModuleRetired(address(this));
        vault.retireModule(address(this));
        vm.stopPrank();
        (bool active,) = vault.moduleOf(address(this));
        assertFalse(active);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, address(this)));
        vault.activateModule(address(this), dailyLimit);
        vm.expectRevert(abi.encodeWithSelector(IVault.NotModule.selector, address(this)));
        vm.prank(owner);
        vault.retireModule(address(this));
    }

    // --- constructor -----------------------------------------------------------------------------------------

    function testFuzz_NoToken_IsRefused(address nobody) public {
        vm.assume(nobody.code.length == 0);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidAddress.selector, nobody));
        new Vault(IERC20(nobody), owner, 0);
    }

    /// @dev One for each function by which a family of rebasing tokens is known.
    function test_RebasingTokens_AreRefused() public {
        string[6] memory functions = [
            "sharesOf(address)",
            "scaledBalanceOf(address)",
            "scaledTotalSupply()",
            "rebasingCreditsPerToken()",
            "gonsForBalance(uint256)",
            "getPooledEthByShares(uint256)"
        ];
        for (uint256 i = 0; i < functions.length; ++i) {
            bytes4 selector = bytes4(keccak256(bytes(functions[i])));
            RebasingToken rebasing = new RebasingToken(selector, 0);
            vm.expectRevert(abi.encodeWithSelector(IVault.RebasingToken.selector, selector));
            this.deployVault(rebasing);
        }
    }

    /// @dev A call of its own: a revert that is expected of `new` is not seen when tests deploy by artifact (mutants.js).
    function deployVault(IERC20 token_) external {
        new Vault(token_, owner, 0);
    }

    /// @dev A token that answers something else to everything, or one word to another function, does not rebase.
    function testFuzz_OtherAnswers_AreNoRebase(bytes4 selector, uint256 length) public {
        length = bound(length, 0, 100);
        vm.assume(length != 32);
        string[6] memory functions = [
            "sharesOf(address)",
            "scaledBalanceOf(address)",
            "scaledTotalSupply()",
            "rebasingCreditsPerToken()",
            "gonsForBalance(uint256)",
            "getPooledEthByShares(uint256)"
        ];
        for (uint256 i = 0; i < functions.length; ++i) {
            vm.assume(selector != bytes4(keccak256(bytes(functions[i]))));
        }
        RebasingToken harmless = new RebasingToken(selector, length);
        assertEq(new Vault(harmless, owner, 0).token(), address(harmless));
    }
}
