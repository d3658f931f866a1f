// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../interfaces/IMarketErrors.sol";
import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {Parameters, Terms} from "../interfaces/MarketTypes.sol";
import {Kind} from "../interfaces/Types.sol";
import {Goldilocks} from "./Goldilocks.sol";
import {Inline} from "./Inline.sol";
import {Lifecycle} from "./Lifecycle.sol";
import {Money} from "./Money.sol";

/// @title What a request may ask for
library TermsCheck {
    /// @notice Longest bidding window: a prover's collateral and time are bound while its bid is the best.
    uint64 internal constant MAX_BIDDING_WINDOW = 1 hours;
    /// @notice Longest proving window.
    uint64 internal constant MAX_PROVING_WINDOW = 3 days;
    /// @notice Longest life of a request; below the delay of every change that an owner can propose.
    uint64 internal constant MAX_LIFETIME = 14 days;
    /// @notice Gas of a callback: whoever fulfills pays for it.
    uint32 internal constant MAX_CALLBACK_GAS = 500_000;

    /// @notice Reverts unless the listing has what is asked for. Kinds whose rules are not written yet are refused: an
    /// accuracy prover could choose the samples that it is measured on.
    function requireOffered(Terms calldata terms, IModelRegistry.Listing memory listing) internal pure {
        require(terms.kind == Kind.Inference, IMarketErrors.KindNotSupported(terms.kind));
        require(!listing.deprecated, IMarketErrors.ModelIsDeprecated(terms.modelId));
        require(listing.circuit != bytes32(0), IMarketErrors.VariantNotOffered(terms.modelId));
    }

    /// @notice Reverts unless prices and fee fit together and fit the listing.
    function requirePrices(Terms calldata terms, IModelRegistry.Listing memory listing) internal pure {
        (uint128 first, uint128 limit) = (terms.firstCeiling, terms.maxPrice);
        require(limit != 0 && limit <= Money.MAX_AMOUNT, IMarketErrors.InvalidMaxPrice(limit));
        require(
            first != 0 && first <= limit && (terms.ceilingStep == 0) == (first == limit),
            IMarketErrors.InvalidCeiling(first, terms.ceilingStep, limit)
        );
        require(terms.instantPrice <= first, IMarketErrors.InstantPriceTooHigh(first, terms.instantPrice));
        require(listing.fee <= terms.maxFee, IMarketErrors.FeeTooHigh(terms.maxFee, listing.fee));
        if (listing.soleProver != address(0)) {
            // With one admitted prover there is no auction: the posted price is the price.
            uint128 posted = listing.provingPrice;
            require(limit == posted, IMarketErrors.PriceNotPosted(posted, limit));
            require(terms.instantPrice == posted, IMarketErrors.PriceNotPosted(posted, terms.instantPrice));
        }
    }

    /// @notice Reverts unless the windows are within bounds and one round fits before the request expires.
    function requireTimes(Terms calldata terms, Parameters memory p, uint64 t) internal pure {
        uint64 bidding = terms.biddingWindow;
        require(
            bidding >= p.minBiddingWindow && bidding <= MAX_BIDDING_WINDOW,
            IMarketErrors.InvalidBiddingWindow(p.minBiddingWindow, MAX_BIDDING_WINDOW, bidding)
        );
        uint64 proving = terms.provingWindow;
        require(
            proving >= p.minProvingWindow && proving <= MAX_PROVING_WINDOW,
            IMarketErrors.InvalidProvingWindow(p.minProvingWindow, MAX_PROVING_WINDOW, proving)
        );
        uint64 earliest = Lifecycle.roundEnd(t + bidding, proving, p.extension, p.grace);
        require(
            terms.expiresAt >= earliest && terms.expiresAt <= t + MAX_LIFETIME,
            IMarketErrors.InvalidExpiry(earliest, t + MAX_LIFETIME, terms.expiresAt)
        );
    }

    /// @notice Reverts unless the input's digest is canonical and its bytes are given as they may be.
    function requireInput(Terms calldata terms, bytes calldata inlineInput) internal pure {
        Goldilocks.requireDigest(terms.inputDigest);
        Inline.check(inlineInput, terms.inputHash, terms.inputPrivate);
    }

    /// @notice Reverts unless a callback, if there is one, has a contract to go to and a bounded price.
    function requireCallback(uint32 callbackGas, address requester) internal view {
        if (callbackGas == 0) return;
        require(
            callbackGas <= MAX_CALLBACK_GAS, IMarketErrors.CallbackGasTooHigh(MAX_CALLBACK_GAS, callbackGas)
        );
        require(requester.code.length != 0, IMarketErrors.CallbackNeedsContract(requester));
    }
}
