// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ProverRegistry} from "../../src/ProverRegistry.sol";
import {IProverRegistry} from "../../src/interfaces/IProverRegistry.sol";
import {Test} from "forge-std/Test.sol";

contract ProverRegistryTest is Test {
    string private constant RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p";

    ProverRegistry private registry = new ProverRegistry();

    function testFuzz_Register_StoresAndTells(address prover, string calldata endpoint) public {
        vm.assume(bytes(endpoint).length <= 256);
        vm.expectEmit(address(registry));
        emit IProverRegistry.ProverRegistered(prover, RECIPIENT, endpoint);
        vm.prank(prover);
        registry.register(RECIPIENT, endpoint);
        IProverRegistry.Prover memory record = registry.proverOf(prover);
        assertEq(record.ageRecipient, RECIPIENT);
        assertEq(record.blobEndpoint, endpoint);
        assertEq(record.updatedAt, block.timestamp);
        assertTrue(registry.isRegistered(prover));
        vm.prank(prover);
        registry.register(RECIPIENT, "");
        assertEq(registry.proverOf(prover).blobEndpoint, "");
    }

    function test_Register_LimitsLengths() public {
        assertEq(registry.MAX_AGE_RECIPIENT_BYTES(), 128);
        assertEq(registry.MAX_BLOB_ENDPOINT_BYTES(), 256);
        vm.expectRevert(abi.encodeWithSelector(IProverRegistry.AgeRecipientLength.selector, 128, 0));
        registry.register("", "");
        vm.expectRevert(abi.encodeWithSelector(IProverRegistry.AgeRecipientLength.selector, 128, 129));
        registry.register(string(new bytes(129)), "");
        vm.expectRevert(abi.encodeWithSelector(IProverRegistry.BlobEndpointLength.selector, 256, 257));
        registry.register(RECIPIENT, string(new bytes(257)));
        registry.register(string(new bytes(128)), string(new bytes(256)));
    }

    function test_Remove_Forgets() public {
        bytes memory unknown = abi.encodeWithSelector(IProverRegistry.UnknownProver.selector, address(this));
        vm.expectRevert(unknown);
        registry.remove();
        registry.register(RECIPIENT, "http://prover.example");
        vm.expectEmit(address(registry));
        emit IProverRegistry.ProverRemoved(address(this));
        registry.remove();
        assertFalse(registry.isRegistered(address(this)));
        vm.expectRevert(unknown);
        registry.proverOf(address(this));
    }
}
