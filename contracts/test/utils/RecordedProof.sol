// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {Statement} from "../../src/interfaces/Types.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice A real wrapped proof, recorded by the wrap crate together with the verifier that it exported.
library RecordedProof {
    Vm private constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    struct Recording {
        uint256[] words;
        uint256[8] inputs;
        bytes seal;
        bytes32 keyDigest;
    }

    function read() internal view returns (Recording memory recording) {
        string memory json = VM.readFile("test/vectors/wrapped_proof.json");
        recording.words = VM.parseJsonUintArray(json, ".words");
        uint256[] memory inputs = VM.parseJsonUintArray(json, ".inputs");
        require(recording.words.length == 24 && inputs.length == 8, "a recording has 24 words and 8 inputs");
        for (uint256 i = 0; i < 8; ++i) {
            recording.inputs[i] = inputs[i];
        }
        recording.seal = VM.parseJsonBytes(json, ".seal");
        recording.keyDigest = VM.parseBytes32(string.concat("0x", VM.parseJsonString(json, ".verifying_key")));
    }

    /// @notice Deploys the generated verifier, found by name because it is not part of this folder's own code.
    function deployVerifier() internal returns (IGroth16Verifier) {
        return IGroth16Verifier(deployCode(creationCode()));
    }

    function creationCode() internal view returns (bytes memory) {
        return VM.getCode("Groth16Verifier.sol:Groth16Verifier");
    }

    function deployCode(bytes memory code) internal returns (address deployed) {
        assembly {
            deployed := create(0, add(code, 0x20), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function toStatement(uint256[] memory words) internal pure returns (Statement memory s) {
        s.header = uint32(words[0]);
        s.circuit = digest(words, 1);
        s.model = digest(words, 5);
        s.input = digest(words, 9);
        s.output = digest(words, 13);
        s.result = [uint64(words[17]), uint64(words[18]), uint64(words[19])];
        s.context = digest(words, 20);
    }

    function toProof(bytes memory seal) internal pure returns (uint256[8] memory) {
        return abi.decode(seal, (uint256[8]));
    }

    function digest(uint256[] memory words, uint256 at) private pure returns (bytes32) {
        return bytes32(words[at] | words[at + 1] << 64 | words[at + 2] << 128 | words[at + 3] << 192);
    }
}
