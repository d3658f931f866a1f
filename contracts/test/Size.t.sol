// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {Gateway} from "../src/Gateway.sol";
import {ProverRegistry} from "../src/ProverRegistry.sol";
import {RecordedProof} from "./utils/RecordedProof.sol";
import {StackTest} from "./utils/StackTest.sol";

/// @notice Runtime bytecode stays well under the chain's limit of 24,576 bytes, so that a fix has room.
contract SizeTest is StackTest {
    uint256 private constant MOST = 20_000;

    function test_Bytecode_OfEachContract_IsWithinItsBar() public {
        address[12] memory contracts = [
            address(token),
            address(vault),
            address(models),
            address(verifiers),
            address(rules),
            address(market),
            address(lens),
            address(adapter),
            market.forwarder(),
            address(new Gateway(vault, market)),
            address(new CircuitRegistry(owner, 0, alice)),
            address(new ProverRegistry())
        ];
        for (uint256 i = 0; i < contracts.length; ++i) {
            assertGt(contracts[i].code.length, 0, vm.toString(i));
            assertLe(contracts[i].code.length, MOST, vm.toString(i));
        }
        assertLe(address(RecordedProof.deployVerifier()).code.length, MOST, "the generated verifier");
    }
}
