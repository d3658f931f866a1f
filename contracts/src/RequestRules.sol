// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "./interfaces/IMarketErrors.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IRequestRules} from "./interfaces/IRequestRules.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Parameters, Snapshot, Terms} from "./interfaces/MarketTypes.sol";
import {Header} from "./lib/Header.sol";
import {Money} from "./lib/Money.sol";
import {TermsCheck} from "./lib/TermsCheck.sol";

/// @notice See {IRequestRules}.
contract RequestRules is IRequestRules {
    IModelRegistry private immutable _models;
    IVerifierRegistry private immutable _verifiers;
    uint32 private immutable _minBiddingWindow;
    uint32 private immutable _minProvingWindow;
    uint32 private immutable _extension;
    uint32 private immutable _grace;
    uint16 private immutable _lateFeeBps;
    uint128 private immutable _burnedFloor;
    uint32 private immutable _burnedBps;
    uint128 private immutable _rewardCap;

    constructor(IModelRegistry models, IVerifierRegistry verifiers, Parameters memory p) {
        require(
            p.minBiddingWindow != 0 && p.minBiddingWindow <= TermsCheck.MAX_BIDDING_WINDOW
                && p.minProvingWindow != 0 && p.minProvingWindow <= TermsCheck.MAX_PROVING_WINDOW,
            IMarketErrors.InvalidParameters()
        );
        // However they are chosen, a request has room for one round at least.
        require(
            p.extension <= TermsCheck.MAX_BIDDING_WINDOW && p.grace <= TermsCheck.MAX_PROVING_WINDOW,
            IMarketErrors.InvalidParameters()
        );
        require(
            p.lateFeeBps <= Money.MAX_LATE_FEE_BPS && p.burnedFloor != 0 && p.burnedFloor <= Money.MAX_AMOUNT
                && p.burnedBps <= Money.MAX_BURNED_BPS && p.rewardCap <= Money.MAX_AMOUNT,
            IMarketErrors.InvalidParameters()
        );
        (_models, _verifiers) = (models, verifiers);
        (_minBiddingWindow, _minProvingWindow) = (p.minBiddingWindow, p.minProvingWindow);
        (_extension, _grace, _lateFeeBps) = (p.extension, p.grace, p.lateFeeBps);
        (_burnedFloor, _burnedBps, _rewardCap) = (p.burnedFloor, p.burnedBps, p.rewardCap);
    }

    /// @inheritdoc IRequestRules
    function snapshotOf(address requester, Terms calldata terms, bytes calldata inlineInput, uint64 t)
        external
        view
        returns (Snapshot memory)
    {
        IModelRegistry.Listing memory listing =
            _models.listingOf(terms.modelId, terms.kind, terms.inputPrivate, terms.outputPrivate);
        TermsCheck.requireOffered(terms, listing);
        TermsCheck.requirePrices(terms, listing);
        TermsCheck.requireTimes(terms, parameters(), t);
        TermsCheck.requireInput(terms, inlineInput);
        TermsCheck.requireCallback(terms.callbackGas, requester);
        return Snapshot({
            provider: listing.provider,
            soleProver: listing.soleProver,
            verifier: _verifiers.adapterOf(terms.verifierId),
            header: Header.pack(terms.kind, terms.inputPrivate, listing.weightsPrivate, terms.outputPrivate),
            circuit: listing.circuit,
            commitment: listing.commitment,
            fee: listing.fee,
            collateral: collateralFor(terms.maxPrice)
        });
    }

    /// @inheritdoc IRequestRules
    function collateralFor(uint128 maxPrice) public view returns (uint128) {
        require(maxPrice <= Money.MAX_AMOUNT, IMarketErrors.InvalidMaxPrice(maxPrice));
        return Money.collateral(maxPrice, _burnedFloor, _burnedBps);
    }

    /// @inheritdoc IRequestRules
    function parameters() public view returns (Parameters memory) {
        return Parameters({
            minBiddingWindow: _minBiddingWindow,
            minProvingWindow: _minProvingWindow,
            extension: _extension,
            grace: _grace,
            lateFeeBps: _lateFeeBps,
            burnedFloor: _burnedFloor,
            burnedBps: _burnedBps,
            rewardCap: _rewardCap
        });
    }

    /// @inheritdoc IRequestRules
    function modelRegistry() external view returns (address) {
        return address(_models);
    }

    /// @inheritdoc IRequestRules
    function verifierRegistry() external view returns (address) {
        return address(_verifiers);
    }
}
