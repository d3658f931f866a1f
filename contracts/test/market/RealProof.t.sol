// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Statement, Status} from "../../src/interfaces/Types.sol";
import {RecordedProof} from "../utils/RecordedProof.sol";
import {StackTest} from "../utils/StackTest.sol";

/// @notice The market with the generated verifier, and a real proof that was made for somebody else's request.
contract RealProofTest is StackTest {
    uint128 private constant PRICE = 6e6;

    Groth16Adapter private real;
    RecordedProof.Recording private recording;
    bytes32 private id;

    function setUp() public override {
        super.setUp();
        recording = RecordedProof.read();
        Statement memory recorded = RecordedProof.toStatement(recording.words);
        real = new Groth16Adapter(RecordedProof.deployVerifier());
        vm.prank(owner);
        verifiers.proposeVerifier(address(real));
        verifiers.addVerifier(address(real));

        // The request asks for all that the recorded proof says: its circuit, model and input.
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = recorded.model;
        registration.circuits[0].circuit = recorded.circuit;
        registration.weightsPrivate = true;
        IProofMarket.Terms memory terms = _terms();
        terms.modelId = _register(provider, registration);
        terms.inputDigest = recorded.input;
        terms.verifierId = recording.keyDigest;
        id = _request(terms, 1);
        _bid(alice, id, 1, PRICE);
    }

    function testFuzz_ProofOfAnotherRequest_PaysNothing(address caller) public {
        Statement memory recorded = RecordedProof.toStatement(recording.words);
        Statement memory asked = market.statementOf(id, recorded.output, recorded.result);
        assertNotEq(asked.context, recorded.context);
        asked.context = recorded.context;
        assertEq(abi.encode(asked), abi.encode(recorded), "only the context differs");
        real.verify(recorded, recording.seal);

        uint256 locked = vault.lockedOf(alice);
        IProofMarket.Delivery memory delivery;
        delivery.outputDigest = recorded.output;
        delivery.result = recorded.result;
        delivery.seal = recording.seal;
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        vm.prank(caller);
        market.fulfill(id, 1, delivery);

        assertEq(uint8(market.status(id)), uint8(Status.Assigned));
        assertEq(vault.freeOf(alice), FUNDS - locked);
        assertEq(vault.lockedOf(alice), locked);
        assertEq(vault.freeOf(provider), 0);
        assertEq(vault.lockedOf(requester), 10 * DOLLAR + FEE);
        _assertConserved();
    }
}
