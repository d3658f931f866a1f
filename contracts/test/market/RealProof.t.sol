// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Delivery, Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Statement, Status} from "../../src/interfaces/Types.sol";
import {MarketTest} from "../utils/MarketTest.sol";
import {RecordedProof} from "../utils/RecordedProof.sol";

/// @notice The market with the generated verifier, and a real proof that was made for somebody else's request.
contract RealProofTest is MarketTest {
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
        registration.weightsPrivate = recorded.header & (1 << 17) != 0;
        Terms memory terms = _terms();
        terms.modelId = _register(provider, registration);
        terms.inputDigest = recorded.input;
        terms.verifierId = recording.keyDigest;
        id = _request(terms, 1);
        _bid(alice, id, 1, INSTANT);
    }

    function testFuzz_ProofOfAnotherRequest_PaysNothing(address caller, bytes32 outputHash) public {
        Statement memory recorded = RecordedProof.toStatement(recording.words);
        Statement memory asked =
            lens.statementOf(id, _madeOf(id), 1, alice, recorded.output, recorded.result, outputHash, false);
        assertNotEq(asked.context, recorded.context);
        asked.context = recorded.context;
        assertEq(abi.encode(asked), abi.encode(recorded), "only the context differs");
        real.verify(recorded, recording.seal);

        Delivery memory delivery;
        (delivery.outputDigest, delivery.result) = (recorded.output, recorded.result);
        (delivery.outputHash, delivery.seal) = (outputHash, recording.seal);
        Request memory made = _madeOf(id);
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        vm.prank(caller);
        market.fulfill(id, made, 1, delivery);

        _assertStatus(id, Status.Assigned);
        assertEq(vault.freeOf(alice), FUNDS - COLLATERAL);
        assertEq(vault.lockedOf(alice), COLLATERAL);
        assertEq(vault.freeOf(provider), 0);
        assertEq(vault.lockedOf(requester), ESCROW);
        _assertConserved();
    }
}
