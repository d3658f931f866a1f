// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Status} from "../../src/interfaces/Types.sol";
import {MarketHandler} from "./MarketHandler.sol";

/// @notice What requesters and provers do, in any order and at any time.
abstract contract MarketActions is MarketHandler {
    struct SignedBid {
        uint256 index;
        address prover;
        uint32 round;
        uint128 price;
        uint64 validUntil;
        bytes signature;
    }

    bytes internal constant TERMS_TYPE =
        "Terms(bytes32 modelId,uint8 kind,bool inputPrivate,bool outputPrivate,bytes32 inputDigest,bytes32 inputHash,bytes32 verifierId,uint128 firstCeiling,uint128 ceilingStep,uint128 maxPrice,uint128 instantPrice,uint128 maxFee,uint64 biddingWindow,uint64 provingWindow,uint64 expiresAt,uint32 callbackGas)";
    bytes32 private constant REQUEST_TYPEHASH = keccak256(
        abi.encodePacked("Request(address requester,uint64 nonce,uint64 validUntil,Terms terms)", TERMS_TYPE)
    );
    bytes32 private constant BID_TYPEHASH =
        keccak256("Bid(address prover,bytes32 requestId,uint32 round,uint128 price,uint64 validUntil)");

    uint64 internal nonce;
    SignedBid private _lastSigned;

    // --- Single steps ----------------------------------------------------------------------------------------

    function request(uint256 seed) external {
        _step();
        _request(_dice(seed));
    }

    /// @notice The same request once more, or again with another nonce when that was refused.
    function requestAgain(uint256 seed) external {
        if (!_step()) return;
        Request memory r = made[_pick(_dice(seed))];
        Listing memory l = _listingOf(r.terms.modelId);
        // What was fixed may have changed since; the request is another one then.
        _requestAs(r.requester, r.nonce, r.terms, l);
    }

    function bid(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        address prover = _prover(d, index);
        if (_one(d, 4)) _nearTheDeadline(d, index);
        if (_one(d, 16)) _warpTo(_lastWindow(index), _roll(d, 3));
        if (_one(d, 16)) _revoke(prover);
        uint32 round = lives[index].round;
        if (_one(d, 16)) round = _one(d, 2) ? round + 1 : round - 1;
        uint128 price = _price(d, index);
        if (_keyOf(prover) != 0 && _one(d, 4)) _bidBySig(d, index, prover, round, price);
        else _bid(index, prover, round, price);
    }

    function replayBid(uint256 seed) external {
        if (!_step() || _lastSigned.prover == address(0)) return;
        _carryBid(accounts[seed % PEOPLE], _lastSigned);
    }

    function fulfill(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        if (lives[index].prover == address(0)) return;
        if (_one(d, 3)) _nearTheDeadline(d, index);
        uint32 round = _one(d, 16) ? lives[index].round + 1 : lives[index].round;
        _fulfill(index, _person(d), round, _trueDelivery(index));
    }

    function declareDefault(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        if (lives[index].prover != address(0) && _one(d, 3)) {
            _warpTo(_provingDeadline(index) + GRACE, _roll(d, 3));
        }
        _declareDefault(index, _defaultCaller(d, index));
    }

    function cancel(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        _cancel(index, _one(d, 4) ? _person(d) : made[index].requester);
    }

    function close(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        if (_one(d, 8)) _warpTo(made[index].terms.expiresAt, _roll(d, 3));
        _close(index, _defaultCaller(d, index));
    }

    /// @notice To just before, on or just after a deadline ahead; or a little further.
    function wait(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        if (_one(d, 64)) return _warp(block.timestamp + _roll(d, 16 days));
        if (lives.length == 0 || _one(d, 4)) return _warp(block.timestamp + _roll(d, 60));
        uint256 index = _pick(d);
        if (_one(d, 8)) return _warpTo(made[index].terms.expiresAt, _roll(d, 3));
        if (lives[index].prover == address(0)) return _warpTo(_windowEnd(index), _roll(d, 3));
        uint64[3] memory deadlines =
            [lives[index].biddingDeadline, _provingDeadline(index), _provingDeadline(index) + GRACE];
        _warpTo(deadlines[_roll(d, 3)], _roll(d, 3));
    }

    // --- Several steps at once, so that every run gets far ---------------------------------------------------

    /// @notice A whole sale.
    function sell(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        uint256 index = lives.length;
        _request(d);
        if (lives.length == index) return;
        address prover = _prover(d, index);
        _topUp(prover);
        uint128 highest = _highestBid(index);
        if (!_bid(index, prover, 1, _one(d, 2) ? highest : uint128(_roll(d, highest + 1)))) return;
        if (_one(d, 8)) _cancel(index, made[index].requester);
        _fight(d, index);
        uint64 deadline = _one(d, 4) ? _provingDeadline(index) : lives[index].biddingDeadline;
        _warpTo(deadline, 1 + _roll(d, 2));
        if (!_one(d, 4)) _fulfill(index, _person(d), lives[index].round, _trueDelivery(index));
    }

    /// @notice A prover that wins and never proves; its second address, or somebody else, goes on.
    function lapse(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        if (lives[index].ended != Status.None) {
            index = lives.length;
            _request(d);
            if (lives.length == index) return;
        }
        address first = lives[index].prover;
        if (first == address(0)) {
            first = _prover(d, index);
            _topUp(first);
            if (!_bid(index, first, lives[index].round, _highestBid(index))) return;
        }
        _warpTo(_provingDeadline(index) + GRACE, 1);
        if (_one(d, 8)) {
            _warpTo(made[index].terms.expiresAt, 1);
            return _close(index, _defaultCaller(d, index));
        }
        if (!_declareDefault(index, _defaultCaller(d, index)) || lives[index].prover != address(0)) return;
        if (_one(d, 3)) return;
        if (_one(d, 4)) _bid(index, first, lives[index].round, _highestBid(index));
        if (lives[index].prover != address(0)) return;
        address next = _one(d, 2) ? _second(first) : _person(d);
        _topUp(next);
        if (_bid(index, next, lives[index].round, _highestBid(index)) && next == _second(first)) {
            ++done["bidBySecondAddress"];
        }
        if (lives[index].prover == address(0)) return;
        _warpTo(lives[index].biddingDeadline, 1);
        if (_one(d, 2)) _fulfill(index, _person(d), lives[index].round, _trueDelivery(index));
    }

    // --- Internals -------------------------------------------------------------------------------------------

    /// @dev Leaves the market with what it has.
    function _revoke(address who) internal virtual;

    /// @dev The beginning of the last window that a round fits after, if windows began every second.
    function _lastWindow(uint256 index) private view returns (uint64) {
        Terms storage t = made[index].terms;
        return t.expiresAt - uint64(_roundEnd(t.biddingWindow, t.provingWindow)) + 1;
    }

    /// @dev Somebody without money or consent can do nothing that is worth a step.
    function _topUp(address who) internal virtual;

    /// @dev Counts steps; tells whether there is a request at all.
    function _step() internal returns (bool) {
        ++steps;
        return lives.length != 0;
    }

    /// @dev Bids in the last seconds, as long as they count.
    function _fight(Dice memory d, uint256 index) private {
        uint256 bids = _roll(d, 3);
        for (uint256 i = 0; i < bids; ++i) {
            if (_now(index) != Status.Open) return;
            _warpTo(lives[index].biddingDeadline - EXTENSION, _roll(d, 3));
            address prover = _one(d, 4) ? lives[index].prover : _person(d);
            _topUp(prover);
            _bid(index, prover, 1, _highestBid(index));
        }
    }

    /// @dev To a market time, less or more one second: `shift` is 0, 1 or 2.
    function _warpTo(uint64 deadline, uint256 shift) internal {
        _warp(_chainTimeOf(deadline + uint64(shift) - 1));
    }

    /// @dev Where sniping begins to extend, the bidding deadline, the proving deadline or the end of the grace.
    function _nearTheDeadline(Dice memory d, uint256 index) private {
        Status s = _now(index);
        if (lives[index].prover == address(0)) return;
        if (s == Status.Open) {
            return _warpTo(lives[index].biddingDeadline - (_one(d, 2) ? EXTENSION : 0), _roll(d, 3));
        }
        _warpTo(_provingDeadline(index) + (s == Status.Overdue ? GRACE : 0), _roll(d, 3));
    }

    function _prover(Dice memory d, uint256 index) private view returns (address) {
        address sole = made[index].snapshot.soleProver;
        if (sole != address(0) && !_one(d, 4)) return sole;
        if (_one(d, 8)) return made[index].requester;
        // Over its own bid.
        if (lives[index].prover != address(0) && _one(d, 4)) return lives[index].prover;
        return _one(d, 16) ? made[index].snapshot.provider : _person(d);
    }

    /// @dev The requester, its second address, or anybody.
    function _defaultCaller(Dice memory d, uint256 index) private view returns (address) {
        uint256 who = _roll(d, 4);
        if (who == 0) return made[index].requester;
        return who == 1 ? _second(made[index].requester) : _person(d);
    }

    /// @dev Mostly on one side or the other of what decides.
    function _price(Dice memory d, uint256 index) private view returns (uint128) {
        uint128 highest = _highestBid(index);
        uint128 instant = made[index].terms.instantPrice;
        uint256 how = _roll(d, 8);
        if (how == 0) return highest + 1;
        if (how == 1) return instant;
        if (how == 2) return instant + 1;
        if (how == 3) return 0;
        // One unit under the best is too little, unless the best is small.
        if (how == 4 && lives[index].price != 0) return lives[index].price - 1;
        if (how == 4) return made[index].terms.maxPrice;
        if (how == 5) return uint128(_roll(d, uint256(highest) + 1));
        return highest;
    }

    function _request(Dice memory d) internal {
        address who = _requester(d);
        if (!_one(d, 4)) _topUp(who);
        if (_one(d, 32)) _revoke(who);
        Listing memory l = listings[_roll(d, listings.length)];
        for (uint256 i = 0; i < 16 && l.deprecated && !_one(d, 32); ++i) {
            l = listings[_roll(d, listings.length)];
        }
        Terms memory t = _terms(d, l);
        (bool isConsumer,) = _temperOf(who);
        if (isConsumer) t.callbackGas = [uint32(0), 50_000, 300_000, 300_000][_roll(d, 4)];
        if (_one(d, 4)) _requestBySig(d, who, t, l);
        else _requestAs(who, ++nonce, t, l);
    }

    function _requestAs(address who, uint64 nonce_, Terms memory t, Listing memory l) private {
        bytes4 expected = _whyNotRequest(who, nonce_, t, l);
        bytes memory data = abi.encodeCall(IProofMarket.request, (t, nonce_, _inline(t)));
        if (_call(who, address(market), data, expected, "request")) {
            _wasRequested(_made(who, nonce_, t, l), 0);
        }
    }

    function _requestBySig(Dice memory d, address who, Terms memory t, Listing memory l) private {
        (uint64 nonce_, uint64 validUntil) = (++nonce, _validUntil(d));
        bytes memory signature = _signature(who, _requestDigest(who, nonce_, t, validUntil));
        bytes4 expected = validUntil <= block.timestamp
            ? IMarketErrors.SignatureExpired.selector
            : _whyNotRequest(who, nonce_, t, l);
        bytes memory data =
            abi.encodeCall(IProofMarket.requestBySig, (who, t, nonce_, _inline(t), validUntil, signature));
        if (_call(_person(d), address(market), data, expected, "requestBySig")) {
            _wasRequested(_made(who, nonce_, t, l), 0);
        }
    }

    function _bidBySig(Dice memory d, uint256 index, address prover, uint32 round, uint128 price) private {
        SignedBid memory s = SignedBid(index, prover, round, price, _validUntil(d), "");
        s.signature = _signature(prover, _bidDigest(s));
        _lastSigned = s;
        _carryBid(_person(d), s);
        // Whoever carries it may try twice.
        if (_one(d, 2)) _carryBid(_person(d), s);
    }

    function _carryBid(address relayer, SignedBid memory s) private {
        bytes4 expected = s.validUntil <= block.timestamp
            ? IMarketErrors.SignatureExpired.selector
            : _whyNotBid(s.index, s.prover, s.round, s.price);
        bytes memory data = abi.encodeCall(
            IProofMarket.bidBySig,
            (s.prover, lives[s.index].id, made[s.index], s.round, s.price, s.validUntil, s.signature)
        );
        if (_callAbout(s.index, relayer, data, expected, By.Bid, "bidBySig")) {
            _wasBid(s.index, s.prover, s.price);
        }
    }

    function _validUntil(Dice memory d) internal view returns (uint64) {
        return uint64(block.timestamp) + [uint64(1 days), 1 days, 1, 0][_roll(d, 4)];
    }

    function _requestDigest(address who, uint64 nonce_, Terms memory t, uint64 validUntil)
        internal
        view
        returns (bytes32)
    {
        bytes32 terms = keccak256(abi.encode(keccak256(TERMS_TYPE), t));
        return _digest(
            address(market),
            "Assay ProofMarket",
            keccak256(abi.encode(REQUEST_TYPEHASH, who, nonce_, validUntil, terms))
        );
    }

    function _bidDigest(SignedBid memory s) private view returns (bytes32) {
        bytes32 content =
            keccak256(abi.encode(BID_TYPEHASH, s.prover, lives[s.index].id, s.round, s.price, s.validUntil));
        return _digest(address(market), "Assay ProofMarket", content);
    }

    /// @dev EIP-712, written down from its text.
    function _digest(address where, string memory name, bytes32 content) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                where
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, content));
    }

    function _listingOf(bytes32 modelId) internal view returns (Listing memory) {
        for (uint256 i = 0; i < listings.length; ++i) {
            if (listings[i].id == modelId) return listings[i];
        }
        revert("unknown listing");
    }

    // --- Terms -----------------------------------------------------------------------------------------------

    function _inline(Terms memory t) internal pure returns (bytes memory) {
        return t.inputPrivate ? bytes("") : bytes("input");
    }

    function _terms(Dice memory d, Listing memory l) private view returns (Terms memory t) {
        t.modelId = l.id;
        t.kind = _one(d, 64) ? Kind.Accuracy : Kind.Inference;
        (t.inputPrivate, t.outputPrivate) = _one(d, 3) ? (true, true) : (false, false);
        t.inputDigest = bytes32(uint256(0x1111));
        t.inputHash = t.inputPrivate ? keccak256("sealed") : sha256("input");
        t.verifierId = verifierIds[_roll(d, _one(d, 16) ? VERIFIERS : 4)];
        for (uint256 i = 0; i < 32 && (tombstoned[t.verifierId] || !listed[t.verifierId]); ++i) {
            t.verifierId = verifierIds[_roll(d, VERIFIERS)];
        }
        t.maxFee = _one(d, 16) ? l.fee - (l.fee == 0 ? 0 : 1) : l.fee + uint128(_roll(d, 2));
        _prices(d, t, l);
        _times(d, t);
    }

    function _prices(Dice memory d, Terms memory t, Listing memory l) private pure {
        if (l.soleProver != address(0)) {
            // A price that the provider has just changed, now and then.
            t.maxPrice = l.provingPrice + (_one(d, 16) ? 1 : 0);
            (t.firstCeiling, t.instantPrice) = (t.maxPrice, t.maxPrice);
            return;
        }
        t.maxPrice = uint128(1 + _roll(d, [uint256(100), 2e6, 2e6, 20e6][_roll(d, 4)]));
        t.firstCeiling = _one(d, 3) ? t.maxPrice : uint128(1 + _roll(d, t.maxPrice));
        if (t.firstCeiling != t.maxPrice) {
            t.ceilingStep = uint128(1 + _roll(d, t.maxPrice - t.firstCeiling));
        }
        t.instantPrice = _one(d, 2) ? 0 : uint128(_roll(d, uint256(t.firstCeiling) + 1));
    }

    function _times(Dice memory d, Terms memory t) private view {
        t.biddingWindow = uint64(10 + _roll(d, 50));
        t.provingWindow = uint64(60 + _roll(d, 90));
        uint64 round = uint64(_roundEnd(t.biddingWindow, t.provingWindow));
        uint256 how = _roll(d, 64);
        if (how == 0) t.expiresAt = ghostClock + round - 1;
        else if (how == 1) t.expiresAt = ghostClock + 14 days + 1;
        else if (how < 4) t.expiresAt = ghostClock + 14 days;
        else if (how < 12) t.expiresAt = ghostClock + round;
        else t.expiresAt = ghostClock + round + uint64(_roll(d, how < 32 ? round : 5 * round));
    }
}
