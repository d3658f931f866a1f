// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Statement} from "../../src/interfaces/Types.sol";
import {AskedAdapter, CarelessAdapter, PublicMarkerVerifier} from "../utils/HostileVerifiers.sol";
import {MarkerVerifier, YesVerifier} from "../utils/MarkerVerifier.sol";
import {RecordedProof} from "../utils/RecordedProof.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Test} from "forge-std/Test.sol";

contract VerifierRegistryTest is Test {
    bytes32 private constant ID = keccak256("verifying key");
    uint64 private constant DELAY = 30 days;

    address private owner = makeAddr("owner");
    VerifierRegistry private registry;
    Groth16Adapter private adapter;

    function setUp() public {
        vm.warp(1_700_000_000);
        registry = new VerifierRegistry(owner, DELAY);
        adapter = new Groth16Adapter(new MarkerVerifier(ID));
    }

    // --- proposeVerifier and addVerifier ---------------------------------------------------------------------

    function testFuzz_ProposedAdapter_IsListedAfterTheDelay(address caller) public {
        uint64 activeFrom = uint64(block.timestamp) + DELAY;
        vm.expectEmit(address(registry));
        emit IVerifierRegistry.VerifierProposed(
            address(adapter), address(adapter).codehash, activeFrom, activeFrom + 14 days
        );
        vm.prank(owner);
        registry.proposeVerifier(address(adapter));
        vm.warp(activeFrom - 1);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.TooEarly.selector, activeFrom, activeFrom - 1));
        registry.addVerifier(address(adapter));
        assertFalse(registry.isListed(ID));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, ID));
        registry.adapterOf(ID);

        vm.warp(activeFrom);
        vm.expectEmit(address(registry));
        emit IVerifierRegistry.VerifierAdded(ID, address(adapter));
        // Once the delay is over it needs nobody in particular.
        vm.prank(caller);
        assertEq(registry.addVerifier(address(adapter)), ID);
        assertTrue(registry.isListed(ID));
        assertFalse(registry.isTombstoned(ID));
        assertEq(registry.adapterOf(ID), address(adapter));
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.NotProposed.selector, address(adapter)));
        registry.addVerifier(address(adapter));
    }

    function testFuzz_Stranger_NeitherProposesNorTombstones(address stranger) public {
        vm.assume(stranger != owner);
        _add(address(adapter));
        bytes memory refused = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, stranger);
        vm.startPrank(stranger);
        vm.expectRevert(refused);
        registry.proposeVerifier(address(adapter));
        vm.expectRevert(refused);
        registry.tombstone(ID);
    }

    function testFuzz_IdNotListed_IsUnknown(bytes32 id) public {
        _add(address(adapter));
        vm.assume(id != ID);
        assertFalse(registry.isListed(id));
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, id));
        registry.adapterOf(id);
    }

    function test_ListedId_IsNeverRepointed() public {
        _add(address(adapter));
        address other = address(new Groth16Adapter(new MarkerVerifier(ID)));
        _expectRefused(other, abi.encodeWithSelector(IVerifierRegistry.VerifierExists.selector, ID));
        assertEq(registry.adapterOf(ID), address(adapter));
    }

    function testFuzz_OtherCode_IsNotWhatWasProposed(bytes calldata code) public {
        vm.assume(keccak256(code) != address(adapter).codehash);
        // What begins with 0xef is no code that a chain takes.
        vm.assume(code.length == 0 || code[0] != 0xef);
        vm.prank(owner);
        registry.proposeVerifier(address(adapter));
        vm.warp(block.timestamp + DELAY);
        vm.etch(address(adapter), code);
        vm.expectRevert(abi.encodeWithSelector(ITimelocked.ProposalChanged.selector, address(adapter)));
        registry.addVerifier(address(adapter));
    }

    function test_NoCode_IsRefused() public {
        address nobody = makeAddr("nobody");
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.NoCode.selector, nobody));
        vm.prank(owner);
        registry.proposeVerifier(nobody);
    }

    function test_AdapterWithoutId_IsRefused() public {
        address nameless = address(new Groth16Adapter(new MarkerVerifier(bytes32(0))));
        _expectRefused(nameless, abi.encodeWithSelector(IVerifierRegistry.NoVerifierId.selector, nameless));
    }

    function test_AdapterThatAcceptsAnything_IsRefused() public {
        address yes = address(new Groth16Adapter(new YesVerifier()));
        _expectRefused(yes, abi.encodeWithSelector(IVerifierRegistry.AcceptsFalseProof.selector, yes));
    }

    /// @dev The false proof has to get as far as the pairing: valid points, a canonical statement.
    function test_FalseProof_IsAboutThePairing() public {
        uint256[8] memory proof = [
            1,
            2,
            0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2,
            0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed,
            0x090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b,
            0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa,
            1,
            2
        ];
        Statement memory statement;
        statement.header = 1;
        address asked = address(new AskedAdapter(keccak256(abi.encode(statement, abi.encodePacked(proof)))));
        _expectRefused(asked, abi.encodeWithSelector(IVerifierRegistry.AcceptsFalseProof.selector, asked));

        // The precompile takes the points: the generated verifier fails at the equation, not before.
        IGroth16Verifier real = RecordedProof.deployVerifier();
        uint256[8] memory inputs;
        vm.expectRevert(IGroth16Verifier.ProofInvalid.selector);
        real.verifyProof(proof, inputs);
        (bool ok, bytes memory answer) = address(8)
            .staticcall(abi.encodePacked(proof[0], proof[1], proof[2], proof[3], proof[4], proof[5]));
        assertTrue(ok);
        assertEq(abi.decode(answer, (uint256)), 0);
    }

    // --- development keys ------------------------------------------------------------------------------------

    function testFuzz_DevelopmentKey_HasNoAdapterOnAPublicChain(uint64 chainId) public {
        vm.assume(chainId != 31337 && chainId != 0);
        MarkerVerifier insecure = new MarkerVerifier(ID);
        assertTrue(new Groth16Adapter(insecure).isInsecure());
        PublicMarkerVerifier secure = new PublicMarkerVerifier(ID);
        vm.chainId(chainId);
        vm.expectRevert(abi.encodeWithSelector(IVerifierAdapter.InsecureOnPublicChain.selector, chainId));
        new Groth16Adapter(insecure);
        assertFalse(new Groth16Adapter(secure).isInsecure());
    }

    /// @dev The registry looks for itself: an adapter need not have.
    function testFuzz_DevelopmentKey_IsNotListedOnAPublicChain(uint64 chainId, bool insecure) public {
        vm.assume(chainId != 31337 && chainId != 0);
        address careless = address(new CarelessAdapter(ID, insecure, false));
        vm.prank(owner);
        registry.proposeVerifier(careless);
        vm.warp(block.timestamp + DELAY);
        vm.chainId(chainId);
        if (insecure) {
            vm.expectRevert(
                abi.encodeWithSelector(IVerifierRegistry.InsecureVerifier.selector, careless, chainId)
            );
            registry.addVerifier(careless);
            vm.chainId(31337);
        }
        assertEq(registry.addVerifier(careless), ID);
    }

    // --- tombstone -------------------------------------------------------------------------------------------

    function test_Tombstone_IsForEver() public {
        _add(address(adapter));
        vm.expectEmit(address(registry));
        emit IVerifierRegistry.VerifierTombstoned(ID, address(adapter));
        vm.prank(owner);
        registry.tombstone(ID);
        assertFalse(registry.isListed(ID));
        assertTrue(registry.isTombstoned(ID));
        bytes memory gone = abi.encodeWithSelector(IVerifierRegistry.VerifierIsTombstoned.selector, ID);
        vm.expectRevert(gone);
        registry.adapterOf(ID);
        vm.expectRevert(gone);
        vm.prank(owner);
        registry.tombstone(ID);
        // Neither the same adapter nor another one brings the id back.
        bytes memory exists = abi.encodeWithSelector(IVerifierRegistry.VerifierExists.selector, ID);
        _expectRefused(address(adapter), exists);
        _expectRefused(address(new CarelessAdapter(ID, false, false)), exists);
        assertTrue(registry.isTombstoned(ID));
    }

    function testFuzz_IdNotListed_HasNoTombstone(bytes32 id) public {
        vm.expectRevert(abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, id));
        vm.prank(owner);
        registry.tombstone(id);
        assertFalse(registry.isTombstoned(id));
    }

    function test_Tombstone_WithdrawsTheProposal() public {
        _add(address(adapter));
        vm.startPrank(owner);
        registry.proposeVerifier(address(adapter));
        vm.expectEmit(address(registry));
        emit ITimelocked.ProposalWithdrawn(address(adapter));
        registry.tombstone(ID);
        (uint64 from,) = registry.proposalOf(address(adapter));
        assertEq(from, 0);
    }

    function _expectRefused(address candidate, bytes memory error_) private {
        vm.prank(owner);
        registry.proposeVerifier(candidate);
        vm.warp(block.timestamp + DELAY);
        vm.expectRevert(error_);
        registry.addVerifier(candidate);
    }

    function _add(address candidate) private {
        vm.prank(owner);
        registry.proposeVerifier(candidate);
        vm.warp(block.timestamp + DELAY);
        registry.addVerifier(candidate);
    }
}
