// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IProofMarket} from "./interfaces/IProofMarket.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Statement, Status} from "./interfaces/Types.sol";
import {Context} from "./lib/Context.sol";
import {Header} from "./lib/Header.sol";
import {Lifecycle, Record} from "./lib/Lifecycle.sol";
import {Money} from "./lib/Money.sol";
import {RequestId} from "./lib/RequestId.sol";
import {TermsCheck} from "./lib/TermsCheck.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

/// @notice What the market is made of and what can be read from it; {ProofMarket} adds what changes it.
abstract contract MarketViews is IProofMarket {
    using Lifecycle for Record;
    using SafeCast for uint256;

    /// @notice What a chain's operator chooses at deployment.
    struct Parameters {
        uint64 minBiddingWindow;
        uint64 minProvingWindow;
        uint128 collateralFloor;
        uint64 collateralBps;
    }

    IVault internal immutable _vault;
    IModelRegistry internal immutable _models;
    IVerifierRegistry internal immutable _verifiers;
    /// @inheritdoc IProofMarket
    uint64 public immutable minBiddingWindow;
    /// @inheritdoc IProofMarket
    uint64 public immutable minProvingWindow;
    /// @inheritdoc IProofMarket
    uint128 public immutable collateralFloor;
    /// @inheritdoc IProofMarket
    uint64 public immutable collateralBps;

    mapping(bytes32 requestId => Record) internal _records;
    /// @inheritdoc IProofMarket
    mapping(bytes32 requestId => mapping(address prover => bool)) public hasDefaulted;

    constructor(
        IVault vault_,
        IModelRegistry models,
        IVerifierRegistry verifiers,
        Parameters memory parameters
    ) {
        require(
            parameters.minBiddingWindow != 0 && parameters.minBiddingWindow <= TermsCheck.MAX_BIDDING_WINDOW
                && parameters.minProvingWindow != 0
                && parameters.minProvingWindow <= TermsCheck.MAX_PROVING_WINDOW
                && parameters.collateralFloor <= Money.MAX_AMOUNT
                && parameters.collateralBps <= Money.MAX_COLLATERAL_BPS,
            InvalidParameters()
        );
        _vault = vault_;
        _models = models;
        _verifiers = verifiers;
        minBiddingWindow = parameters.minBiddingWindow;
        minProvingWindow = parameters.minProvingWindow;
        collateralFloor = parameters.collateralFloor;
        collateralBps = parameters.collateralBps;
    }

    // --- Views -----------------------------------------------------------------------------------------------

    /// @inheritdoc IProofMarket
    function status(bytes32 requestId) external view returns (Status) {
        return _records[requestId].statusAt(block.timestamp);
    }

    /// @inheritdoc IProofMarket
    function requestOf(bytes32 requestId) external view returns (Request memory view_) {
        Record storage r = _records[requestId];
        if (r.stored == Status.None) return view_;
        view_.status = r.statusAt(block.timestamp);
        view_.round = r.round;
        view_.requester = r.requester;
        view_.provider = r.provider;
        view_.soleProver = r.soleProver;
        view_.verifier = r.verifier;
        view_.modelId = r.modelId;
        view_.header = r.header;
        view_.circuit = r.circuit;
        view_.commitment = r.commitment;
        view_.inputDigest = r.inputDigest;
        view_.maxPrice = r.maxPrice;
        view_.instantPrice = r.instantPrice;
        view_.fee = r.fee;
        view_.collateral = r.collateral;
        view_.biddingWindow = r.biddingWindow;
        view_.provingWindow = r.provingWindow;
        view_.openedAt = r.openedAt;
        view_.expiresAt = r.expiresAt;
        view_.prover = r.prover;
        view_.price = r.price;
        view_.biddingDeadline = r.biddingDeadline;
        view_.provingDeadline = r.provingDeadline();
        view_.settled = _isSettled(r);
        view_.outputDigest = r.outputDigest;
        view_.result = [r.result0, r.result1, r.result2];
    }

    /// @inheritdoc IProofMarket
    function requestIdOf(address requester, uint64 nonce, Terms calldata terms)
        external
        view
        returns (bytes32)
    {
        return RequestId.compute(address(this), requester, nonce, terms);
    }

    /// @inheritdoc IProofMarket
    function contextOf(bytes32 requestId, uint32 round, address payee) external view returns (bytes32) {
        return _context(requestId, _known(requestId), round, payee);
    }

    /// @inheritdoc IProofMarket
    function statementOf(bytes32 requestId, bytes32 outputDigest, uint64[3] calldata result)
        external
        view
        returns (Statement memory)
    {
        return _statement(requestId, _known(requestId), outputDigest, result);
    }

    /// @inheritdoc IProofMarket
    function highestBidOf(bytes32 requestId) external view returns (uint128) {
        Record storage r = _known(requestId);
        Status current = r.statusAt(block.timestamp);
        require(current == Status.Open, WrongStatus(current));
        return _highestBid(r);
    }

    /// @inheritdoc IProofMarket
    function collateralFor(uint128 maxPrice) public view returns (uint128) {
        require(maxPrice <= Money.MAX_AMOUNT, InvalidMaxPrice(maxPrice));
        return Money.collateral(maxPrice, collateralFloor, collateralBps);
    }

    /// @inheritdoc IProofMarket
    function vault() external view returns (address) {
        return address(_vault);
    }

    /// @inheritdoc IProofMarket
    function modelRegistry() external view returns (address) {
        return address(_models);
    }

    /// @inheritdoc IProofMarket
    function verifierRegistry() external view returns (address) {
        return address(_verifiers);
    }

    // --- Shared with the transitions ------------------------------------------------------------------

    function _highestBid(Record storage r) internal view returns (uint128) {
        if (r.prover != address(0)) return Money.highestUndercut(r.price);
        uint256 neededUntil = r.windowEnd(block.timestamp) + r.provingWindow;
        require(neededUntil <= r.expiresAt, NoWindowFits(neededUntil.toUint64(), r.expiresAt));
        return r.maxPrice;
    }

    function _statement(bytes32 requestId, Record storage r, bytes32 outputDigest, uint64[3] calldata result)
        internal
        view
        returns (Statement memory)
    {
        return Statement({
            header: r.header,
            circuit: r.circuit,
            model: r.commitment,
            input: r.inputDigest,
            output: outputDigest,
            result: result,
            context: _context(requestId, r, r.round, r.prover)
        });
    }

    function _context(bytes32 requestId, Record storage r, uint32 round, address payee)
        internal
        view
        returns (bytes32)
    {
        return Context.compute(block.chainid, address(this), Header.kindOf(r.header), requestId, round, payee);
    }

    function _isSettled(Record storage r) internal view returns (bool) {
        return r.stored != Status.None && r.stored != Status.Open && r.stored != Status.Assigned;
    }

    function _known(bytes32 requestId) internal view returns (Record storage r) {
        r = _records[requestId];
        require(r.stored != Status.None, UnknownRequest(requestId));
    }
}
