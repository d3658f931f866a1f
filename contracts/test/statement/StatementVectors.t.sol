// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, Statement} from "../../src/interfaces/Types.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {Test} from "forge-std/Test.sol";

/// @notice Rust and Solidity read the same vectors, so a statement means the same on both sides.
contract StatementVectorsTest is Test {
    string private constant VECTORS = "../proving/statement/vectors/";

    StatementHarness private harness = new StatementHarness();

    function test_ContextVectors_Agree() public view {
        string memory json = vm.readFile(string.concat(VECTORS, "context.json"));
        assertEq(vm.parseJsonBytes32(json, ".domain"), harness.DOMAIN());
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 0);
        for (uint256 i = 0; i < count; ++i) {
            string memory at = string.concat(".contexts[", vm.toString(i), "]");
            bytes32 context = harness.context(
                vm.parseJsonUint(json, string.concat(at, ".chain_id")),
                vm.parseJsonAddress(json, string.concat(at, ".contract")),
                Kind(vm.parseJsonUint(json, string.concat(at, ".kind"))),
                vm.parseJsonBytes32(json, string.concat(at, ".request_id")),
                uint32(vm.parseJsonUint(json, string.concat(at, ".round"))),
                vm.parseJsonAddress(json, string.concat(at, ".payee")),
                vm.parseJsonBytes32(json, string.concat(at, ".output_hash")),
                vm.parseJsonBool(json, string.concat(at, ".output_inline"))
            );
            assertEq(context, vm.parseJsonBytes32(json, string.concat(at, ".context")));
            harness.requireDigest(context);
        }
    }

    function test_StatementVectors_Agree() public view {
        string memory json = vm.readFile(string.concat(VECTORS, "statement.json"));
        uint256 count = vm.parseJsonUint(json, ".count");
        assertGt(count, 0);
        for (uint256 i = 0; i < count; ++i) {
            string memory at = string.concat(".statements[", vm.toString(i), "]");
            Statement memory s = _readStatement(json, at);
            uint256[] memory words = vm.parseJsonUintArray(json, string.concat(at, ".words"));
            uint256[] memory inputs = vm.parseJsonUintArray(json, string.concat(at, ".inputs"));
            assertEq(words.length, 24);
            for (uint256 k = 0; k < 24; ++k) {
                assertEq(_word(s, k), words[k]);
            }
            assertEq(inputs.length, 8);
            uint256[8] memory packed = harness.toInputs(s);
            for (uint256 k = 0; k < 8; ++k) {
                assertEq(packed[k], inputs[k]);
            }
            assertEq(harness.firstNonCanonical(s), 24);
            assertEq(uint8(harness.kindOf(s.header)), vm.parseJsonUint(json, string.concat(at, ".kind")));
        }
    }

    function test_DigestVectors_Agree() public {
        string memory json = vm.readFile(string.concat(VECTORS, "digest.json"));
        uint256 accepted = vm.parseJsonUint(json, ".accepted_count");
        uint256 rejected = vm.parseJsonUint(json, ".rejected_count");
        assertGt(accepted, 0);
        assertGt(rejected, 0);
        for (uint256 i = 0; i < accepted; ++i) {
            string memory at = string.concat(".accepted[", vm.toString(i), "]");
            bytes32 digest = vm.parseJsonBytes32(json, string.concat(at, ".bytes32"));
            uint256[] memory limbs = vm.parseJsonUintArray(json, string.concat(at, ".limbs"));
            harness.requireDigest(digest);
            for (uint256 k = 0; k < 4; ++k) {
                assertEq(harness.limb(digest, k), limbs[k]);
            }
        }
        for (uint256 i = 0; i < rejected; ++i) {
            string memory at = string.concat(".rejected[", vm.toString(i), "]");
            bytes32 digest = vm.parseJsonBytes32(json, string.concat(at, ".bytes32"));
            uint256 limb = vm.parseJsonUint(json, string.concat(at, ".limb"));
            vm.expectRevert(abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, digest, limb));
            harness.requireDigest(digest);
        }
    }

    function testFuzz_AnyStatement_PacksThreeWordsAnInput(Statement memory s) public view {
        uint256[8] memory inputs = harness.toInputs(s);
        for (uint256 k = 0; k < 8; ++k) {
            uint256 expected = uint256(_word(s, 3 * k)) + (uint256(_word(s, 3 * k + 1)) << 64)
                + (uint256(_word(s, 3 * k + 2)) << 128);
            assertEq(inputs[k], expected);
        }
    }

    function testFuzz_NonCanonicalWord_IsFound(Statement memory s, uint256 position, uint64 excess)
        public
        view
    {
        position = bound(position, 1, 23);
        uint64 bad = uint64(bound(excess, Goldilocks.ORDER, type(uint64).max));
        for (uint256 k = 1; k < 24; ++k) {
            _setWord(s, k, k == position ? bad : _word(s, k) % Goldilocks.ORDER);
        }
        assertEq(harness.firstNonCanonical(s), position);
    }

    function test_WordThatIsTheOrder_IsFound() public view {
        for (uint256 position = 1; position < 24; ++position) {
            Statement memory s;
            _setWord(s, position, Goldilocks.ORDER);
            assertEq(harness.firstNonCanonical(s), position);
            _setWord(s, position, Goldilocks.ORDER - 1);
            assertEq(harness.firstNonCanonical(s), 24);
        }
    }

    function testFuzz_Header_NamesItsParts(uint8 kind, bool input, bool weights, bool output) public view {
        kind = uint8(bound(kind, 0, 3));
        uint256 expected = 1 + uint256(kind) * 256;
        if (input) expected += 1 << 16;
        if (weights) expected += 1 << 17;
        if (output) expected += 1 << 18;
        assertEq(harness.header(Kind(kind), input, weights, output), expected);
        assertEq(harness.outputIsPrivate(uint32(expected)), output);
        assertEq(uint8(harness.kindOf(uint32(expected))), kind);
    }

    function _readStatement(string memory json, string memory at) private pure returns (Statement memory s) {
        s.header = uint32(vm.parseJsonUint(json, string.concat(at, ".header")));
        s.circuit = vm.parseJsonBytes32(json, string.concat(at, ".circuit"));
        s.model = vm.parseJsonBytes32(json, string.concat(at, ".model"));
        s.input = vm.parseJsonBytes32(json, string.concat(at, ".input"));
        s.output = vm.parseJsonBytes32(json, string.concat(at, ".output"));
        uint256[] memory result = vm.parseJsonUintArray(json, string.concat(at, ".result"));
        s.result = [uint64(result[0]), uint64(result[1]), uint64(result[2])];
        s.context = vm.parseJsonBytes32(json, string.concat(at, ".context"));
    }

    /// @dev Word `k` in the order of ARCHITECTURE.md, "The statement": the slow way, to check the packing by.
    function _word(Statement memory s, uint256 k) private pure returns (uint64) {
        if (k == 0) return s.header;
        if (k < 5) return uint64(uint256(s.circuit) >> (64 * (k - 1)));
        if (k < 9) return uint64(uint256(s.model) >> (64 * (k - 5)));
        if (k < 13) return uint64(uint256(s.input) >> (64 * (k - 9)));
        if (k < 17) return uint64(uint256(s.output) >> (64 * (k - 13)));
        if (k < 20) return s.result[k - 17];
        return uint64(uint256(s.context) >> (64 * (k - 20)));
    }

    function _setWord(Statement memory s, uint256 k, uint64 value) private pure {
        if (k < 5) s.circuit = _setLimb(s.circuit, k - 1, value);
        else if (k < 9) s.model = _setLimb(s.model, k - 5, value);
        else if (k < 13) s.input = _setLimb(s.input, k - 9, value);
        else if (k < 17) s.output = _setLimb(s.output, k - 13, value);
        else if (k < 20) s.result[k - 17] = value;
        else s.context = _setLimb(s.context, k - 20, value);
    }

    function _setLimb(bytes32 digest, uint256 index, uint64 value) private pure returns (bytes32) {
        uint256 mask = uint256(type(uint64).max) << (64 * index);
        return bytes32((uint256(digest) & ~mask) | (uint256(value) << (64 * index)));
    }
}
