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

    function testFuzz_OtherChain_RejectsMint(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IAssayToken.NotDevelopmentChain.selector, chainId));
        token.mint(address(this), 1);
    }
}
