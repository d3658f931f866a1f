// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ProofMarket} from "./ProofMarket.sol";
import {IMarketErrors} from "./interfaces/IMarketErrors.sol";
import {IMarketLens} from "./interfaces/IMarketLens.sol";
import {IRequestRules} from "./interfaces/IRequestRules.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Parameters, Request, State, Terms} from "./interfaces/MarketTypes.sol";
import {Statement, Status} from "./interfaces/Types.sol";
import {Hashing} from "./lib/Hashing.sol";
import {Lifecycle} from "./lib/Lifecycle.sol";
import {Locks} from "./lib/Locks.sol";
import {Money} from "./lib/Money.sol";
import {RequestId} from "./lib/RequestId.sol";
import {Statements} from "./lib/Statements.sol";

/// @notice See {IMarketLens}.
contract MarketLens is IMarketLens {
    using Lifecycle for State;

    ProofMarket private immutable _market;

    constructor(ProofMarket market_) {
        _market = market_;
    }

    /// @inheritdoc IMarketLens
    function statusOf(bytes32 requestId, Request calldata request) external view returns (Status) {
        return _status(_known(requestId, request), request, _market.clock());
    }

    /// @inheritdoc IMarketLens
    function viewOf(bytes32 requestId, Request calldata request)
        external
        view
        returns (RequestView memory v)
    {
        State memory s = _known(requestId, request);
        (v.clock, v.paused) = (_market.clock(), _market.isPaused());
        v.status = _status(s, request, v.clock);
        v.round = s.round;
        v.openedAt = s.openedAt;
        v.price = s.price;
        v.biddingDeadline = s.biddingDeadline;
        v.provingDeadline = s.provingDeadline(request.terms);
        v.extensions = s.extensions;
        v.result = _market.resultOf(requestId);
        if (s.stored != Status.Open && s.stored != Status.Assigned) return v;
        v.prover = Locks.bidderOf(_vault(), address(_market), requestId, s);
        v.bounty = (s.round - 1) * Money.bountyOf(request.snapshot.collateral);
        if (v.status == Status.Open && !v.paused) v.highestBid = _highestBid(s, request.terms, v.clock);
    }

    /// @inheritdoc IMarketLens
    function requestIdOf(address requester, uint64 nonce, Terms calldata terms)
        external
        view
        returns (bytes32)
    {
        return RequestId.compute(address(_market), requester, nonce, terms);
    }

    /// @inheritdoc IMarketLens
    function statementOf(
        bytes32 requestId,
        Request calldata request,
        uint32 round,
        address payee,
        bytes32 outputDigest,
        uint64[3] calldata result,
        bytes32 outputHash,
        bool outputInline
    ) external view returns (Statement memory) {
        return Statements.build(
            address(_market), requestId, request, round, payee, outputDigest, result, outputHash, outputInline
        );
    }

    /// @inheritdoc IMarketLens
    function market() external view returns (address) {
        return address(_market);
    }

    function _highestBid(State memory s, Terms calldata terms, uint64 t) private view returns (uint128) {
        if (s.biddingDeadline != 0) return Money.highestUndercut(s.price);
        Parameters memory p = _rules().parameters();
        (uint64 end, uint128 ceiling) = s.windowAt(terms, t);
        uint64 neededUntil = Lifecycle.roundEnd(end, terms.provingWindow, p.extension, p.grace);
        return neededUntil <= terms.expiresAt ? ceiling : 0;
    }

    function _status(State memory s, Request calldata request, uint64 t) private view returns (Status) {
        IVerifierRegistry verifiers = IVerifierRegistry(_rules().verifierRegistry());
        return s.statusAt(request.terms, t, verifiers.isTombstoned(request.terms.verifierId));
    }

    function _known(bytes32 requestId, Request calldata request) private view returns (State memory) {
        require(_market.hashOf(requestId) == Hashing.hash(request), IMarketErrors.UnknownRequest(requestId));
        return _market.stateOf(requestId);
    }

    function _vault() private view returns (IVault) {
        return IVault(_market.vault());
    }

    function _rules() private view returns (IRequestRules) {
        return IRequestRules(_market.rules());
    }
}
