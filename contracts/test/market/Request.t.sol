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

    function test_RequestId_IsAHashOfEverything() public view {
        IProofMarket.Terms memory terms = _terms();
        assertEq(
            market.requestIdOf(requester, 9, terms),
            keccak256(
                abi.encode(block.chainid, address(market), requester, uint64(9), keccak256(abi.encode(terms)))
            )
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

    function test_UnknownModel_IsRejected() public {
        IProofMarket.Terms memory terms = _terms();
        terms.modelId = bytes32(uint256(1));
        _expectRefused(terms, abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, terms.modelId));
    }

    function test_DeprecatedModel_IsRejected() public {
        vm.prank(provider);
        models.deprecate(modelId);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.ModelIsDeprecated.selector, modelId));
    }

    function test_VariantNotOnOffer_IsRejected() public {
        bytes memory refused = abi.encodeWithSelector(IProofMarket.VariantNotOffered.selector, modelId);
        IProofMarket.Terms memory terms = _terms();
        terms.kind = Kind.Accuracy;
        _expectRefused(terms, refused);
        terms.kind = Kind.None;
        _expectRefused(terms, refused);
        terms = _terms();
        terms.outputPrivate = true;
        _expectRefused(terms, refused);
    }

    function test_MaxPrice_IsLimited() public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxPrice = 0;
        terms.instantPrice = 0;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidMaxPrice.selector, 0));
        terms.maxPrice = uint128(type(uint88).max) + 1;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidMaxPrice.selector, terms.maxPrice));
        terms.maxPrice = type(uint88).max;
        _expectRefused(
            terms,
            abi.encodeWithSelector(
                IVault.InsufficientFree.selector, requester, FUNDS, uint256(terms.maxPrice) + FEE
            )
        );
    }

    function test_InstantPrice_IsAtMostTheLimit() public {
        IProofMarket.Terms memory terms = _terms();
        terms.instantPrice = terms.maxPrice + 1;
        _expectRefused(
            terms,
            abi.encodeWithSelector(
                IProofMarket.InstantPriceTooHigh.selector, terms.maxPrice, terms.instantPrice
            )
        );
    }

    function test_Fee_IsAtMostMaxFee() public {
        IProofMarket.Terms memory terms = _terms();
        terms.maxFee = FEE - 1;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.FeeTooHigh.selector, FEE - 1, FEE));
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

    function test_Windows_AreLimited() public {
        IProofMarket.Terms memory terms = _terms();
        terms.biddingWindow = 9;
        _expectRefused(
            terms, abi.encodeWithSelector(IProofMarket.InvalidBiddingWindow.selector, 10, 7 days, 9)
        );
        terms.biddingWindow = 7 days + 1;
        _expectRefused(
            terms, abi.encodeWithSelector(IProofMarket.InvalidBiddingWindow.selector, 10, 7 days, 7 days + 1)
        );
        terms = _terms();
        terms.provingWindow = 59;
        _expectRefused(
            terms, abi.encodeWithSelector(IProofMarket.InvalidProvingWindow.selector, 60, 30 days, 59)
        );
        terms.provingWindow = type(uint64).max;
        _expectRefused(
            terms,
            abi.encodeWithSelector(IProofMarket.InvalidProvingWindow.selector, 60, 30 days, type(uint64).max)
        );
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

    function test_InputDigest_IsCanonical() public {
        IProofMarket.Terms memory terms = _terms();
        terms.inputDigest = bytes32(uint256(Goldilocks.ORDER) << 128);
        _expectRefused(
            terms, abi.encodeWithSelector(Goldilocks.NonCanonicalDigest.selector, terms.inputDigest, 2)
        );
    }

    function test_InlineInput_IsShortPublicAndGivenOnce() public {
        IProofMarket.Terms memory terms = _terms();
        terms.inlineInput = new bytes(4097);
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InlineTooLong.selector, 4096, 4097));
        terms.inlineInput = new bytes(4096);
        terms.inputBlob = keccak256("blob");
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidInline.selector));
        terms.inputBlob = bytes32(0);
        _request(terms, 1);
        terms.inputPrivate = true;
        terms.outputPrivate = true;
        _expectRefused(terms, abi.encodeWithSelector(IProofMarket.InvalidInline.selector));
        terms.inlineInput = "";
        terms.inputBlob = keccak256("blob");
        assertEq(market.requestOf(_request(terms, 1)).header, 0x50101);
    }

    function test_UnlistedVerifier_IsRejected() public {
        IProofMarket.Terms memory terms = _terms();
        terms.verifierId = keccak256("other");
        _expectRefused(
            terms, abi.encodeWithSelector(IVerifierRegistry.UnknownVerifier.selector, terms.verifierId)
        );
    }

    function test_SameRequest_IsRejectedAndANonceTellsApart() public {
        bytes32 id = _request(_terms(), 1);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.RequestExists.selector, id));
        assertNotEq(_request(_terms(), 2), id);
        vm.prank(requester);
        market.cancel(id);
        _expectRefused(_terms(), abi.encodeWithSelector(IProofMarket.RequestExists.selector, id));
        vm.prank(alice);
        assertNotEq(market.request(_terms(), 1), id);
    }

    function test_PoorRequester_IsRejected() public {
        vm.prank(requester);
        vault.withdraw(requester, FUNDS - 10 * DOLLAR);
        _expectRefused(
            _terms(),
            abi.encodeWithSelector(
                IVault.InsufficientFree.selector, requester, 10 * DOLLAR, 10 * DOLLAR + FEE
            )
        );
    }

    function _expectRefused(IProofMarket.Terms memory terms, bytes memory error_) private {
        vm.expectRevert(error_);
        vm.prank(requester);
        market.request(terms, 1);
    }
}
