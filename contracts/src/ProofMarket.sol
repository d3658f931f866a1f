// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MarketViews} from "./MarketViews.sol";
import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProofMarket} from "./interfaces/IProofMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifierAdapter} from "./interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Status} from "./interfaces/Types.sol";
import {Header} from "./lib/Header.sol";
import {Lifecycle, Record} from "./lib/Lifecycle.sol";
import {Money} from "./lib/Money.sol";
import {RequestId} from "./lib/RequestId.sol";
import {TermsCheck} from "./lib/TermsCheck.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice See {IProofMarket}.
/// @dev The market holds no tokens and calls three contracts only, all of them ours: the vault, the registries and
/// the pinned adapter. None of them calls back or calls a token here, so there is nothing to re-enter.
contract ProofMarket is MarketViews {
    using Lifecycle for Record;
    using SafeCast for uint256;

    constructor(
        IVault vault_,
        IModelRegistry models,
        IVerifierRegistry verifiers,
        Parameters memory parameters
    ) MarketViews(vault_, models, verifiers, parameters) {}

    // --- Requester -------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function request(Terms calldata terms, uint64 nonce) external returns (bytes32 requestId) {
        Snapshot memory snapshot = _checkTerms(terms);
        requestId = RequestId.compute(address(this), msg.sender, nonce, terms);
        Record storage r = _records[requestId];
        require(r.stored == Status.None, RequestExists(requestId));

        _store(r, terms, snapshot);
        emit Requested(requestId, msg.sender, terms.modelId, nonce, terms, snapshot);

        _vault.lock(RequestId.escrowKey(requestId), msg.sender, terms.maxPrice + snapshot.fee);
    }

    /// @inheritdoc IProofMarket
    function cancel(bytes32 requestId) external {
        Record storage r = _known(requestId);
        require(msg.sender == r.requester, NotRequester(r.requester, msg.sender));
        Status current = r.statusAt(block.timestamp);
        require(current == Status.Open, WrongStatus(current));
        require(r.prover == address(0), BidStands(r.prover));

        r.stored = Status.Cancelled;
        emit Cancelled(requestId, r.maxPrice + r.fee);

        _vault.release(RequestId.escrowKey(requestId));
    }

    // --- Prover ----------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function bid(bytes32 requestId, uint32 round, uint128 price) external {
        Record storage r = _known(requestId);
        require(round == r.round, WrongRound(r.round, round));
        Status current = r.statusAt(block.timestamp);
        require(current == Status.Open, WrongStatus(current));
        address sole = r.soleProver;
        require(sole == address(0) || sole == msg.sender, ProverNotAdmitted(sole, msg.sender));
        require(!hasDefaulted[requestId][msg.sender], ProverDefaulted(msg.sender));
        uint128 highest = _highestBid(r);
        require(price <= highest, BidTooHigh(highest, price));

        address outbid = r.prover;
        uint32 bids = r.bids;
        bool instant = price <= r.instantPrice;
        if (instant) r.biddingDeadline = uint40(block.timestamp);
        else if (outbid == address(0)) r.biddingDeadline = r.windowEnd(block.timestamp).toUint40();
        r.prover = msg.sender;
        r.price = uint256(price).toUint96();
        r.bids = bids + 1;
        emit BidPlaced(requestId, msg.sender, round, price, r.collateral, r.biddingDeadline, outbid);
        if (instant) _writeAssignment(requestId, r);

        if (outbid != address(0)) _vault.release(RequestId.collateralKey(requestId, bids));
        _vault.lock(RequestId.collateralKey(requestId, bids + 1), msg.sender, r.collateral);
    }

    /// @inheritdoc IProofMarket
    function fulfill(bytes32 requestId, uint32 round, Delivery calldata delivery) external {
        Record storage r = _known(requestId);
        require(round == r.round, WrongRound(r.round, round));
        Status current = r.statusAt(block.timestamp);
        require(current == Status.Assigned, WrongStatus(current));
        TermsCheck.requireInline(delivery.output, delivery.outputBlob, Header.outputIsPrivate(r.header));
        IVerifierAdapter(r.verifier)
            .verify(_statement(requestId, r, delivery.outputDigest, delivery.result), delivery.seal);

        if (r.stored == Status.Open) _writeAssignment(requestId, r);
        r.stored = Status.Fulfilled;
        r.outputDigest = delivery.outputDigest;
        (r.result0, r.result1, r.result2) = (delivery.result[0], delivery.result[1], delivery.result[2]);
        emit Fulfilled(requestId, r.prover, round, r.price, r.fee, r.maxPrice - r.price, delivery);

        IVault.Payment[] memory payments = new IVault.Payment[](3);
        payments[0] = IVault.Payment(r.prover, r.price);
        payments[1] = IVault.Payment(r.provider, r.fee);
        payments[2] = IVault.Payment(r.requester, r.maxPrice - r.price);
        _vault.settle(RequestId.escrowKey(requestId), payments);
        _vault.release(RequestId.collateralKey(requestId, r.bids));
    }

    // --- Anyone ----------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function declareDefault(bytes32 requestId) external {
        Record storage r = _known(requestId);
        Status current = r.statusAt(block.timestamp);
        require(current == Status.Overdue, WrongStatus(current));
        _default(requestId, r);
    }

    /// @inheritdoc IProofMarket
    function close(bytes32 requestId) external {
        Record storage r = _known(requestId);
        Status current = r.statusAt(block.timestamp);
        require(!_isSettled(r), WrongStatus(current));
        require(block.timestamp >= r.expiresAt, NotExpired(r.expiresAt, uint64(block.timestamp)));
        // Every assignment ends by `expiresAt`, so what is not overdue has no bid.
        if (current == Status.Overdue) _default(requestId, r);
        else _expire(requestId, r);
    }

    // --- Internals ------------------------------------------------------------------------------------

    function _checkTerms(Terms calldata terms) private view returns (Snapshot memory snapshot) {
        IModelRegistry.Listing memory listing =
            _models.listingOf(terms.modelId, terms.kind, terms.inputPrivate, terms.outputPrivate);
        require(!listing.deprecated, ModelIsDeprecated(terms.modelId));
        require(listing.circuit != bytes32(0), VariantNotOffered(terms.modelId));
        TermsCheck.requirePrices(terms, listing);
        TermsCheck.requireTimes(terms, minBiddingWindow, minProvingWindow, uint64(block.timestamp));
        TermsCheck.requireInput(terms);

        snapshot.provider = listing.provider;
        snapshot.soleProver = listing.soleProver;
        snapshot.verifier = _verifiers.adapterOf(terms.verifierId);
        snapshot.header =
            Header.pack(terms.kind, terms.inputPrivate, listing.weightsPrivate, terms.outputPrivate);
        snapshot.circuit = listing.circuit;
        snapshot.commitment = listing.commitment;
        snapshot.fee = listing.fee;
        snapshot.collateral = collateralFor(terms.maxPrice);
        snapshot.openedAt = uint64(block.timestamp);
    }

    function _store(Record storage r, Terms calldata terms, Snapshot memory snapshot) private {
        r.openRound(1, uint40(block.timestamp));
        r.requester = msg.sender;
        r.header = snapshot.header;
        r.provider = snapshot.provider;
        r.fee = uint256(snapshot.fee).toUint96();
        r.maxPrice = uint256(terms.maxPrice).toUint96();
        r.instantPrice = uint256(terms.instantPrice).toUint96();
        r.collateral = uint256(snapshot.collateral).toUint96();
        r.biddingWindow = uint256(terms.biddingWindow).toUint40();
        r.provingWindow = uint256(terms.provingWindow).toUint40();
        r.expiresAt = uint256(terms.expiresAt).toUint40();
        r.verifier = snapshot.verifier;
        r.soleProver = snapshot.soleProver;
        r.modelId = terms.modelId;
        r.circuit = snapshot.circuit;
        r.commitment = snapshot.commitment;
        r.inputDigest = terms.inputDigest;
    }

    /// @dev Slashes the overdue prover, then opens another round or ends the request.
    function _default(bytes32 requestId, Record storage r) private {
        if (r.stored == Status.Open) _writeAssignment(requestId, r);
        (address prover, uint32 bids, uint8 round) = (r.prover, r.bids, r.round);
        (uint128 burned, uint128 reward) = Money.slash(r.collateral, msg.sender == r.requester);
        hasDefaulted[requestId][prover] = true;
        emit Defaulted(requestId, prover, round, burned, reward, msg.sender);
        if (r.canOpenRound(block.timestamp)) {
            r.openRound(round + 1, uint40(block.timestamp));
            emit RoundOpened(requestId, round + 1, uint64(block.timestamp));
        } else {
            _expire(requestId, r);
        }

        IVault.Payment[] memory payments = new IVault.Payment[](2);
        payments[0] = IVault.Payment(_vault.sink(), burned);
        payments[1] = IVault.Payment(msg.sender, reward);
        _vault.settle(RequestId.collateralKey(requestId, bids), payments);
    }

    function _expire(bytes32 requestId, Record storage r) private {
        r.stored = Status.Expired;
        emit Expired(requestId, r.maxPrice + r.fee);
        _vault.release(RequestId.escrowKey(requestId));
    }

    /// @dev Writes an assignment, by price or by time, and tells about it.
    function _writeAssignment(bytes32 requestId, Record storage r) private {
        r.stored = Status.Assigned;
        emit Assigned(requestId, r.prover, r.round, r.price, r.biddingDeadline, r.provingDeadline());
    }
}
