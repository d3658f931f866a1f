// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CallbackForwarder} from "./CallbackForwarder.sol";
import {MarketPause} from "./MarketPause.sol";
import {IMarketViews} from "./interfaces/IMarketViews.sol";
import {IRequestRules} from "./interfaces/IRequestRules.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifierRegistry} from "./interfaces/IVerifierRegistry.sol";
import {Parameters, Request, Result, State} from "./interfaces/MarketTypes.sol";
import {Status} from "./interfaces/Types.sol";
import {Hashing} from "./lib/Hashing.sol";
import {Lifecycle} from "./lib/Lifecycle.sol";
import {StateWord} from "./lib/StateWord.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// @notice What the market is made of and what it keeps; {ProofMarket} adds what changes it.
abstract contract MarketViews is IMarketViews, MarketPause {
    using Lifecycle for State;

    /// @dev A request as stored: the hash of what was asked and fixed, and the words that change. Who made the best bid
    /// stands in the vault, as the account of the round's collateral lock, and nowhere else.
    struct Record {
        bytes32 hash;
        uint256 word;
    }

    IVault internal immutable _vault;
    IRequestRules internal immutable _rules;
    IVerifierRegistry internal immutable _verifiers;
    CallbackForwarder internal immutable _forwarder;
    uint32 internal immutable _extension;
    uint32 internal immutable _grace;
    uint16 internal immutable _lateFeeBps;
    uint128 internal immutable _rewardCap;

    mapping(bytes32 requestId => Record) internal _records;
    /// @inheritdoc IMarketViews
    mapping(bytes32 requestId => mapping(address prover => bool)) public hasDefaulted;

    constructor(IVault vault_, IRequestRules rules_) {
        (_vault, _rules, _forwarder) = (vault_, rules_, new CallbackForwarder());
        _verifiers = IVerifierRegistry(rules_.verifierRegistry());
        Parameters memory p = rules_.parameters();
        (_extension, _grace, _lateFeeBps, _rewardCap) = (p.extension, p.grace, p.lateFeeBps, p.rewardCap);
    }

    /// @inheritdoc IMarketViews
    function stateOf(bytes32 requestId) external view returns (State memory) {
        return StateWord.unpack(_records[requestId].word);
    }

    /// @inheritdoc IMarketViews
    function hashOf(bytes32 requestId) external view returns (bytes32) {
        return _records[requestId].hash;
    }

    /// @inheritdoc IMarketViews
    function resultOf(bytes32 requestId) external view returns (Result memory) {
        return StateWord.unpackResult(_records[requestId].word);
    }

    /// @inheritdoc IMarketViews
    function vault() external view returns (address) {
        return address(_vault);
    }

    /// @inheritdoc IMarketViews
    function rules() external view returns (address) {
        return address(_rules);
    }

    /// @inheritdoc IMarketViews
    function forwarder() external view returns (address) {
        return address(_forwarder);
    }

    // --- Shared by the transitions --------------------------------------------------------------------

    /// @dev One owner for all that can be paused or proposed.
    function _owner() internal view override returns (address) {
        return Ownable(address(_vault)).owner();
    }

    /// @dev The record of a request that was made exactly like this.
    function _known(bytes32 requestId, Request calldata request_)
        internal
        view
        returns (Record storage r, State memory s)
    {
        r = _records[requestId];
        // An unknown request's hash is zero, which nothing hashes to.
        require(r.hash == Hashing.hash(request_), UnknownRequest(requestId));
        s = StateWord.unpack(r.word);
    }

    function _save(Record storage r, State memory s) internal {
        r.word = StateWord.pack(s);
    }

    function _status(State memory s, Request calldata request_, uint64 t) internal view returns (Status) {
        return s.statusAt(request_.terms, t, _verifiers.isTombstoned(request_.terms.verifierId));
    }

    /// @dev When everything is over for a round whose bidding window ends at `end`.
    function _roundEnd(uint64 end, Request calldata request_) internal view returns (uint64) {
        return Lifecycle.roundEnd(end, request_.terms.provingWindow, _extension, _grace);
    }
}
