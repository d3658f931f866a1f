// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../src/Groth16Adapter.sol";
import {VerifierRegistry} from "../src/VerifierRegistry.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {IVerifierAdapter} from "../src/interfaces/IVerifierAdapter.sol";
import {Statement} from "../src/interfaces/Types.sol";
import {Goldilocks} from "../src/lib/Goldilocks.sol";
import {RecordedProof} from "./utils/RecordedProof.sol";
import {StatementHarness} from "./utils/StatementHarness.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The generated verifier against a real proof and everything that is nearly one.
contract Groth16VerifierTest is Test {
    /// @dev Order of the scalar field.
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;
    /// @dev Order of the base field.
    uint256 private constant Q = 0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47;

    /// @dev A precompile that refuses a point eats all gas it was given.
    uint256 private constant GAS = 1_000_000;

    IGroth16Verifier private verifier;
    Groth16Adapter private adapter;
    RecordedProof.Recording private recording;
    StatementHarness private harness;

    function setUp() public {
        recording = RecordedProof.read();
        verifier = RecordedProof.deployVerifier();
        adapter = new Groth16Adapter(verifier);
        harness = new StatementHarness();
    }

    function test_RecordedProof_Verifies() public view {
        Statement memory s = RecordedProof.toStatement(recording.words);
        assertEq(abi.encode(harness.toInputs(s)), abi.encode(recording.inputs));
        adapter.verify(s, recording.seal);
        assertEq(adapter.verifierId(), recording.keyDigest);
        assertTrue(verifier.INSECURE_DEV());
    }

    function test_GasVerify_IsWithinItsBar() public {
        uint256[8] memory proof = RecordedProof.toProof(recording.seal);
        uint256[8] memory inputs = recording.inputs;
        verifier.verifyProof(proof, inputs);
        uint256 gas = vm.snapshotGasLastCall("Groth16Verifier", "verifyProof");
        assertLe(gas, 250_000);
    }

    /// @dev Every word is bound, also those that the circuit only passes through.
    function test_EachChangedWord_IsRefused() public {
        for (uint256 k = 0; k < 24; ++k) {
            _expectWordRefused(k, 1);
        }
    }

    function testFuzz_ChangedWord_IsRefused(uint256 position, uint64 by) public {
        by = uint64(bound(by, 1, Goldilocks.ORDER - 1));
        _expectWordRefused(bound(position, 0, 23), by);
    }

    function testFuzz_NonCanonicalWord_IsRefused(uint256 position) public {
        position = bound(position, 1, 23);
        uint256[] memory words = recording.words;
        // The same residue in its second encoding, where it has one, else the order itself.
        uint256 second = words[position] + Goldilocks.ORDER;
        words[position] = second <= type(uint64).max ? second : Goldilocks.ORDER;
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.NonCanonicalWord.selector, position));
        adapter.verify(RecordedProof.toStatement(words), recording.seal);
    }

    function testFuzz_ChangedSealByte_IsRefused(uint256 position, uint8 flip) public {
        vm.assume(flip != 0);
        position = bound(position, 0, 255);
        bytes memory seal = recording.seal;
        seal[position] ^= bytes1(flip);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        adapter.verify{gas: GAS}(RecordedProof.toStatement(recording.words), seal);
    }

    function test_InputsOverTheOrder_AreNotReduced() public {
        uint256[8] memory proof = RecordedProof.toProof(recording.seal);
        for (uint256 k = 0; k < 8; ++k) {
            uint256[8] memory inputs = recording.inputs;
            inputs[k] += R;
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.InputNotInField.selector, k));
            verifier.verifyProof(proof, inputs);
            inputs[k] = R;
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.InputNotInField.selector, k));
            verifier.verifyProof(proof, inputs);
            inputs[k] = type(uint256).max;
            vm.expectRevert(abi.encodeWithSelector(IGroth16Verifier.InputNotInField.selector, k));
            verifier.verifyProof(proof, inputs);
        }
    }

    function test_CoordinatesOverTheOrder_AreNotReduced() public {
        for (uint256 k = 0; k < 8; ++k) {
            uint256[8] memory proof = RecordedProof.toProof(recording.seal);
            proof[k] += Q;
            _expectInvalid(proof);
        }
    }

    function test_PointsOffTheCurve_AreRefused() public {
        for (uint256 k = 0; k < 8; ++k) {
            uint256[8] memory proof = RecordedProof.toProof(recording.seal);
            proof[k] = addmod(proof[k], 1, Q);
            _expectInvalid(proof);
        }
    }

    function test_PointsAtInfinity_AreRefused() public {
        uint256[8] memory proof = RecordedProof.toProof(recording.seal);
        (proof[0], proof[1]) = (0, 0);
        _expectInvalid(proof);
        proof = RecordedProof.toProof(recording.seal);
        (proof[2], proof[3], proof[4], proof[5]) = (0, 0, 0, 0);
        _expectInvalid(proof);
        proof = RecordedProof.toProof(recording.seal);
        (proof[6], proof[7]) = (0, 0);
        _expectInvalid(proof);
        _expectInvalid([uint256(0), 0, 0, 0, 0, 0, 0, 0]);
    }

    /// @dev (1, y) lies on the twist but not in the group of order r.
    function test_PointOutsideTheSubgroup_IsRefused() public {
        uint256[8] memory proof = RecordedProof.toProof(recording.seal);
        proof[2] = 0;
        proof[3] = 1;
        proof[4] = 0x0d1271953ed9ea0836846e70a1934187998c7f790cb4d7511b7f8da82de048a4;
        proof[5] = 0x2869111d5381f072f8e2728fdb825a51aadd70e52c9830e9ab4b871c0531f1bb;
        _expectInvalid(proof);
    }

    function testFuzz_OtherLength_IsRefused(uint256 length) public {
        length = bound(length, 0, 600);
        vm.assume(length != 256);
        bytes memory seal = new bytes(length);
        for (uint256 i = 0; i < length && i < 256; ++i) {
            seal[i] = recording.seal[i];
        }
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.SealLength.selector, 256, length));
        adapter.verify(RecordedProof.toStatement(recording.words), seal);
    }

    function testFuzz_OtherChain_RefusesDeployment(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        bytes memory code = RecordedProof.creationCode();
        vm.chainId(chainId);
        vm.expectRevert(
            abi.encodeWithSelector(IGroth16Verifier.DevVerifierOnPublicChain.selector, uint256(chainId))
        );
        this.deployCode(code);
    }

    function test_VerifierRegistry_ListsIt() public {
        VerifierRegistry registry = new VerifierRegistry(address(this), 0);
        registry.proposeVerifier(address(adapter));
        assertEq(registry.addVerifier(address(adapter)), recording.keyDigest);
    }

    /// @dev External, so that a revert in the constructor can be expected.
    function deployCode(bytes calldata code) external returns (address) {
        return RecordedProof.deployCode(code);
    }

    function _expectWordRefused(uint256 position, uint64 by) private {
        uint256[] memory words = recording.words;
        words[position] = position == 0
            ? uint32(words[0]) ^ (uint32(by) | 1)
            : addmod(words[position], by, Goldilocks.ORDER);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        adapter.verify(RecordedProof.toStatement(words), recording.seal);
    }

    function _expectInvalid(uint256[8] memory proof) private {
        uint256[8] memory inputs = recording.inputs;
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        verifier.verifyProof{gas: GAS}(proof, inputs);
    }
}
