// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {IAssayToken} from "../../src/interfaces/IAssayToken.sol";
import {Test} from "forge-std/Test.sol";

contract AssayTokenTest is Test {
    AssayToken private token = new AssayToken();

    function testFuzz_DevelopmentChain_Mints(address to, uint128 amount) public {
        vm.assume(to != address(0));
        token.mint(to, amount);
        assertEq(token.balanceOf(to), amount);
        assertEq(token.decimals(), 6);
    }

    function testFuzz_Transfer_NeedsAnAllowance(address spender, address to, uint128 amount) public {
        vm.assume(spender != address(0) && to != address(0) && to != address(this));
        token.mint(address(this), amount);
        assertEq(token.totalSupply(), amount);
        token.approve(spender, amount);
        assertEq(token.allowance(address(this), spender), amount);
        vm.prank(spender);
        token.transferFrom(address(this), to, amount);
        assertEq(token.balanceOf(to), amount);
        assertEq(token.allowance(address(this), spender), 0);
    }

    /// @dev What wallets show, and what a permit is signed over.
    function test_Token_NamesItself() public view {
        assertEq(token.name(), "Assay Development Dollar");
        assertEq(token.symbol(), "AUSD");
        (, string memory name, string memory version, uint256 chainId, address verifying,,) =
            token.eip712Domain();
        assertEq(name, token.name());
        assertEq(version, "1");
        assertEq(chainId, block.chainid);
        assertEq(verifying, address(token));
    }

    function testFuzz_OtherChain_RejectsMint(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IAssayToken.NotDevelopmentChain.selector, chainId));
        token.mint(address(this), 1);
    }
}
