// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Kind, ProverPolicy} from "../../src/interfaces/Types.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {StackTest} from "../utils/StackTest.sol";

contract ModelRegistryTest is StackTest {
    function testFuzz_Register_StoresAndTells(address who, bytes32 commitment, bytes32 circuit, uint88 fee)
        public
    {
        vm.assume(who != address(0));
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = _canonical(commitment);
        vm.assume(registration.commitment != COMMITMENT);
        registration.circuits[0].circuit = _canonical(circuit);
        registration.fee = fee;
        bytes32 expected = keccak256(
            abi.encode(block.chainid, address(models), who, _canonical(circuit), _canonical(commitment))
        );
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelRegistered(expected, who, expected, registration);
        assertEq(_register(who, registration), expected);
        IModelRegistry.Model memory model = models.modelOf(expected);
        assertEq(model.provider, who);
        assertEq(model.registeredAt, block.timestamp);
        assertFalse(model.deprecated);
        assertEq(abi.encode(model.registration), abi.encode(registration));
        assertEq(models.modelIdOf(who, _canonical(circuit), _canonical(commitment)), expected);
    }

    function testFuzz_NonCanonicalDigest_IsRejected(bytes32 digest, uint256 limb, uint64 excess) public {
        limb = bound(limb, 0, 3);
        uint64 bad = uint64(bound(excess, Goldilocks.ORDER, type(uint64).max));
        uint256 mask = uint256(type(uint64).max) << (64 * limb);
        digest = bytes32((uint256(_canonical(digest)) & ~mask) | (uint256(bad) << (64 * limb)));
        bytes memory refused = abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, digest, limb);
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = digest;
        _expectRefused(registration, refused);
        registration = _registration();
        registration.circuits[1].circuit = digest;
        _expectRefused(registration, refused);
    }

    function test_ZeroDigest_IsRejected() public {
        bytes memory refused = abi.encodeWithSelector(Goldilocks.ZeroDigest.selector);
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = bytes32(0);
        _expectRefused(registration, refused);
        registration = _registration();
        registration.circuits[0].circuit = bytes32(0);
        _expectRefused(registration, refused);
        registration = _registration();
        registration.cardHash = bytes32(0);
        _expectRefused(registration, refused);
    }

    function testFuzz_CircuitCount_IsLimited(uint256 count) public {
        count = bound(count, 13, 100);
        assertEq(models.MAX_CIRCUITS(), 12);
        IModelRegistry.Registration memory registration = _registration();
        registration.circuits = new IModelRegistry.CircuitVariant[](0);
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.CircuitCount.selector, 12, 0));
        registration.circuits = new IModelRegistry.CircuitVariant[](count);
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.CircuitCount.selector, 12, count));
    }

    function test_EveryVariantFits_OnceEach() public {
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = bytes32(uint256(99));
        registration.circuits = new IModelRegistry.CircuitVariant[](12);
        for (uint256 i = 0; i < 12; ++i) {
            registration.circuits[i] =
                IModelRegistry.CircuitVariant(Kind(1 + i / 4), i & 1 != 0, i & 2 != 0, bytes32(i + 1));
        }
        bytes32 id = _register(provider, registration);
        for (uint256 i = 0; i < 12; ++i) {
            assertEq(models.circuitOf(id, Kind(1 + i / 4), i & 1 != 0, i & 2 != 0), bytes32(i + 1));
        }
        registration.circuits[7] = registration.circuits[3];
        registration.commitment = bytes32(uint256(98));
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.InvalidVariant.selector, 7));
        registration.circuits[7] = IModelRegistry.CircuitVariant(Kind.None, true, true, bytes32(uint256(8)));
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.InvalidVariant.selector, 7));
    }

    function testFuzz_CardUri_IsLimited(uint256 over, uint256 within) public {
        over = bound(over, 257, 2_000);
        assertEq(models.MAX_CARD_URI_BYTES(), 256);
        IModelRegistry.Registration memory registration = _registration();
        registration.cardUri = "";
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.CardUriLength.selector, 256, 0));
        registration.cardUri = string(new bytes(over));
        _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.CardUriLength.selector, 256, over));
        registration.cardUri = string(new bytes(bound(within, 1, 256)));
        registration.commitment = bytes32(uint256(98));
        _register(provider, registration);
    }

    function testFuzz_Policy_MustFit(bool sole, address prover, uint88 price) public {
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = bytes32(uint256(98));
        registration.policy = sole ? ProverPolicy.Sole : ProverPolicy.Open;
        registration.soleProver = prover;
        registration.provingPrice = price;
        bool fits = sole ? prover != address(0) && price != 0 : prover == address(0) && price == 0;
        if (fits) _register(provider, registration);
        else _expectRefused(registration, abi.encodeWithSelector(IModelRegistry.InvalidPolicy.selector));
    }

    function test_Policies_Accepted() public {
        bytes32 id = _register(provider, _soleRegistration(alice, 5));
        IModelRegistry.Listing memory listing = models.listingOf(id, Kind.Inference, false, false);
        assertEq(listing.soleProver, alice);
        assertEq(listing.provingPrice, 5);
        assertTrue(listing.weightsPrivate);
        IModelRegistry.Registration memory half = _soleRegistration(alice, 0);
        _expectRefused(half, abi.encodeWithSelector(IModelRegistry.InvalidPolicy.selector));
        half = _soleRegistration(address(0), 5);
        _expectRefused(half, abi.encodeWithSelector(IModelRegistry.InvalidPolicy.selector));
    }

    function testFuzz_Amounts_AreLimited(uint128 over) public {
        uint128 limit = models.MAX_AMOUNT();
        assertEq(limit, type(uint88).max);
        over = uint128(bound(over, uint256(limit) + 1, type(uint128).max));
        IModelRegistry.Registration memory registration = _soleRegistration(alice, limit);
        registration.fee = over;
        bytes memory refused = abi.encodeWithSelector(IModelRegistry.AmountTooLarge.selector, limit, over);
        _expectRefused(registration, refused);
        registration.fee = limit;
        registration.provingPrice = over;
        _expectRefused(registration, refused);
        registration.provingPrice = limit;
        _register(provider, registration);
    }

    function testFuzz_SameModel_RegistersOnceAProvider(address other) public {
        vm.assume(other != provider && other != address(0));
        _expectRefused(_registration(), abi.encodeWithSelector(IModelRegistry.ModelExists.selector, modelId));
        assertNotEq(_register(other, _registration()), modelId);
    }

    /// @dev Every later listing of a commitment names the first one, for readers to flag it.
    function testFuzz_SameCommitment_NamesTheFirst(address[3] calldata others, bytes32 circuit) public {
        assertEq(models.firstOf(COMMITMENT), modelId);
        IModelRegistry.Registration memory copy = _registration();
        for (uint256 i = 0; i < 3; ++i) {
            vm.assume(others[i] != address(0) && others[i] != provider);
            // Another circuit makes it another model of the same provider, not another commitment.
            copy.circuits[0].circuit = _canonical(keccak256(abi.encode(circuit, i)));
            bytes32 expected = models.modelIdOf(others[i], copy.circuits[0].circuit, COMMITMENT);
            vm.expectEmit(address(models));
            emit IModelRegistry.ModelRegistered(expected, others[i], modelId, copy);
            assertEq(_register(others[i], copy), expected);
            assertEq(models.firstOf(COMMITMENT), modelId);
        }
    }

    function testFuzz_UnknownCommitment_HasNoFirst(bytes32 commitment) public view {
        vm.assume(commitment != COMMITMENT);
        assertEq(models.firstOf(commitment), bytes32(0));
    }

    /// @dev Nothing that a provider does later gives its place away.
    function test_DeprecatedListing_StaysTheFirst() public {
        vm.prank(provider);
        models.deprecate(modelId);
        bytes32 copied = _register(carol, _registration());
        assertNotEq(copied, modelId);
        assertEq(models.firstOf(COMMITMENT), modelId);
    }

    /// @dev The same words on another chain or in another registry are another listing.
    function testFuzz_ModelId_NamesChainAndRegistry(uint64 chainId) public {
        vm.assume(chainId != block.chainid && chainId != 0);
        ModelRegistry other = new ModelRegistry();
        assertNotEq(other.modelIdOf(provider, CIRCUIT, COMMITMENT), modelId);
        vm.chainId(chainId);
        assertNotEq(models.modelIdOf(provider, CIRCUIT, COMMITMENT), modelId);
    }

    function testFuzz_SetPrices_ChangesListing(uint88 fee, uint88 price) public {
        vm.assume(price != 0);
        bytes32 id = _register(provider, _soleRegistration(alice, 5));
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelPriced(id, fee, price);
        vm.prank(provider);
        models.setPrices(id, fee, price);
        IModelRegistry.Listing memory listing = models.listingOf(id, Kind.Inference, false, false);
        assertEq(listing.fee, fee);
        assertEq(listing.provingPrice, price);
    }

    function testFuzz_SetPrices_IsTheProviders(address stranger, bytes32 unknown) public {
        vm.assume(stranger != provider && unknown != modelId);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotProvider.selector, modelId, stranger));
        vm.prank(stranger);
        models.setPrices(modelId, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, unknown));
        models.setPrices(unknown, 1, 0);
        vm.startPrank(provider);
        vm.expectRevert(IModelRegistry.InvalidPolicy.selector);
        models.setPrices(modelId, 1, 1);
        // The price of the version stands until it is changed as a whole.
        assertEq(models.listingOf(modelId, Kind.Inference, false, false).fee, FEE);
        uint128 tooLarge = uint128(type(uint88).max) + 1;
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.AmountTooLarge.selector, type(uint88).max, tooLarge)
        );
        models.setPrices(modelId, tooLarge, 0);
    }

    function testFuzz_Deprecate_IsTheProvidersAndOnce(address stranger) public {
        vm.assume(stranger != provider);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.NotProvider.selector, modelId, stranger));
        vm.prank(stranger);
        models.deprecate(modelId);
        vm.startPrank(provider);
        vm.expectEmit(address(models));
        emit IModelRegistry.ModelDeprecated(modelId);
        models.deprecate(modelId);
        assertTrue(models.modelOf(modelId).deprecated);
        assertTrue(models.listingOf(modelId, Kind.Inference, false, false).deprecated);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.AlreadyDeprecated.selector, modelId));
        models.deprecate(modelId);
    }

    function test_Views_Answer() public {
        IModelRegistry.Listing memory listing = models.listingOf(modelId, Kind.Inference, true, true);
        assertEq(listing.provider, provider);
        assertEq(listing.commitment, COMMITMENT);
        assertEq(listing.circuit, bytes32(uint256(0x5555)));
        assertEq(listing.soleProver, address(0));
        assertFalse(listing.weightsPrivate);
        assertFalse(listing.deprecated);
        assertEq(listing.fee, FEE);
        assertEq(models.listingOf(modelId, Kind.Accuracy, false, false).circuit, bytes32(0));
        assertEq(models.circuitOf(modelId, Kind.None, false, false), bytes32(0));
        IModelRegistry.ModelCommitment memory view_ = models.getModel(modelId);
        assertEq(view_.modelHash, COMMITMENT);
        assertEq(view_.circuitHash, CIRCUIT);
        assertEq(view_.vkHash, bytes32(0));
        assertEq(view_.proofSystemId, bytes4(keccak256("groth16-bn254-v1")));
        assertEq(view_.proofSystemId, models.PROOF_SYSTEM_ID());
        assertEq(view_.uri, "sha256:card");
        bytes memory unknown = abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, bytes32(0));
        vm.expectRevert(unknown);
        models.modelOf(bytes32(0));
        vm.expectRevert(unknown);
        models.listingOf(bytes32(0), Kind.Inference, false, false);
        vm.expectRevert(unknown);
        models.getModel(bytes32(0));
    }

    function _expectRefused(IModelRegistry.Registration memory registration, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(provider);
        models.register(registration);
    }

    function _canonical(bytes32 digest) private pure returns (bytes32) {
        // Clearing the top bits makes any word canonical; the last bit keeps it from being zero.
        uint256 cleared = uint256(digest) & 0x7fffffffffffffff7fffffffffffffff7fffffffffffffff7fffffffffffffff;
        return bytes32(cleared | 1);
    }
}
