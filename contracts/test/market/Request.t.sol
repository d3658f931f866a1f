// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Kind, Status} from "../../src/interfaces/Types.sol";
import {Goldilocks} from "../../src/lib/Goldilocks.sol";
import {StackTest} from "../utils/StackTest.sol";

contract RequestTest is StackTest {
    function testFuzz_Request_LocksAndSnapshots(uint64 nonce, uint96 maxPrice, uint96 instantPrice) public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxPrice = uint128(bound(maxPrice, 1, FUNDS - FEE));
        terms.instantPrice = uint128(bound(instantPrice, 0, terms.maxPrice));
        bytes32 id = market.requestIdOf(requester, nonce, terms);
        uint128 collateral = terms.maxPrice * 2 > DOLLAR ? terms.maxPrice * 2 : uint128(DOLLAR);
        IProofMarket.Snapshot memory snapshot = IProofMarket.Snapshot({
            provider: provider,
            soleProver: address(0),
            verifier: address(adapter),
            header: 0x101,
            circuit: CIRCUIT,
            commitment: COMMITMENT,
            fee: FEE,
            collateral: collateral,
            openedAt: uint64(block.timestamp)
        });
        vm.expectEmit(address(market));
        emit IProofMarket.Requested(id, requester, modelId, nonce, terms, snapshot);
        assertEq(_request(terms, nonce), id);

        assertEq(vault.lockedOf(requester), terms.maxPrice + FEE);
        (address account, uint256 locked, bool open) = vault.lockOf(address(market), id);
        assertEq(account, requester);
        assertEq(locked, terms.maxPrice + FEE);
        assertTrue(open);
        IProofMarket.Request memory r = market.requestOf(id);
        assertEq(uint8(r.status), uint8(Status.Open));
        assertEq(r.round, 1);
        assertEq(r.requester, requester);
        assertEq(r.provider, provider);
        assertEq(r.verifier, address(adapter));
        assertEq(r.modelId, modelId);
        assertEq(r.maxPrice, terms.maxPrice);
        assertEq(r.instantPrice, terms.instantPrice);
        assertEq(r.collateral, collateral);
        assertEq(r.expiresAt, terms.expiresAt);
        assertEq(r.prover, address(0));
        assertEq(r.provingDeadline, 0);
        assertFalse(r.settled);
        _assertConserved();
    }

    function testFuzz_RequestId_IsAHashOfEverything(
        address who,
        uint64 nonce,
        bytes32 input,
        bytes calldata inlineInput,
        uint128 maxPrice
    ) public view {
        IProofMarket.Terms memory terms = _terms();
        (terms.inputDigest, terms.inlineInput, terms.maxPrice) = (input, inlineInput, maxPrice);
        assertEq(
            market.requestIdOf(who, nonce, terms),
            keccak256(abi.encode(block.chainid, address(market), who, nonce, keccak256(abi.encode(terms))))
        );
    }

    function test_Snapshot_OutlivesTheProvidersChanges() public {
        bytes32 id = _request();
        vm.startPrank(provider);
        models.setPrices(modelId, FEE * 2, 0);
        models.deprecate(modelId);
        vm.stopPrank();
        _bid(alice, id, 1, uint128(6 * DOLLAR));
        _fulfill(id, 1, alice);
        assertEq(vault.freeOf(provider), FEE);
    }

    function testFuzz_UnknownModel_IsRejected(bytes32 other) public {
        vm.assume(other != modelId);
        IProofMarket.Terms memory terms = _terms();
        terms.modelId = other;
        _expectRefused(terms, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, terms.modelId));
    }

    function test_DeprecatedModel_IsRejected() public {
        vm.prank(provider);
        models.deprecate(modelId);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.ModelIsDeprecated.selector, modelId));
    }

    function testFuzz_VariantNotOnOffer_IsRejected(uint8 kind, bool inputPrivate, bool outputPrivate) public {
        IProofMarket.Terms memory terms = _terms();
        terms.kind = Kind(kind % 4);
        terms.inputPrivate = inputPrivate;
        terms.outputPrivate = outputPrivate;
        // On offer are inferences with both public or both private.
        vm.assume(terms.kind != Kind.Inference || inputPrivate != outputPrivate);
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.VariantNotOffered.selector, modelId));
    }

    function testFuzz_MaxPrice_IsLimited(uint128 over) public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxPrice = 0;
        terms.instantPrice = 0;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidMaxPrice.selector, 0));
        terms.maxPrice = uint128(bound(over, uint256(type(uint88).max) + 1, type(uint128).max));
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidMaxPrice.selector, terms.maxPrice));
        terms.maxPrice = type(uint88).max;
        _expectRefused(
            terms,
            abi.encodeWithSelector(
                IVault.InsufficientFree.selector, requester, FUNDS, uint256(terms.maxPrice) + FEE
            )
        );
    }

    function testFuzz_InstantPrice_IsAtMostTheLimit(uint128 instantPrice) public {
        IProofMarket.Terms memory terms = _terms();
        terms.instantPrice = uint128(bound(instantPrice, terms.maxPrice + 1, type(uint128).max));
        _expectRefused(
            terms,
            abi.encodeWithSelector(
                IProofMarket.InstantPriceTooHigh.selector, terms.maxPrice, terms.instantPrice
            )
        );
    }

    function testFuzz_Fee_IsAtMostMaxFee(uint128 maxFee) public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxFee = uint128(bound(maxFee, 0, FEE - 1));
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.FeeTooHigh.selector, terms.maxFee, FEE));
        terms.maxFee = uint128(bound(maxFee, FEE, type(uint128).max));
        assertEq(market.requestOf(_request(terms, 1)).fee, FEE);
    }

    function testFuzz_SoleProver_IsPaidThePostedPrice(uint128 maxPrice, uint128 instantPrice) public {
        uint128 posted = uint128(3 * DOLLAR);
        IProofMarket.Terms memory terms = _terms();
        terms.modelId = _register(provider, _soleRegistration(alice, posted));
        terms.maxPrice = uint128(bound(maxPrice, 1, 20 * DOLLAR));
        terms.instantPrice = uint128(bound(instantPrice, 0, terms.maxPrice));
        if (terms.maxPrice != posted) {
            _expectRefused(
                terms, abi.encodeWithSelector(IProofMarket.PriceNotPosted.selector, posted, terms.maxPrice)
            );
            terms.maxPrice = posted;
            terms.instantPrice = uint128(bound(instantPrice, 0, posted));
        }
        if (terms.instantPrice != posted) {
            _expectRefused(
                terms,
                abi.encodeWithSelector(IProofMarket.PriceNotPosted.selector, posted, terms.instantPrice)
            );
            terms.instantPrice = posted;
        }
        bytes32 id = _request(terms, 1);
        assertEq(market.requestOf(id).soleProver, alice);
        assertEq(market.requestOf(id).header, 0x20101);
    }

    function testFuzz_Windows_AreLimited(uint64 short, uint64 long) public {
        IProofMarket.Terms memory terms = _terms();
        terms.biddingWindow = uint64(bound(short, 0, 9));
        _expectRefused(terms, _badBidding(terms.biddingWindow));
        terms.biddingWindow = uint64(bound(long, 7 days + 1, type(uint64).max));
        _expectRefused(terms, _badBidding(terms.biddingWindow));
        terms = _terms();
        terms.provingWindow = uint64(bound(short, 0, 59));
        _expectRefused(terms, _badProving(terms.provingWindow));
        terms.provingWindow = uint64(bound(long, 30 days + 1, type(uint64).max));
        _expectRefused(terms, _badProving(terms.provingWindow));
        (terms.biddingWindow, terms.provingWindow) = (10, 60);
        _request(terms, 1);
        (terms.biddingWindow, terms.provingWindow) = (7 days, 30 days);
        terms.expiresAt = uint64(block.timestamp) + 180 days;
        _request(terms, 2);
    }

    function testFuzz_Expiry_LeavesRoomForOneRound(uint64 expiresAt) public {
        uint64 earliest = uint64(block.timestamp) + BIDDING + PROVING;
        uint64 latest = uint64(block.timestamp) + 180 days;
        IProofMarket.Terms memory terms = _terms();
        terms.expiresAt = expiresAt;
        if (expiresAt < earliest || expiresAt > latest) {
            _expectRefused(
                terms,
                abi.encodeWithSelector(IProofMarket.InvalidExpiry.selector, earliest, latest, expiresAt)
            );
        }
        terms.expiresAt = earliest - 1;
        _expectRefused(
            terms, abi.encodeWithSelector(IProofMarket.InvalidExpiry.selector, earliest, latest, earliest - 1)
        );
        terms.expiresAt = latest + 1;
        _expectRefused(
            terms, abi.encodeWithSelector(IProofMarket.InvalidExpiry.selector, earliest, latest, latest + 1)
        );
        terms.expiresAt = uint64(bound(expiresAt, earliest, latest));
        _request(terms, 1);
    }

    function testFuzz_InputDigest_IsCanonical(uint256 limb, uint64 excess) public {
        limb = bound(limb, 0, 3);
        IProofMarket.Terms memory terms = _terms();
        terms.inputDigest = bytes32(bound(excess, Goldilocks.ORDER, type(uint64).max) << (64 * limb));
        _expectRefused(
            terms, abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, terms.inputDigest, limb)
        );
    }

    function testFuzz_InlineInput_IsShortPublicAndGivenOnce(uint256 length, bytes32 blob) public {
        vm.assume(blob != bytes32(0));
        IProofMarket.Terms memory terms = _terms();
        length = bound(length, 4097, 10_000);
        terms.inlineInput = new bytes(length);
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InlineTooLong.selector, 4096, length));
        terms.inlineInput = new bytes(4096);
        terms.inputBlob = blob;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidInline.selector));
        terms.inputBlob = bytes32(0);
        _request(terms, 1);
        terms.inputPrivate = true;
        terms.outputPrivate = true;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidInline.selector));
        terms.inlineInput = "";
        terms.inputBlob = blob;
        assertEq(market.requestOf(_request(terms, 1)).header, 0x50101);
    }

    function testFuzz_UnlistedVerifier_IsRejected(bytes32 other) public {
        vm.assume(other != KEY_DIGEST);
        IProofMarket.Terms memory terms = _terms();
        terms.verifierId = other;
        _expectRefused(
            terms, abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, terms.verifierId)
        );
    }

    function testFuzz_SameRequest_IsRejectedAndANonceTellsApart(uint64 other) public {
        vm.assume(other != 1);
        bytes32 id = _request(_terms(), 1);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.RequestExists.selector, id));
        assertNotEq(_request(_terms(), other), id);
        vm.prank(requester);
        market.cancel(id);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.RequestExists.selector, id));
        vm.prank(alice);
        assertNotEq(market.request(_terms(), 1), id);
    }

    function testFuzz_PoorRequester_IsRejected(uint256 left) public {
        left = bound(left, 0, 10 * DOLLAR + FEE - 1);
        vm.prank(requester);
        vault.withdraw(requester, FUNDS - left);
        _expectRefused(
            _terms(),
            abi.encodeWithSelector(IVault.InsufficientFree.selector, requester, left, 10 * DOLLAR + FEE)
        );
    }

    function _badBidding(uint64 window) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProofMarket.InvalidBiddingWindow.selector, 10, 7 days, window);
    }

    function _badProving(uint64 window) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IProofMarket.InvalidProvingWindow.selector, 60, 30 days, window);
    }

    function _expectRefused(IProofMarket.Terms memory terms, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(requester);
        market.request(terms, 1);
    }
}
