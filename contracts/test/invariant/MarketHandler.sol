// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Delivery, Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, Statement, Status} from "../../src/interfaces/Types.sol";
import {Context} from "../../src/lib/Context.sol";
import {Checks} from "./Checks.sol";
import {Consumer, Temper} from "./Consumers.sol";

/// @notice How calls are made: the ghost says beforehand what should come of each, the error included, and a call that
/// comes out otherwise fails the run.
abstract contract MarketHandler is Checks {
    /// @dev What a proof is made for; bent in one word when somebody cheats.
    struct Aim {
        address market;
        uint256 chainId;
        bytes32 id;
        uint32 round;
        address payee;
    }

    struct Purse {
        uint256 requester;
        uint256 prover;
        uint256 provider;
    }

    bytes32 internal constant OUTPUT = bytes32(uint256(0x2222));

    /// @dev What succeeded and what was refused, by name: a suite in which nothing is ever fulfilled proves nothing.
    mapping(bytes32 name => uint256) public done;
    mapping(bytes32 name => mapping(bytes4 why => uint256)) public refused;
    mapping(bytes32 id => uint256 index) internal indexOf;

    // --- Calls that the ghost foresees -----------------------------------------------------------------------

    function _call(address who, address target, bytes memory data, bytes4 expected, bytes32 name)
        internal
        returns (bool ok)
    {
        bytes memory answer;
        vm.prank(who);
        (ok, answer) = target.call(data);
        bytes4 got = ok ? bytes4(0) : answer.length < 4 ? bytes4(0xffffffff) : bytes4(answer);
        if (got != expected) assertEq(bytes32(got), bytes32(expected), string(abi.encodePacked(name)));
        if (ok) ++done[name];
        else ++refused[name][got];
    }

    /// @dev Calls the market about a request, and looks at it before and after.
    function _callAbout(uint256 index, address who, bytes memory data, bytes4 expected, By by, bytes32 name)
        internal
        returns (bool ok)
    {
        touched = index;
        _look(index, By.Time);
        ok = _call(who, address(market), data, expected, name);
        if (!ok) _look(index, By.Refusal);
        else ++done[keccak256(abi.encode(by, looks[index].status))];
    }

    // --- Steps of a request's life ---------------------------------------------------------------------------

    function _made(address who, uint64 nonce, Terms memory t, Listing memory l)
        internal
        view
        returns (Request memory r)
    {
        (r.requester, r.nonce, r.terms) = (who, nonce, t);
        r.snapshot.provider = l.provider;
        r.snapshot.soleProver = l.soleProver;
        r.snapshot.verifier = adapterOf[t.verifierId];
        uint256 header = 1 | uint256(t.kind) << 8 | (t.inputPrivate ? 1 << 16 : 0)
            | (l.weightsPrivate ? 1 << 17 : 0) | (t.outputPrivate ? 1 << 18 : 0);
        r.snapshot.header = uint32(header);
        r.snapshot.circuit = t.inputPrivate ? PRIVATE_CIRCUIT : CIRCUIT;
        r.snapshot.commitment = l.commitment;
        r.snapshot.fee = l.fee;
        r.snapshot.collateral = _collateralOf(t.maxPrice);
    }

    /// @dev What happens in the ghost when a request was made, whoever carried it.
    function _wasRequested(Request memory r, bytes32 answered) internal {
        bytes32 id = _idOf(r.requester, r.nonce, r.terms);
        if (answered != 0) assertEq(answered, id, "request id");
        indexOf[id] = touched = lives.length;
        _ghostRequest(r);
        assertEq(market.hashOf(id), keccak256(abi.encode(r)), "what was fixed");
        _look(touched, By.Time);
    }

    function _wasBid(uint256 index, address prover, uint128 price) internal {
        Life storage l = lives[index];
        if (price <= made[index].terms.instantPrice) ++done["bidInstant"];
        if (l.prover != address(0)) {
            ++done[l.prover == prover ? bytes32("bidOverOneself") : bytes32("outbid")];
        }
        if (l.round > 1) ++done["bidInLaterRound"];
        uint256 before = l.extensions;
        if (price == 0) ++done["bidZero"];
        if (l.prover == address(0) && price > made[index].terms.firstCeiling) ++done["bidOnRaisedCeiling"];
        _ghostBid(index, prover, price);
        if (l.extensions > before) ++done["snipe"];
        _look(index, By.Bid);
    }

    function _bid(uint256 index, address prover, uint32 round, uint128 price) internal returns (bool ok) {
        bytes4 expected = _whyNotBid(index, prover, round, price);
        bytes memory data = abi.encodeCall(IProofMarket.bid, (lives[index].id, made[index], round, price));
        ok = _callAbout(index, prover, data, expected, By.Bid, "bid");
        if (ok) _wasBid(index, prover, price);
    }

    function _fulfill(uint256 index, address relayer, uint32 round, Delivery memory d)
        internal
        returns (bool ok)
    {
        bytes4 expected = _whyNotFulfill(index, round);
        bytes memory data = abi.encodeCall(IProofMarket.fulfill, (lives[index].id, made[index], round, d));
        Purse memory before = _purse(index, expected);
        ok = _callAbout(index, relayer, data, expected, By.Fulfill, "fulfill");
        if (!ok) return false;
        bool late = _now(index) == Status.Overdue;
        if (late) ++done["fulfillLate"];
        if (lives[index].round > 1) ++done["fulfillInLaterRound"];
        _paidAsAgreed(index, before, late);
        _countCallback(index);
        _ghostFulfill(index);
        _look(index, By.Fulfill);
        _delivered(index, d);
    }

    function _declareDefault(uint256 index, address caller) internal returns (bool ok) {
        bytes memory data = abi.encodeCall(IProofMarket.declareDefault, (lives[index].id, made[index]));
        bytes4 expected = _whyNotDefault(index);
        Purse memory before = _purse(index, expected);
        ok = _callAbout(index, caller, data, expected, By.Default, "declareDefault");
        if (!ok) return false;
        if (caller == _second(made[index].requester)) ++done["defaultBySecondAddress"];
        if (caller == made[index].requester) ++done["defaultByRequester"];
        _nothingSlashedForRequester(index, before);
        _ghostDefault(index, caller);
        _look(index, By.Default);
        ++done[lives[index].ended == Status.None ? bytes32("roundOpened") : bytes32("lastDefault")];
    }

    function _cancel(uint256 index, address caller) internal {
        bytes memory data = abi.encodeCall(IProofMarket.cancel, (lives[index].id, made[index]));
        bytes4 expected = _whyNotCancel(index, caller);
        Purse memory before = _purse(index, expected);
        if (!_callAbout(index, caller, data, expected, By.Cancel, "cancel")) return;
        if (lives[index].round > 1) ++done["cancelWithBounty"];
        if (_isPaused()) ++done["cancelWhilePaused"];
        _nothingSlashedForRequester(index, before);
        _ghostRefund(index, Status.Cancelled);
        _look(index, By.Cancel);
    }

    function _close(uint256 index, address caller) internal {
        bytes memory data = abi.encodeCall(IProofMarket.close, (lives[index].id, made[index]));
        Status s = _now(index);
        bytes4 expected = _whyNotClose(index);
        Purse memory before = _purse(index, expected);
        if (!_callAbout(index, caller, data, expected, By.Close, "close")) return;
        if (s == Status.Overdue) ++done["closeOverdue"];
        if (s == Status.Voided) {
            ++done[lives[index].prover == address(0) ? bytes32("void") : bytes32("voidWithBid")];
        }
        if (_isPaused()) ++done["closeWhilePaused"];
        _nothingSlashedForRequester(index, before);
        _ghostEnd(index, caller);
        _look(index, By.Close);
    }

    // --- Who paid what, seen from outside the ghost ----------------------------------------------------------

    /// @dev Counted only for a call that is to succeed.
    function _purse(uint256 index, bytes4 expected) private view returns (Purse memory p) {
        if (expected != 0) return p;
        return Purse(
            _worth(made[index].requester), _worth(lives[index].prover), _worth(made[index].snapshot.provider)
        );
    }

    function _worth(address account) internal view returns (uint256) {
        return vault.freeOf(account) + vault.lockedOf(account);
    }

    /// @dev Invariant 5.
    function _paidAsAgreed(uint256 index, Purse memory before, bool late) private view {
        Purse memory current = _purse(index, 0);
        Request storage r = made[index];
        address prover = lives[index].prover;
        uint256 price = lives[index].price;
        uint256 lateFee = late ? (price * LATE_FEE_BPS + 9999) / 10_000 : 0;
        // Whoever plays two parts, or defaulted before and loses the bounty now, cannot be told apart from outside.
        bool apart =
            r.requester != prover && r.requester != r.snapshot.provider && prover != r.snapshot.provider;
        if (!apart || defaulted[lives[index].id][r.requester]) return;
        if (defaulted[lives[index].id][r.snapshot.provider]) return;
        uint256 spent = before.requester - current.requester;
        assertEq(spent, price - lateFee + r.snapshot.fee, "the requester pays bid, less late fee, and fee");
        assertLe(spent, r.terms.maxPrice + r.terms.maxFee, "nobody pays more than limit and fee");
        uint256 bounties = (lives[index].round - 1) * _bountyOf(index);
        assertEq(
            current.prover - before.prover, price - lateFee + bounties, "the prover gets bid and bounties"
        );
        assertEq(current.provider - before.provider, r.snapshot.fee, "the provider gets its fee");
    }

    /// @dev Invariant 6: whatever is slashed or dissolved, the requester has what was its own before.
    function _nothingSlashedForRequester(uint256 index, Purse memory before) private view {
        uint256 current = _worth(made[index].requester);
        address requester = made[index].requester;
        // Its own collateral it may lose, if it had bid on its own request.
        bool bids = requester == lives[index].prover || defaulted[lives[index].id][requester];
        if (bids) assertLe(current, before.requester, "slashed money goes to no requester");
        else assertEq(current, before.requester, "slashed money goes to no requester");
    }

    function _countCallback(uint256 index) private {
        if (made[index].terms.callbackGas == 0) return;
        if (made[index].requester == address(consumers[0])) ++expectedCalls;
        for (uint256 i = 0; i < CONSUMERS; ++i) {
            if (made[index].requester == address(consumers[i])) ++done[keccak256(abi.encode("callback", i))];
        }
    }

    /// @dev Lets the cheating half remember what it can replay.
    function _delivered(uint256 index, Delivery memory d) internal virtual;

    // --- Proofs ----------------------------------------------------------------------------------------------

    function _aim(uint256 index) internal view returns (Aim memory) {
        Life storage l = lives[index];
        return Aim(address(market), block.chainid, l.id, l.round, l.prover);
    }

    function _trueDelivery(uint256 index) internal view returns (Delivery memory) {
        return _deliveryFor(index, _aim(index));
    }

    /// @dev True for the request's model and input, in the context that it aims at.
    function _deliveryFor(uint256 index, Aim memory aim) internal view returns (Delivery memory d) {
        d.outputDigest = OUTPUT;
        d.result = [uint64(7), uint64(index), 0];
        if (made[index].terms.outputPrivate) {
            d.outputHash = keccak256("a blob");
        } else {
            d.output = abi.encode("output", index);
            d.outputHash = sha256(d.output);
        }
        d.seal = _seal(index, aim, d);
    }

    function _seal(uint256 index, Aim memory aim, Delivery memory d) internal view returns (bytes memory) {
        Request storage r = made[index];
        Statement memory s;
        s.header = r.snapshot.header;
        s.circuit = r.snapshot.circuit;
        s.model = r.snapshot.commitment;
        s.input = r.terms.inputDigest;
        s.output = d.outputDigest;
        s.result = [d.result[0], d.result[1], d.result[2]];
        s.context = Context.compute(
            aim.chainId,
            aim.market,
            Kind.Inference,
            aim.id,
            aim.round,
            aim.payee,
            d.outputHash,
            d.output.length != 0
        );
        return abi.encode(groth16.markerOf(harness.toInputs(s)));
    }

    // --- Choices ---------------------------------------------------------------------------------------------

    /// @dev Mostly one of the newest, so that sequences meet.
    function _pick(Dice memory d) internal view returns (uint256) {
        uint256 recent = lives.length < 4 ? lives.length : 4;
        return _one(d, 8) ? _roll(d, lives.length) : lives.length - 1 - _roll(d, recent);
    }

    function _requester(Dice memory d) internal view returns (address) {
        return _one(d, 3) ? address(consumers[_roll(d, CONSUMERS)]) : _person(d);
    }

    function _temperOf(address who) internal view returns (bool isConsumer, Temper temper) {
        for (uint256 i = 0; i < CONSUMERS; ++i) {
            if (address(consumers[i]) == who) return (true, Temper(i));
        }
    }

    function _signature(address who, bytes32 digest) internal returns (bytes memory) {
        uint256 key = _keyOf(who);
        if (key == 0) {
            Consumer(who).approve(digest);
            return "";
        }
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }
}
