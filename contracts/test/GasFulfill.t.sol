// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {Delivery, Request} from "../src/interfaces/MarketTypes.sol";
import {MarkerVerifier} from "./utils/MarkerVerifier.sol";
import {RecordedProof} from "./utils/RecordedProof.sol";
import {StackTest} from "./utils/StackTest.sol";

/// @notice Takes the marker's proofs, so that a whole sale can be run, and does a real verification besides: its gas
/// is an upper bound of the generated verifier's.
contract RecordingVerifier is MarkerVerifier {
    IGroth16Verifier private immutable _real;
    address private immutable _recorded;

    constructor(bytes32 digest) MarkerVerifier(digest) {
        RecordedProof.Recording memory recording = RecordedProof.read();
        _real = RecordedProof.deployVerifier();
        // Kept as code: reading it from storage would cost more than there is to measure.
        _recorded = RecordedProof.deployCode(
            bytes.concat(
                hex"600b5981380380925939f3",
                hex"00",
                abi.encodeCall(
                    IGroth16Verifier.verifyProof, (RecordedProof.toProof(recording.seal), recording.inputs)
                )
            )
        );
    }

    function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) public view override {
        super.verifyProof(proof, inputs);
        bytes memory recordedCall = new bytes(_recorded.code.length - 1);
        address recorded = _recorded;
        assembly ("memory-safe") {
            extcodecopy(recorded, add(recordedCall, 0x20), 1, mload(recordedCall))
        }
        (bool ok,) = address(_real).staticcall(recordedCall);
        require(ok, ProofInvalid());
    }
}

/// @notice The whole transaction, intrinsic cost and cold storage included.
/// forge-config: default.isolate = true
contract FulfillGasTest is StackTest {
    function test_GasFulfill_IsWithinItsBar() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        vm.warp(_viewOf(id).biddingDeadline);
        Delivery memory delivery = _delivery(id, 1, alice);
        Request memory made = _madeOf(id);
        vm.prank(alice);
        market.fulfill(id, made, 1, delivery);
        uint256 gas = vm.snapshotGasLastCall("Groth16Verifier", "fulfill, with the pairing");
        assertGt(gas, 235_000);
        assertLe(gas, 400_000);
    }

    function _newVerifier() internal override returns (MarkerVerifier) {
        return new RecordingVerifier(KEY_DIGEST);
    }
}
