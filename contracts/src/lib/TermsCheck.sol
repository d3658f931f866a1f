// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "../interfaces/IModelRegistry.sol";
import {IProofMarket} from "../interfaces/IProofMarket.sol";
import {Goldilocks} from "./Goldilocks.sol";
import {Money} from "./Money.sol";

/// @title What a request may ask for
library TermsCheck {
    /// @notice Longest bidding window: a prover's collateral is bound while its bid is the best.
    uint64 internal constant MAX_BIDDING_WINDOW = 7 days;
    /// @notice Longest proving window.
    uint64 internal constant MAX_PROVING_WINDOW = 30 days;
    /// @notice Longest life of a request.
    uint64 internal constant MAX_LIFETIME = 180 days;
    /// @notice Inline bytes of input or output: what a chain can carry without a blob.
    uint256 internal constant MAX_INLINE_BYTES = 4096;

    /// @notice Reverts unless prices and fee fit together and fit the listing.
    function requirePrices(IProofMarket.Terms calldata terms, IModelRegistry.Listing memory listing)
        internal
        pure
    {
        require(
            terms.maxPrice != 0 && terms.maxPrice <= Money.MAX_AMOUNT,
            IProofMarket.InvalidMaxPrice(terms.maxPrice)
        );
        require(
            terms.instantPrice <= terms.maxPrice,
            IProofMarket.InstantPriceTooHigh(terms.maxPrice, terms.instantPrice)
        );
        require(listing.fee <= terms.maxFee, IProofMarket.FeeTooHigh(terms.maxFee, listing.fee));
        if (listing.soleProver != address(0)) {
            // With one admitted prover there is no auction: the posted price is the price.
            uint128 posted = listing.provingPrice;
            require(terms.maxPrice == posted, IProofMarket.PriceNotPosted(posted, terms.maxPrice));
            require(terms.instantPrice == posted, IProofMarket.PriceNotPosted(posted, terms.instantPrice));
        }
    }

    /// @notice Reverts unless the windows are within bounds and one round fits before the request expires.
    function requireTimes(IProofMarket.Terms calldata terms, uint64 minBidding, uint64 minProving, uint64 t)
        internal
        pure
    {
        uint64 bidding = terms.biddingWindow;
        require(
            bidding >= minBidding && bidding <= MAX_BIDDING_WINDOW,
            IProofMarket.InvalidBiddingWindow(minBidding, MAX_BIDDING_WINDOW, bidding)
        );
        uint64 proving = terms.provingWindow;
        require(
            proving >= minProving && proving <= MAX_PROVING_WINDOW,
            IProofMarket.InvalidProvingWindow(minProving, MAX_PROVING_WINDOW, proving)
        );
        uint64 earliest = t + bidding + proving;
        require(
            terms.expiresAt >= earliest && terms.expiresAt <= t + MAX_LIFETIME,
            IProofMarket.InvalidExpiry(earliest, t + MAX_LIFETIME, terms.expiresAt)
        );
    }

    /// @notice Reverts unless the input's digest is canonical and its bytes are given as they may be.
    function requireInput(IProofMarket.Terms calldata terms) internal pure {
        Goldilocks.requireDigest(terms.inputDigest);
        requireInline(terms.inlineInput, terms.inputBlob, terms.inputPrivate);
    }

    /// @notice Reverts when bytes are too long, are private, or are given as a blob as well.
    function requireInline(bytes calldata data, bytes32 blob, bool isPrivate) internal pure {
        if (data.length == 0) return;
        require(data.length <= MAX_INLINE_BYTES, IProofMarket.InlineTooLong(MAX_INLINE_BYTES, data.length));
        require(!isPrivate && blob == bytes32(0), IProofMarket.InvalidInline());
    }
}
