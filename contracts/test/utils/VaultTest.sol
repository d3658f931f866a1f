// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Vault} from "../../src/Vault.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {StackTest} from "./StackTest.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @notice A module is any contract that the owner let in; here it is the test itself, and Alice and Bob consented to
/// it without a limit.
abstract contract VaultTest is StackTest {
    bytes32 internal constant KEY = keccak256("key");
    /// @dev Fifths of it are whole numbers of the vault's units, so that two locks can meet the limit exactly.
    uint128 internal constant DAILY = 500e6;
    uint96 internal constant UNLIMITED = type(uint96).max;

    function setUp() public virtual override {
        super.setUp();
        _activate(vault, address(this), DAILY);
        _consent(alice, UNLIMITED);
        _consent(bob, UNLIMITED);
    }

    function _activate(Vault target, address module, uint128 dailyLimit) internal {
        vm.prank(owner);
        target.proposeModule(module, dailyLimit);
        target.activateModule(module, dailyLimit);
    }

    function _consent(address account, uint96 allowance) internal {
        vm.prank(account);
        vault.consent(address(this), allowance);
    }

    function _pay(address to, uint256 amount) internal pure returns (IVault.Payment[] memory payments) {
        payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(to, amount);
    }

    function _assertUsed(address account, uint256 expected, string memory when) internal view {
        (, uint256 used,) = vault.consentOf(account, address(this));
        assertEq(used, expected, when);
    }

    function _assertBalances(address account, uint256 free, uint256 locked) internal view {
        assertEq(vault.freeOf(account), free, "free");
        assertEq(vault.lockedOf(account), locked, "locked");
    }

    function _noPermit() internal pure returns (IVault.Permit memory permit) {}

    /// @dev A permit for the vault that counts until now.
    function _permit(string memory name, uint256 amount)
        internal
        returns (address signer, IVault.Permit memory permit)
    {
        uint256 key;
        (signer, key) = makeAddrAndKey(name);
        permit.deadline = block.timestamp;
        bytes32 structHash = keccak256(
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
        bytes32 digest = keccak256(
            abi.encodePacked(hex"1901", IERC20Permit(address(token)).DOMAIN_SEPARATOR(), structHash)
        );
        (permit.v, permit.r, permit.s) = vm.sign(key, digest);
    }

    /// @dev EIP-712 by hand, so that the vault's own words are not taken for it.
    function _authorizationDigest(address target, IVault.Authorization memory a, uint256 chainId)
        internal
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("Assay Vault"),
                keccak256("1"),
                chainId,
                target
            )
        );
        bytes32 structHash = keccak256(
            abi.encode(
                keccak256(
                    "Authorization(address account,uint256 amount,address module,uint96 allowance,uint256 nonce,uint64 validUntil)"
                ),
                a.account,
                a.amount,
                a.module,
                a.allowance,
                a.nonce,
                a.validUntil
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function _sign(string memory name, bytes32 digest) internal returns (bytes memory) {
        (, uint256 key) = makeAddrAndKey(name);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
