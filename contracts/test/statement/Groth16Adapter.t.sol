// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {Statement} from "../../src/interfaces/Types.sol";
import {StackTest} from "../utils/StackTest.sol";

contract Groth16AdapterTest is StackTest {
    function test_TrueSeal_IsAccepted() public view {
        Statement memory s = _sample();
        adapter.verify(s, _seal(s));
        assertEq(adapter.verifierId(), KEY_DIGEST);
        assertEq(adapter.SEAL_BYTES(), 256);
    }

    function testFuzz_OtherLength_IsRefused(uint256 length) public {
        length = bound(length, 0, 600);
        vm.assume(length != 256);
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.SealLength.selector, 256, length));
        adapter.verify(_sample(), new bytes(length));
    }

    function testFuzz_BentSeal_IsRefused(uint256 position, uint8 flip) public {
        vm.assume(flip != 0);
        Statement memory s = _sample();
        bytes memory seal = _seal(s);
        position = bound(position, 0, 255);
        seal[position] = bytes1(uint8(seal[position]) ^ flip);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        adapter.verify(s, seal);
    }

    function test_NonCanonicalWord_IsNamed() public {
        Statement memory s = _sample();
        s.output = bytes32(type(uint256).max << 128);
        bytes memory seal = _seal(_sample());
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 15));
        adapter.verify(s, seal);
        s = _sample();
        s.result[2] = type(uint64).max;
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, 19));
        adapter.verify(s, seal);
    }

    function _sample() private pure returns (Statement memory s) {
        s.header = 0x101;
        s.circuit = bytes32(uint256(1));
        s.model = bytes32(uint256(2));
        s.input = bytes32(uint256(3));
        s.output = bytes32(uint256(4));
        s.result = [uint64(5), 6, 7];
        s.context = bytes32(uint256(8));
    }
}
