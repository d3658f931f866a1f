// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {RequestRules} from "../../src/RequestRules.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Parameters, Request, Snapshot, State, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Status} from "../../src/interfaces/Types.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {MarketTest} from "../utils/MarketTest.sol";

contract RequestTest is MarketTest {
    uint128 private constant MAX_AMOUNT = type(uint88).max;

    // --- a good request --------------------------------------------------------------------------------------

    function testFuzz_Request_LocksAndSnapshots(uint64 nonce, uint96 limit, uint96 first, uint96 instant)
        public
    {
        Terms memory terms = _priced(limit, first, instant);
        bytes32 id = _idOf(requester, nonce, terms);
        Snapshot memory snapshot = Snapshot({
            provider: provider,
            soleProver: address(0),
            verifier: address(adapter),
            header: 0x101,
            circuit: CIRCUIT,
            commitment: COMMITMENT,
            fee: FEE,
            collateral: terms.maxPrice * 2 > DOLLAR ? terms.maxPrice * 4 : 2 * uint128(DOLLAR)
        });
        vm.expectEmit(address(market));
        emit IMarketEvents.Requested(
            id, requester, modelId, nonce, terms, snapshot, _input(), uint64(block.timestamp)
        );
        vm.prank(requester);
        assertEq(market.request(terms, nonce, _input()), id);

        assertEq(market.hashOf(id), keccak256(abi.encode(Request(requester, nonce, terms, snapshot))));
        assertEq(
            abi.encode(market.stateOf(id)),
            abi.encode(State(Status.Open, 1, 0, uint40(block.timestamp), 0, 0))
        );
        _assertEscrow(id, terms.maxPrice + FEE);
        _assertConserved();
    }

    function _priced(uint96 limit, uint96 first, uint96 instant) private view returns (Terms memory terms) {
        terms = _terms();
        terms.maxPrice = uint128(bound(limit, 1, FUNDS - FEE));
        terms.firstCeiling = uint128(bound(first, 1, terms.maxPrice));
        terms.ceilingStep = terms.firstCeiling == terms.maxPrice ? 0 : 1;
        terms.instantPrice = uint128(bound(instant, 0, terms.firstCeiling));
    }

    function _assertEscrow(bytes32 id, uint256 amount) private view {
        (address account, uint256 locked, bool open) = vault.lockOf(address(market), id);
        assertTrue(open);
        assertEq(account, requester);
        assertEq(locked, amount);
        assertEq(vault.lockedOf(requester), amount);
        assertEq(vault.freeOf(requester), FUNDS - amount);
    }

    // --- identity --------------------------------------------------------------------------------------------

    function testFuzz_RequestId_IsAHashOfEverything(address who, uint64 nonce) public {
        vm.assume(who != address(0) && who != vault.sink());
        _fund(who, FUNDS);
        bytes32 expected = _idOf(who, nonce, _terms());
        assertEq(_requestOf(who, _terms(), nonce), expected);
    }

    function test_RequestId_CommitsToEachTerm() public view {
        bytes32 id = _idOf(requester, 1, _terms());
        for (uint256 word = 0; word < 16; ++word) {
            bytes memory encoded = abi.encode(_terms());
            encoded[32 * word + 31] ^= 0x01;
            Terms memory other = abi.decode(encoded, (Terms));
            assertNotEq(lens.requestIdOf(requester, 1, other), id);
        }
        assertNotEq(lens.requestIdOf(alice, 1, _terms()), id);
        assertNotEq(lens.requestIdOf(requester, 2, _terms()), id);
    }

    function testFuzz_SameRequest_IsRejectedAndANonceTellsApart(uint64 other) public {
        vm.assume(other != 1);
        bytes32 id = _request(_terms(), 1);
        _refuse(_terms(), abi.encodeWithSelector(IMarketErrors.RequestExists.selector, id));
        assertNotEq(_request(_terms(), other), id);
        assertNotEq(_requestOf(alice, _terms(), 1), id);
        // Nor when it is over: a name is used once.
        _cancel(requester, id);
        _refuse(_terms(), abi.encodeWithSelector(IMarketErrors.RequestExists.selector, id));
    }

    // --- snapshot --------------------------------------------------------------------------------------------

    function test_Snapshot_OutlivesTheProvidersChanges() public {
        bytes32 id = _request();
        vm.startPrank(provider);
        models.setPrices(modelId, FEE * 2, 0);
        models.deprecate(modelId);
        vm.stopPrank();
        _bid(alice, id, 1, INSTANT);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(provider), FEE);
        assertEq(vault.freeOf(requester), FUNDS - INSTANT - FEE);
    }

    function test_Snapshot_OutlivesASoleProversNewPrice() public {
        Terms memory terms = _soleTerms(INSTANT);
        bytes32 id = _request(terms, 1);
        vm.prank(provider);
        models.setPrices(terms.modelId, FEE, 2 * INSTANT);
        _bid(alice, id, 1, INSTANT);
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(alice), FUNDS + INSTANT);
    }

    // --- the model -------------------------------------------------------------------------------------------

    function testFuzz_UnknownModel_IsRejected(bytes32 other) public {
        vm.assume(other != modelId);
        Terms memory terms = _terms();
        terms.modelId = other;
        _refuse(terms, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, other));
    }

    function test_DeprecatedModel_IsRejected() public {
        vm.prank(provider);
        models.deprecate(modelId);
        _refuse(_terms(), abi.encodeWithSelector(IMarketErrors.ModelIsDeprecated.selector, modelId));
    }

    function test_KindWithoutRules_IsRejectedEvenWhenOnOffer() public {
        Kind[3] memory kinds = [Kind.None, Kind.Accuracy, Kind.WeightDelivery];
        IModelRegistry.Registration memory registration = _registration();
        registration.commitment = bytes32(uint256(0x7777));
        registration.circuits = new IModelRegistry.CircuitVariant[](2);
        for (uint256 i = 0; i < 2; ++i) {
            registration.circuits[i] = IModelRegistry.CircuitVariant(kinds[i + 1], false, false, CIRCUIT);
        }
        Terms memory terms = _terms();
        terms.modelId = _register(provider, registration);
        for (uint256 i = 0; i < 3; ++i) {
            terms.kind = kinds[i];
            _refuse(terms, abi.encodeWithSelector(IMarketErrors.KindNotSupported.selector, kinds[i]));
        }
    }

    function test_VariantNotOnOffer_IsRejected() public {
        // On offer are inferences with both public or both private.
        for (uint256 i = 0; i < 2; ++i) {
            Terms memory terms = _terms();
            (terms.inputPrivate, terms.outputPrivate) = (i == 0, i == 1);
            _refuse(terms, abi.encodeWithSelector(IMarketErrors.VariantNotOffered.selector, modelId));
        }
    }

    function test_PrivateVariant_SaysSoInItsHeader() public {
        Terms memory terms = _terms();
        (terms.inputPrivate, terms.outputPrivate) = (true, true);
        assertEq(_madeOf(_request(terms, 1)).snapshot.header, 0x50101);
        assertEq(_madeOf(_request(_soleTerms(INSTANT), 1)).snapshot.header, 0x20101);
    }

    function testFuzz_UnlistedVerifier_IsRejected(bytes32 other) public {
        vm.assume(other != KEY_DIGEST);
        Terms memory terms = _terms();
        terms.verifierId = other;
        _refuse(terms, abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, other));
    }

    function test_TombstonedVerifier_IsRejected() public {
        vm.prank(owner);
        verifiers.tombstone(KEY_DIGEST);
        _refuse(_terms(), abi.encodeWithSelector(IVerifierRegistry.VerifierIsTombstoned.selector, KEY_DIGEST));
    }

    // --- prices ----------------------------------------------------------------------------------------------

    function testFuzz_MaxPrice_IsLimited(uint128 over) public {
        Terms memory terms = _flat(0);
        terms.instantPrice = 0;
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.InvalidMaxPrice.selector, 0));
        terms = _flat(uint128(bound(over, uint256(MAX_AMOUNT) + 1, type(uint128).max)));
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.InvalidMaxPrice.selector, terms.maxPrice));
        terms = _flat(MAX_AMOUNT + 1);
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.InvalidMaxPrice.selector, terms.maxPrice));
        // The largest one is the requester's to pay.
        _refuse(
            _flat(MAX_AMOUNT),
            abi.encodeWithSelector(
                IVault.InsufficientFree.selector, requester, FUNDS, uint256(MAX_AMOUNT) + FEE
            )
        );
        _fund(requester, uint256(MAX_AMOUNT) + FEE - FUNDS);
        bytes32 id = _request(_flat(MAX_AMOUNT), 1);
        assertEq(_madeOf(id).snapshot.collateral, uint128(MAX_AMOUNT) * 4);
    }

    function testFuzz_FirstCeiling_IsBetweenOneAndTheLimit(uint128 first, uint128 step) public {
        Terms memory terms = _terms();
        terms.ceilingStep = uint128(bound(step, 1, type(uint128).max));
        terms.instantPrice = 0;
        terms.firstCeiling = 0;
        _refuse(terms, _invalidCeiling(terms));
        terms.firstCeiling = uint128(bound(first, LIMIT + 1, type(uint128).max));
        _refuse(terms, _invalidCeiling(terms));
        terms.firstCeiling = LIMIT + 1;
        _refuse(terms, _invalidCeiling(terms));
        terms.firstCeiling = uint128(bound(first, 1, LIMIT - 1));
        _request(terms, 1);
    }

    function testFuzz_CeilingStep_LeadsFromFirstToLimit(uint128 step) public {
        Terms memory terms = _terms();
        terms.ceilingStep = 0;
        _refuse(terms, _invalidCeiling(terms));
        (terms.firstCeiling, terms.ceilingStep) = (LIMIT, uint128(bound(step, 1, type(uint128).max)));
        _refuse(terms, _invalidCeiling(terms));
        terms.ceilingStep = 0;
        _request(terms, 1);
        (terms.firstCeiling, terms.ceilingStep) = (LIMIT - 1, type(uint128).max);
        _request(terms, 2);
    }

    function testFuzz_InstantPrice_IsAtMostTheFirstCeiling(uint128 instantPrice) public {
        Terms memory terms = _terms();
        uint128 first = terms.firstCeiling;
        terms.instantPrice = uint128(bound(instantPrice, first + 1, type(uint128).max));
        _refuse(terms, _instantTooHigh(first, terms.instantPrice));
        terms.instantPrice = first + 1;
        _refuse(terms, _instantTooHigh(first, first + 1));
        terms.instantPrice = first;
        _request(terms, 1);
    }

    function testFuzz_Fee_IsAtMostMaxFee(uint128 maxFee) public {
        Terms memory terms = _terms();
        terms.maxFee = uint128(bound(maxFee, 0, FEE - 1));
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.FeeTooHigh.selector, terms.maxFee, FEE));
        terms.maxFee = FEE - 1;
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.FeeTooHigh.selector, FEE - 1, FEE));
        terms.maxFee = uint128(bound(maxFee, FEE, type(uint128).max));
        assertEq(_madeOf(_request(terms, 1)).snapshot.fee, FEE);
    }

    function testFuzz_SoleProver_IsRequestedAtThePostedPrice(uint128 limit, uint128 instant) public {
        uint128 posted = uint128(3 * DOLLAR);
        Terms memory terms = _soleTerms(posted);
        limit = uint128(bound(limit, 1, 20 * DOLLAR));
        if (limit != posted) {
            (terms.firstCeiling, terms.maxPrice, terms.instantPrice) = (limit, limit, limit);
            _refuse(terms, abi.encodeWithSelector(IMarketErrors.PriceNotPosted.selector, posted, limit));
        }
        (terms.firstCeiling, terms.maxPrice) = (posted, posted);
        terms.instantPrice = uint128(bound(instant, 0, posted - 1));
        _refuse(
            terms, abi.encodeWithSelector(IMarketErrors.PriceNotPosted.selector, posted, terms.instantPrice)
        );
        terms.instantPrice = posted;
        assertEq(_madeOf(_request(terms, 1)).snapshot.soleProver, alice);
    }

    /// @dev Everything but the limit is at the posted price.
    function testFuzz_SoleProver_HasNoLimitAboveThePostedPrice(uint128 over) public {
        uint128 posted = uint128(3 * DOLLAR);
        Terms memory terms = _soleTerms(posted);
        over = uint128(bound(over, 1, 20 * DOLLAR));
        (terms.firstCeiling, terms.instantPrice) = (posted, posted);
        (terms.maxPrice, terms.ceilingStep) = (posted + over, 1);
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.PriceNotPosted.selector, posted, terms.maxPrice));
    }

    // --- times -----------------------------------------------------------------------------------------------

    function testFuzz_BiddingWindow_IsLimited(uint64 short, uint64 long) public {
        uint64[4] memory bad =
            [9, 1 hours + 1, uint64(bound(short, 0, 9)), uint64(bound(long, 1 hours + 1, type(uint64).max))];
        Terms memory terms = _terms();
        for (uint256 i = 0; i < bad.length; ++i) {
            terms.biddingWindow = bad[i];
            _refuse(
                terms,
                abi.encodeWithSelector(IMarketErrors.InvalidBiddingWindow.selector, 10, 1 hours, bad[i])
            );
        }
        terms.biddingWindow = 10;
        _request(terms, 1);
        terms.biddingWindow = 1 hours;
        _request(terms, 2);
    }

    function testFuzz_ProvingWindow_IsLimited(uint64 short, uint64 long) public {
        uint64[4] memory bad =
            [59, 3 days + 1, uint64(bound(short, 0, 59)), uint64(bound(long, 3 days + 1, type(uint64).max))];
        Terms memory terms = _terms();
        terms.expiresAt = uint64(block.timestamp) + 14 days;
        for (uint256 i = 0; i < bad.length; ++i) {
            terms.provingWindow = bad[i];
            _refuse(
                terms, abi.encodeWithSelector(IMarketErrors.InvalidProvingWindow.selector, 60, 3 days, bad[i])
            );
        }
        terms.provingWindow = 60;
        _request(terms, 1);
        terms.provingWindow = 3 days;
        _request(terms, 2);
    }

    function testFuzz_Expiry_LeavesRoomForOneRound(uint64 expiresAt) public {
        uint64 earliest = uint64(block.timestamp) + BIDDING + RESERVE;
        uint64 latest = uint64(block.timestamp) + 14 days;
        Terms memory terms = _terms();
        uint64[3] memory bad = [earliest - 1, latest + 1, expiresAt];
        for (uint256 i = 0; i < bad.length; ++i) {
            if (bad[i] >= earliest && bad[i] <= latest) continue;
            terms.expiresAt = bad[i];
            _refuse(
                terms, abi.encodeWithSelector(IMarketErrors.InvalidExpiry.selector, earliest, latest, bad[i])
            );
        }
        uint64[3] memory good = [earliest, latest, uint64(bound(expiresAt, earliest, latest))];
        for (uint64 i = 0; i < good.length; ++i) {
            terms.expiresAt = good[i];
            _request(terms, i);
        }
    }

    // --- input -----------------------------------------------------------------------------------------------

    function testFuzz_InputDigest_IsCanonical(uint256 limb, uint64 excess) public {
        limb = bound(limb, 0, 3);
        excess = uint64(bound(excess, Goldilocks.ORDER, type(uint64).max));
        Terms memory terms = _terms();
        terms.inputDigest = bytes32(uint256(excess) << (64 * limb));
        _refuse(
            terms, abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, terms.inputDigest, limb)
        );
        terms.inputDigest = bytes32(uint256(Goldilocks.ORDER) << (64 * limb));
        _refuse(
            terms, abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, terms.inputDigest, limb)
        );
        terms.inputDigest = bytes32(uint256(Goldilocks.ORDER - 1) << (64 * limb));
        _request(terms, 1);
    }

    function testFuzz_InlineInput_IsShort(uint256 length) public {
        length = bound(length, 4097, 10_000);
        Terms memory terms = _terms();
        _refuse(
            terms,
            new bytes(length),
            abi.encodeWithSelector(IMarketErrors.InlineTooLong.selector, 4096, length)
        );
        _refuse(
            terms, new bytes(4097), abi.encodeWithSelector(IMarketErrors.InlineTooLong.selector, 4096, 4097)
        );
        terms.inputHash = sha256(new bytes(4096));
        vm.prank(requester);
        market.request(terms, 1, new bytes(4096));
    }

    function testFuzz_InlineInput_IsThatOfTheHash(bytes32 hash, bytes calldata data) public {
        vm.assume(data.length != 0 && data.length <= 4096 && sha256(data) != hash);
        Terms memory terms = _terms();
        terms.inputHash = hash;
        _refuse(terms, data, abi.encodeWithSelector(IMarketErrors.WrongHash.selector, hash, sha256(data)));
        // Without bytes the hash is a blob's.
        vm.prank(requester);
        market.request(terms, 1, "");
    }

    function test_InlineInput_IsPublic() public {
        Terms memory terms = _terms();
        (terms.inputPrivate, terms.outputPrivate) = (true, true);
        _refuse(terms, _input(), abi.encodeWithSelector(IMarketErrors.InvalidInline.selector));
    }

    // --- callback --------------------------------------------------------------------------------------------

    function testFuzz_CallbackGas_IsLimited(uint32 callbackGas) public {
        Terms memory terms = _terms();
        terms.callbackGas = uint32(bound(callbackGas, 500_001, type(uint32).max));
        _refuse(
            terms,
            abi.encodeWithSelector(IMarketErrors.CallbackGasTooHigh.selector, 500_000, terms.callbackGas)
        );
        terms.callbackGas = 500_001;
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.CallbackGasTooHigh.selector, 500_000, 500_001));
        _fund(address(harness), FUNDS);
        terms.callbackGas = 500_000;
        _requestOf(address(harness), terms, 1);
    }

    function testFuzz_Callback_NeedsAContract(uint32 callbackGas) public {
        Terms memory terms = _terms();
        terms.callbackGas = uint32(bound(callbackGas, 1, 500_000));
        _refuse(terms, abi.encodeWithSelector(IMarketErrors.CallbackNeedsContract.selector, requester));
        terms.callbackGas = 0;
        _request(terms, 1);
    }

    // --- money -----------------------------------------------------------------------------------------------

    function testFuzz_PoorRequester_IsRejected(uint256 left) public {
        left = bound(left, 0, ESCROW - 1);
        vm.prank(requester);
        vault.withdraw(requester, FUNDS - left);
        _refuse(_terms(), abi.encodeWithSelector(IVault.InsufficientFree.selector, requester, left, ESCROW));
    }

    function testFuzz_RequesterWithoutConsent_IsRejected(uint96 allowance) public {
        allowance = uint96(bound(allowance, 0, ESCROW - 1));
        vm.prank(requester);
        vault.consent(address(market), allowance);
        _refuse(
            _terms(),
            abi.encodeWithSelector(
                IVault.AllowanceExceeded.selector, requester, address(market), allowance, ESCROW
            )
        );
    }

    function testFuzz_Collateral_IsTwiceWhatADefaultBurns(uint128 limit, uint128 floor, uint32 bps) public {
        Parameters memory p = _parameters();
        p.burnedFloor = uint128(bound(floor, 1, MAX_AMOUNT));
        p.burnedBps = uint32(bound(bps, 0, 100_000));
        RequestRules other = new RequestRules(models, verifiers, p);
        limit = uint128(bound(limit, 0, MAX_AMOUNT));
        uint256 burned = uint256(limit) * p.burnedBps / 10_000;
        if (uint256(limit) * p.burnedBps % 10_000 != 0) ++burned;
        assertEq(other.collateralFor(limit), 2 * (burned > p.burnedFloor ? burned : p.burnedFloor));
        vm.expectRevert(abi.encodeWithSelector(IMarketErrors.InvalidMaxPrice.selector, MAX_AMOUNT + 1));
        other.collateralFor(MAX_AMOUNT + 1);
    }

    // --- parameters ------------------------------------------------------------------------------------------

    function test_Parameters_AreLimitedEach() public {
        for (uint256 i = 0; i < 11; ++i) {
            Parameters memory p = _parametersAt(i, false);
            RequestRules other = new RequestRules(models, verifiers, p);
            assertEq(abi.encode(other.parameters()), abi.encode(p));
            p = _parametersAt(i, true);
            vm.expectRevert(IMarketErrors.InvalidParameters.selector);
            this.deployRules(p);
        }
        assertEq(rules.modelRegistry(), address(models));
        assertEq(rules.verifierRegistry(), address(verifiers));
        assertEq(market.rules(), address(rules));
        assertEq(market.vault(), address(vault));
    }

    /// @dev A call of its own: a revert that is expected of `new` is not seen when tests deploy by artifact (mutants.js).
    function deployRules(Parameters calldata p) external {
        new RequestRules(models, verifiers, p);
    }

    /// @dev Zero is a choice where nothing depends on it.
    function test_Parameters_MayBeZeroWhereHarmless() public {
        Parameters memory p = _parameters();
        (p.extension, p.grace, p.lateFeeBps, p.burnedBps, p.rewardCap) = (0, 0, 0, 0, 0);
        new RequestRules(models, verifiers, p);
    }

    function test_LargestParameters_LeaveRoomForOneRound() public {
        Parameters memory p = _parameters();
        (p.minBiddingWindow, p.extension, p.minProvingWindow, p.grace) = (1 hours, 1 hours, 3 days, 3 days);
        RequestRules other = new RequestRules(models, verifiers, p);
        Terms memory terms = _terms();
        (terms.biddingWindow, terms.provingWindow) = (1 hours, 3 days);
        terms.expiresAt = uint64(block.timestamp) + 6 hours + 6 days;
        other.snapshotOf(requester, terms, _input(), uint64(block.timestamp));
    }

    /// @dev One parameter at a limit, or one beyond it.
    function _parametersAt(uint256 i, bool beyond) private pure returns (Parameters memory p) {
        p = _parameters();
        uint32 more = beyond ? 1 : 0;
        if (i == 0) p.minBiddingWindow = 1 - more;
        if (i == 1) p.minBiddingWindow = 1 hours + more;
        if (i == 2) p.minProvingWindow = 1 - more;
        if (i == 3) p.minProvingWindow = 3 days + more;
        if (i == 4) p.extension = 1 hours + more;
        if (i == 5) p.grace = 3 days + more;
        if (i == 6) p.lateFeeBps = uint16(5000 + more);
        if (i == 7) p.burnedFloor = 1 - more;
        if (i == 8) p.burnedFloor = MAX_AMOUNT + more;
        if (i == 9) p.burnedBps = 100_000 + more;
        if (i == 10) p.rewardCap = MAX_AMOUNT + more;
    }

    // --- helpers ---------------------------------------------------------------------------------------------

    /// @dev As the interface states it.
    function _idOf(address who, uint64 nonce, Terms memory terms) private view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(market), who, nonce, keccak256(abi.encode(terms))));
    }

    function _flat(uint128 limit) private view returns (Terms memory terms) {
        terms = _terms();
        (terms.firstCeiling, terms.ceilingStep, terms.maxPrice) = (limit, 0, limit);
    }

    function _soleTerms(uint128 posted) private returns (Terms memory terms) {
        terms = _flat(posted);
        terms.instantPrice = posted;
        terms.modelId = _register(provider, _soleRegistration(alice, posted));
    }

    function _invalidCeiling(Terms memory terms) private pure returns (bytes memory) {
        return abi.encodeWithSelector(
            IMarketErrors.InvalidCeiling.selector, terms.firstCeiling, terms.ceilingStep, terms.maxPrice
        );
    }

    function _instantTooHigh(uint128 first, uint128 got) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.InstantPriceTooHigh.selector, first, got);
    }

    function _refuse(Terms memory terms, bytes memory error_) private {
        _refuse(terms, terms.inputPrivate ? bytes("") : _input(), error_);
    }

    function _refuse(Terms memory terms, bytes memory inlineInput, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(requester);
        market.request(terms, 1, inlineInput);
    }
}
