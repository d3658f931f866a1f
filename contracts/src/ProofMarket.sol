// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {MarketViews} from "./MarketViews.sol";
import {IProofMarket} from "./interfaces/IProofMarket.sol";
import {IRequestRules} from "./interfaces/IRequestRules.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifierAdapter} from "./interfaces/IVerifierAdapter.sol";
import {Delivery, Request, Snapshot, State, Terms} from "./interfaces/MarketTypes.sol";
import {Statement, Status} from "./interfaces/Types.sol";
import {Hashing} from "./lib/Hashing.sol";
import {Header} from "./lib/Header.sol";
import {Inline} from "./lib/Inline.sol";
import {Lifecycle} from "./lib/Lifecycle.sol";
import {Locks} from "./lib/Locks.sol";
import {Money} from "./lib/Money.sol";
import {RequestId} from "./lib/RequestId.sol";
import {Signed} from "./lib/Signed.sol";
import {StateWord} from "./lib/StateWord.sol";
import {Statements} from "./lib/Statements.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// @notice See {IProofMarket}.
/// @dev The market holds no tokens. It calls the vault, the registries and the pinned adapter, all of them ours and none
/// of them calling back, and last of all, when everything is settled, a requester's contract through the forwarder.
contract ProofMarket is MarketViews, EIP712 {
    using Lifecycle for State;

    /// @dev What is left to do after a callback, and what calling it costs.
    uint256 private constant CALLBACK_OVERHEAD = 20_000;

    constructor(IVault vault_, IRequestRules rules_)
        EIP712("Assay ProofMarket", "1")
        MarketViews(vault_, rules_)
    {}

    // --- Requester -------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function request(Terms calldata terms, uint64 nonce, bytes calldata inlineInput)
        external
        returns (bytes32)
    {
        return _request(msg.sender, terms, nonce, inlineInput);
    }

    /// @inheritdoc IProofMarket
    function requestBySig(
        address requester,
        Terms calldata terms,
        uint64 nonce,
        bytes calldata inlineInput,
        uint64 validUntil,
        bytes calldata signature
    ) external returns (bytes32) {
        bytes32 digest = _hashTypedDataV4(Signed.hashRequest(requester, nonce, validUntil, terms));
        Signed.requireValid(requester, digest, validUntil, signature);
        // A second use of the signature meets the request that the first one made.
        return _request(requester, terms, nonce, inlineInput);
    }

    /// @inheritdoc IProofMarket
    function cancel(bytes32 requestId, Request calldata request_) external {
        (Record storage r, State memory s) = _known(requestId, request_);
        require(msg.sender == request_.requester, NotRequester(request_.requester, msg.sender));
        Status current = _status(s, request_, clock());
        require(current == Status.Open, WrongStatus(current));
        require(s.biddingDeadline == 0, BidStands(Locks.bidderOf(_vault, address(this), requestId, s)));

        s.stored = Status.Cancelled;
        _save(r, s);
        (uint128 refund, uint128 burned) = _dissolve(requestId, request_, s.round);
        emit Cancelled(requestId, refund, burned);
    }

    // --- Prover ----------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function bid(bytes32 requestId, Request calldata request_, uint32 round, uint128 price) external {
        _bid(msg.sender, requestId, request_, round, price);
    }

    /// @inheritdoc IProofMarket
    function bidBySig(
        address prover,
        bytes32 requestId,
        Request calldata request_,
        uint32 round,
        uint128 price,
        uint64 validUntil,
        bytes calldata signature
    ) external {
        bytes32 digest = _hashTypedDataV4(Signed.hashBid(prover, requestId, round, price, validUntil));
        Signed.requireValid(prover, digest, validUntil, signature);
        // A second use of the signature does not undercut the first one.
        _bid(prover, requestId, request_, round, price);
    }

    /// @inheritdoc IProofMarket
    function fulfill(bytes32 requestId, Request calldata request_, uint32 round, Delivery calldata delivery)
        external
    {
        (Record storage r, State memory s) = _known(requestId, request_);
        uint64 t = _running();
        require(round == s.round, WrongRound(s.round, round));
        Status current = _status(s, request_, t);
        bool late = current == Status.Overdue;
        require(late || current == Status.Assigned, WrongStatus(current));
        Inline.check(delivery.output, delivery.outputHash, Header.outputIsPrivate(request_.snapshot.header));
        address prover = Locks.bidderOf(_vault, address(this), requestId, s);
        _verify(requestId, request_, round, prover, delivery);

        if (s.stored == Status.Open) _emitAssigned(requestId, request_, s, prover);
        r.word = StateWord.packResult(s.round, t, delivery.result);
        _settle(requestId, request_, s, prover, late, delivery);
        _callBack(requestId, request_, delivery);
    }

    // --- Anyone ----------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function declareDefault(bytes32 requestId, Request calldata request_) external {
        (Record storage r, State memory s) = _known(requestId, request_);
        uint64 t = _running();
        Status current = _status(s, request_, t);
        require(current == Status.Overdue, WrongStatus(current));
        uint64 graceEnd = s.provingDeadline(request_.terms) + _grace;
        require(t >= graceEnd, GraceNotOver(graceEnd, t));

        // Whoever defaulted may not bid again: without anybody else who may, another round would be empty.
        bool another = s.round < Lifecycle.MAX_ROUNDS && request_.snapshot.soleProver == address(0)
            && _roundEnd(t + request_.terms.biddingWindow, request_) <= request_.terms.expiresAt;
        _slash(requestId, request_, s, another);
        if (!another) return _expire(requestId, request_, r, s);
        _openRound(r, s.round + 1, t);
        emit RoundOpened(requestId, s.round + 1, t);
    }

    /// @inheritdoc IProofMarket
    function close(bytes32 requestId, Request calldata request_) external {
        (Record storage r, State memory s) = _known(requestId, request_);
        (uint64 t, bool paused) = _clock();
        Status current = _status(s, request_, t);
        require(s.stored == Status.Open || s.stored == Status.Assigned, WrongStatus(current));
        if (current == Status.Voided) return _void(requestId, request_, r, s);
        uint64 expiresAt = request_.terms.expiresAt;
        require(t >= expiresAt, NotExpired(expiresAt, t));
        // Every assignment and its grace end by `expiresAt`, so what is not overdue has no bid.
        if (current == Status.Overdue) {
            require(!paused, MarketIsPaused());
            _slash(requestId, request_, s, false);
        }
        _expire(requestId, request_, r, s);
    }

    // --- Internals: making and bidding ----------------------------------------------------------------

    function _request(address requester, Terms calldata terms, uint64 nonce, bytes calldata inlineInput)
        private
        returns (bytes32 requestId)
    {
        uint64 t = _running();
        Snapshot memory snapshot = _rules.snapshotOf(requester, terms, inlineInput, t);
        requestId = RequestId.compute(address(this), requester, nonce, terms);
        Record storage r = _records[requestId];
        require(r.hash == bytes32(0), RequestExists(requestId));

        r.hash = Hashing.hash(requester, nonce, terms, snapshot);
        _openRound(r, 1, t);
        emit Requested(requestId, requester, terms.modelId, nonce, terms, snapshot, inlineInput, t);
        _vault.lock(RequestId.escrowKey(requestId), requester, terms.maxPrice + snapshot.fee);
    }

    function _bid(address prover, bytes32 requestId, Request calldata request_, uint32 round, uint128 price)
        private
    {
        (Record storage r, State memory s) = _known(requestId, request_);
        uint64 t = _running();
        require(round == s.round, WrongRound(s.round, round));
        _requireAdmitted(prover, requestId, request_, s, t);
        bool first = s.biddingDeadline == 0;
        _takePrice(s, request_, price, t);
        _save(r, s);
        _lockCollateral(prover, requestId, request_, s, first);
    }

    function _requireAdmitted(
        address prover,
        bytes32 requestId,
        Request calldata request_,
        State memory s,
        uint64 t
    ) private view {
        Status current = _status(s, request_, t);
        require(current == Status.Open, WrongStatus(current));
        address sole = request_.snapshot.soleProver;
        require(sole == address(0) || sole == prover, ProverNotAdmitted(sole, prover));
        // In the first round nobody has.
        require(s.round == 1 || !hasDefaulted[requestId][prover], ProverDefaulted(prover));
    }

    function _lockCollateral(
        address prover,
        bytes32 requestId,
        Request calldata request_,
        State memory s,
        bool first
    ) private {
        uint128 collateral = request_.snapshot.collateral;
        bytes32 key = RequestId.collateralKey(requestId, s.round);
        address outbid;
        if (first) _vault.lock(key, prover, collateral);
        else outbid = _vault.relock(key, prover);
        emit BidPlaced(requestId, prover, s.round, s.price, s.biddingDeadline, s.extensions, outbid);
        if (s.stored == Status.Assigned) _emitAssigned(requestId, request_, s, prover);
    }

    /// @dev Takes a price that is low enough. An instant one ends bidding now; the first one fixes the end of its window;
    /// a late one extends bidding. Casts of times here and in {_openRound} are safe for thirty thousand years, and of the
    /// price because the rules bound the limit.
    // forge-lint: disable-start(unsafe-typecast)
    function _takePrice(State memory s, Request calldata request_, uint128 price, uint64 t) private view {
        (uint64 deadline, uint128 highest) = (s.biddingDeadline, 0);
        if (deadline == 0) {
            (deadline, highest) = s.windowAt(request_.terms, t);
            (uint64 neededUntil, uint64 expiresAt) = (_roundEnd(deadline, request_), request_.terms.expiresAt);
            require(neededUntil <= expiresAt, NoWindowFits(neededUntil, expiresAt));
        } else {
            highest = Money.highestUndercut(s.price);
        }
        require(price <= highest, BidTooHigh(highest, price));

        s.price = uint96(price);
        if (price <= request_.terms.instantPrice) {
            s.stored = Status.Assigned;
            deadline = t;
        } else if (t + _extension >= deadline && s.extensions < Lifecycle.MAX_EXTENSIONS) {
            deadline += _extension;
            ++s.extensions;
        }
        s.biddingDeadline = uint40(deadline);
    }

    // forge-lint: disable-end(unsafe-typecast)

    // --- Internals: proof and payment -----------------------------------------------------------------

    function _verify(
        bytes32 requestId,
        Request calldata request_,
        uint32 round,
        address prover,
        Delivery calldata delivery
    ) private view {
        Statement memory statement = Statements.build(
            address(this),
            requestId,
            request_,
            round,
            prover,
            delivery.outputDigest,
            delivery.result,
            delivery.outputHash,
            delivery.output.length != 0
        );
        IVerifierAdapter(request_.snapshot.verifier).verify(statement, delivery.seal);
    }

    function _settle(
        bytes32 requestId,
        Request calldata request_,
        State memory s,
        address prover,
        bool late,
        Delivery calldata delivery
    ) private {
        uint128 lateFee = late ? Money.shareUp(s.price, _lateFeeBps) : 0;
        uint128 bounty = Money.bountyOf(request_.snapshot.collateral);
        uint128 refund = request_.terms.maxPrice - s.price + lateFee;
        uint128 fee = request_.snapshot.fee;
        emit Fulfilled(
            requestId, prover, s.round, s.price, lateFee, (s.round - 1) * bounty, fee, refund, delivery
        );

        IVault.Payment[] memory payments = new IVault.Payment[](3);
        payments[0] = IVault.Payment(prover, s.price - lateFee);
        payments[1] = IVault.Payment(request_.snapshot.provider, fee);
        payments[2] = IVault.Payment(request_.requester, refund);
        _vault.settle(RequestId.escrowKey(requestId), payments);
        _vault.release(RequestId.collateralKey(requestId, s.round));
        for (uint32 round = 1; round < s.round; ++round) {
            _vault.settle(RequestId.collateralKey(requestId, round), _payment(prover, bounty));
        }
    }

    /// @dev Calls the requester's contract, last of all. Whoever relays cannot starve it of the gas that the prover
    /// was paid for: at most 63/64 of what is left reach it, through two calls.
    function _callBack(bytes32 requestId, Request calldata request_, Delivery calldata delivery) private {
        uint256 gasLimit = request_.terms.callbackGas;
        if (gasLimit == 0) return;
        uint256 needed = (gasLimit + CALLBACK_OVERHEAD) * 64 / 63 * 64 / 63 + CALLBACK_OVERHEAD;
        require(gasleft() >= needed, TooLittleGas(needed, gasleft()));
        address consumer = request_.requester;
        bool succeeded =
            _forwarder.forward(consumer, gasLimit, requestId, delivery.outputDigest, delivery.result);
        emit CallbackMade(requestId, consumer, succeeded);
    }

    // --- Internals: endings ---------------------------------------------------------------------------

    /// @dev Slashes the overdue prover. With another round to come, the bounty stays in its lock.
    function _slash(bytes32 requestId, Request calldata request_, State memory s, bool another) private {
        address prover = Locks.bidderOf(_vault, address(this), requestId, s);
        if (s.stored == Status.Open) _emitAssigned(requestId, request_, s, prover);
        uint128 collateral = request_.snapshot.collateral;
        uint128 bounty = another ? Money.bountyOf(collateral) : 0;
        uint128 reward = Money.rewardOf(collateral, _rewardCap, msg.sender == request_.requester);
        uint128 burned = collateral - bounty - reward;
        hasDefaulted[requestId][prover] = true;
        emit Defaulted(requestId, prover, s.round, burned, bounty, reward, msg.sender);

        IVault.Payment[] memory payments = new IVault.Payment[](2);
        payments[0] = IVault.Payment(_vault.sink(), burned);
        payments[1] = IVault.Payment(msg.sender, reward);
        bytes32 key = RequestId.collateralKey(requestId, s.round);
        if (another) _vault.settlePart(key, payments);
        else _vault.settle(key, payments);
    }

    function _expire(bytes32 requestId, Request calldata request_, Record storage r, State memory s) private {
        s.stored = Status.Expired;
        _save(r, s);
        (uint128 refund, uint128 burned) = _dissolve(requestId, request_, s.round);
        emit Expired(requestId, refund, burned);
    }

    /// @dev Nobody is to blame for a broken verifier: everybody has back what they put in.
    function _void(bytes32 requestId, Request calldata request_, Record storage r, State memory s) private {
        s.stored = Status.Voided;
        _save(r, s);
        if (s.biddingDeadline != 0) _vault.release(RequestId.collateralKey(requestId, s.round));
        (uint128 refund, uint128 burned) = _dissolve(requestId, request_, s.round);
        emit Voided(requestId, refund, burned);
    }

    /// @dev Frees the escrow and burns the bounties of earlier rounds, which nobody earned.
    function _dissolve(bytes32 requestId, Request calldata request_, uint32 rounds)
        private
        returns (uint128 refund, uint128 burned)
    {
        refund = request_.terms.maxPrice + request_.snapshot.fee;
        _vault.release(RequestId.escrowKey(requestId));
        uint128 bounty = Money.bountyOf(request_.snapshot.collateral);
        for (uint32 round = 1; round < rounds; ++round) {
            _vault.settle(RequestId.collateralKey(requestId, round), _payment(_vault.sink(), bounty));
            burned += bounty;
        }
    }

    function _openRound(Record storage r, uint8 round, uint64 t) private {
        // forge-lint: disable-next-line(unsafe-typecast)
        _save(r, State(Status.Open, round, 0, uint40(t), 0, 0));
    }

    /// @dev Tells about an assignment that a bid or time has made.
    function _emitAssigned(bytes32 requestId, Request calldata request_, State memory s, address prover)
        private
    {
        emit Assigned(
            requestId, prover, s.round, s.price, s.biddingDeadline, s.provingDeadline(request_.terms)
        );
    }

    function _payment(address to, uint256 amount) private pure returns (IVault.Payment[] memory payments) {
        payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(to, amount);
    }
}
