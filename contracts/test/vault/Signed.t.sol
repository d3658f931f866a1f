// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {VaultTest} from "../utils/VaultTest.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// @notice A contract account that signs by remembering digests.
contract ContractAccount is IERC1271 {
    mapping(bytes32 digest => bool) private _signed;

    function sign(bytes32 digest) external {
        _signed[digest] = true;
    }

    function isValidSignature(bytes32 digest, bytes calldata) external view returns (bytes4) {
        return _signed[digest] ? IERC1271.isValidSignature.selector : bytes4(0);
    }
}

contract SignedTest is VaultTest {
    address private signer = makeAddr("signer");

    function testFuzz_Authorization_DepositsAndConsents(address carrier, uint96 amount, uint96 allowance)
        public
    {
        vm.assume(carrier != address(0));
        amount = uint96(bound(amount, 1, type(uint96).max));
        IVault.Authorization memory a = _authorization(amount, allowance);
        (, IVault.Permit memory permit) = _permit("signer", amount);
        token.mint(signer, amount);
        bytes memory signature = _signed(a);
        vm.expectEmit(address(vault));
        emit IVault.Consented(signer, address(this), allowance);
        vm.expectEmit(address(vault));
        emit IVault.Deposited(signer, signer, amount, amount);
        vm.prank(carrier);
        assertEq(vault.authorize(a, permit, signature), amount);
        _assertBalances(signer, amount, 0);
        (uint256 given,,) = vault.consentOf(signer, address(this));
        assertEq(given, allowance);
        assertEq(vault.nonces(signer), 1);
    }

    function testFuzz_PermitThatSomebodyUsed_DoesNoHarm(uint96 amount) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        IVault.Authorization memory a = _authorization(amount, 0);
        (, IVault.Permit memory permit) = _permit("signer", amount);
        token.mint(signer, amount);
        token.permit(signer, address(vault), amount, permit.deadline, permit.v, permit.r, permit.s);
        assertEq(vault.authorize(a, permit, _signed(a)), amount);
    }

    function testFuzz_NoAmount_ConsentsOnly(uint96 allowance) public {
        IVault.Authorization memory a = _authorization(0, allowance);
        assertEq(vault.authorize(a, _noPermit(), _signed(a)), 0);
        (uint256 given,,) = vault.consentOf(signer, address(this));
        assertEq(given, allowance);
    }

    function testFuzz_NoModule_DepositsOnly(uint96 amount, uint96 allowance) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        IVault.Authorization memory a = _authorization(amount, allowance);
        a.module = address(0);
        _approve(amount);
        assertEq(vault.authorize(a, _noPermit(), _signed(a)), amount);
        (uint256 given,,) = vault.consentOf(signer, address(0));
        assertEq(given, 0);
    }

    function testFuzz_ContractAccount_AuthorizesToo(uint96 amount, uint96 allowance) public {
        amount = uint96(bound(amount, 1, type(uint96).max));
        ContractAccount account = new ContractAccount();
        IVault.Authorization memory a = _authorization(amount, allowance);
        a.account = address(account);
        token.mint(address(account), amount);
        vm.prank(address(account));
        token.approve(address(vault), amount);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidSignature.selector, account));
        vault.authorize(a, _noPermit(), "");
        account.sign(_authorizationDigest(address(vault), a, block.chainid));
        assertEq(vault.authorize(a, _noPermit(), ""), amount);
        assertEq(vault.freeOf(address(account)), amount);
    }

    function testFuzz_Signature_CountsBeforeItsEnd(uint64 late) public {
        IVault.Authorization memory a = _authorization(0, 5);
        bytes memory signature = _signed(a);
        vm.warp(a.validUntil - 1);
        uint256 snapshot = vm.snapshotState();
        vault.authorize(a, _noPermit(), signature);
        vm.revertToState(snapshot);
        late = uint64(bound(late, a.validUntil, type(uint64).max));
        vm.warp(late);
        vm.expectRevert(abi.encodeWithSelector(IVault.SignatureExpired.selector, a.validUntil, late));
        vault.authorize(a, _noPermit(), signature);
    }

    function testFuzz_OtherNonce_IsRefused(uint256 nonce) public {
        vm.assume(nonce != 0);
        IVault.Authorization memory a = _authorization(0, 5);
        a.nonce = nonce;
        bytes memory signature = _signed(a);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, signer, 0));
        vault.authorize(a, _noPermit(), signature);
    }

    /// @dev A consent that was taken back must not come back with an old signature.
    function test_Signature_CountsOnce() public {
        IVault.Authorization memory a = _authorization(0, 5);
        bytes memory signature = _signed(a);
        vault.authorize(a, _noPermit(), signature);
        vm.prank(signer);
        vault.consent(address(this), 0);
        vm.expectRevert(abi.encodeWithSelector(Nonces.InvalidAccountNonce.selector, signer, 1));
        vault.authorize(a, _noPermit(), signature);
    }

    function testFuzz_BentValues_AreNotSigned(uint256 field, uint256 by) public {
        IVault.Authorization memory a = _authorization(100, 5);
        _approve(1000);
        bytes memory signature = _signed(a);
        by = bound(by, 1, 500);
        field = bound(field, 0, 4);
        if (field == 0) a.amount += by;
        if (field == 1) a.module = address(uint160(a.module) ^ uint160(by));
        if (field == 2) a.allowance += uint96(by);
        if (field == 3) a.validUntil += uint64(by);
        if (field == 4) a.account = address(uint160(a.account) ^ uint160(by));
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidSignature.selector, a.account));
        vault.authorize(a, _noPermit(), signature);
    }

    function testFuzz_BentSignature_IsRefused(uint256 at, uint8 by) public {
        IVault.Authorization memory a = _authorization(0, 5);
        bytes memory signature = _signed(a);
        by = uint8(bound(by, 1, 255));
        at = bound(at, 0, 64);
        signature[at] = bytes1(uint8(signature[at]) ^ by);
        vm.expectRevert(abi.encodeWithSelector(IVault.InvalidSignature.selector, signer));
        vault.authorize(a, _noPermit(), signature);
    }

    function testFuzz_OtherVaultOrChain_IsRefused(uint64 chainId) public {
        vm.assume(chainId != block.chainid && chainId != 0);
        IVault.Authorization memory a = _authorization(0, 5);
        bytes memory signature = _signed(a);
        bytes memory refused = abi.encodeWithSelector(IVault.InvalidSignature.selector, signer);
        Vault other = new Vault(token, owner, 0);
        vm.expectRevert(refused);
        other.authorize(a, _noPermit(), signature);
        vm.chainId(chainId);
        vm.expectRevert(refused);
        vault.authorize(a, _noPermit(), signature);
    }

    function _authorization(uint256 amount, uint96 allowance)
        private
        view
        returns (IVault.Authorization memory)
    {
        return IVault.Authorization({
            account: signer,
            amount: amount,
            module: address(this),
            allowance: allowance,
            nonce: 0,
            validUntil: uint64(block.timestamp) + 1 hours
        });
    }

    function _signed(IVault.Authorization memory a) private returns (bytes memory) {
        return _sign("signer", _authorizationDigest(address(vault), a, block.chainid));
    }

    function _approve(uint256 amount) private {
        token.mint(signer, amount);
        vm.prank(signer);
        token.approve(address(vault), amount);
    }
}
