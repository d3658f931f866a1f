// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {Vault} from "../../src/Vault.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Kind, Statement, Status} from "../../src/interfaces/Types.sol";
import {Context} from "../../src/lib/Context.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {Ghost} from "./Ghost.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {CommonBase} from "forge-std/Base.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

interface IMintable {
    function mint(address to, uint256 amount) external;
}

/// @notice People who use the market in any order and at any time, deadlines -1/0/+1 included. For every call the
/// ghost says beforehand whether it should succeed; a call that comes out otherwise fails the run.
abstract contract MarketHandler is Ghost, CommonBase, StdAssertions, StdUtils {
    uint256 internal constant PEOPLE = 6;
    uint256 internal constant FUNDS = 500e6;

    ERC20 public token;
    ModelRegistry internal models;
    MarkerVerifier internal groth16;
    StatementHarness internal harness;
    address internal provider;
    bytes32 internal openModel;
    bytes32 internal soleModel;
    bytes32 internal verifierId;

    /// @dev What succeeded, by name: a suite in which nothing is ever fulfilled proves nothing.
    mapping(string name => uint256) public done;
    mapping(string name => uint256) public refused;
    uint64 private _nonce;

    // --- The market's life -----------------------------------------------------------------------------------

    function request(uint256 who, uint256 price, uint256 times, bool sole) public {
        address requester = _person(who);
        IProofMarket.Terms memory terms = _terms(price, times, sole);
        uint128 fee = models.modelOf(terms.modelId).registration.fee;
        bool allowed = expectedFree[requester] >= uint256(terms.maxPrice) + fee;
        vm.prank(requester);
        try market.request(terms, ++_nonce) returns (bytes32 id) {
            _note("request", allowed, true);
            _remember(id, terms, requester, fee);
        } catch {
            _note("request", allowed, false);
        }
    }

    function bid(uint256 which, uint256 who, uint256 price, uint256 round) public {
        if (lives.length == 0) return;
        uint256 index = _pick(which);
        Life storage l = lives[index];
        address prover = l.soleProver != address(0) && who % 4 != 0 ? l.soleProver : _person(who);
        uint128 top = l.prover == address(0) ? l.maxPrice : l.price;
        uint128 price128 = uint128(bound(price, 0, top + top / 8 + 1));
        uint32 round32 = round % 8 == 0 ? l.round + 1 : l.round;
        _bid(index, prover, round32, price128);
    }

    /// @dev The assigned prover's true proof, relayed by anyone.
    function fulfill(uint256 which, uint256 relayer) public {
        if (lives.length == 0) return;
        uint256 index = _pick(which);
        Life storage l = lives[index];
        if (l.prover == address(0)) return;
        _fulfill(index, _person(relayer), _trueDelivery(index, l.round, l.prover));
    }

    /// @dev A whole sale in one call, so that every run has some.
    function sell(uint256 who, uint256 prover, uint256 price, uint256 relayer) public {
        uint256 before = lives.length;
        deposit(who, FUNDS);
        deposit(prover, FUNDS);
        request(who, price, price, false);
        if (lives.length == before) return;
        Life storage l = lives[before];
        if (!_bid(before, _person(prover), 1, uint128(bound(price, 0, l.maxPrice)))) return;
        if (block.timestamp < l.biddingDeadline) vm.warp(l.biddingDeadline);
        _fulfill(before, _person(relayer), _trueDelivery(before, l.round, l.prover));
    }

    /// @dev A prover that wins and never proves; another one bids in the next round.
    function lapse(uint256 who, uint256 first, uint256 second, uint256 price) public {
        uint256 before = lives.length;
        deposit(first, FUNDS);
        deposit(second, FUNDS);
        request(who, price, 599, false);
        if (lives.length == before) return;
        Life storage l = lives[before];
        if (!_bid(before, _person(first), 1, uint128(bound(price, 0, l.maxPrice)))) return;
        vm.warp(l.biddingDeadline + l.provingWindow);
        if (price % 4 == 0) {
            // Nobody cares until the request is over.
            vm.warp(l.expiresAt + price % 2);
            return _close(before, _person(second));
        }
        _declareDefault(before, _person(who));
        if (!_bid(before, _person(second), l.round, uint128(bound(price, 0, l.maxPrice)))) return;
        if (price % 4 == 1) return;
        if (block.timestamp < l.biddingDeadline) vm.warp(l.biddingDeadline);
        _fulfill(before, _person(who), _trueDelivery(before, l.round, l.prover));
    }

    function declareDefault(uint256 which, uint256 who) public {
        if (lives.length == 0) return;
        _declareDefault(_pick(which), _person(who));
    }

    function cancel(uint256 which, uint256 who) public {
        if (lives.length == 0) return;
        uint256 index = _pick(which);
        Life storage l = lives[index];
        address caller = who % 4 == 0 ? _person(who) : l.requester;
        bool allowed = caller == l.requester && l.prover == address(0)
            && statusAt(index, block.timestamp) == Status.Open;
        vm.prank(caller);
        try market.cancel(l.id) {
            _note("cancel", allowed, true);
            _ghostRefund(l, Status.Cancelled);
        } catch {
            _note("cancel", allowed, false);
        }
    }

    function close(uint256 which, uint256 who) public {
        if (lives.length == 0) return;
        _close(_pick(which), _person(who));
    }

    // --- Money in and out ------------------------------------------------------------------------------------

    function deposit(uint256 who, uint256 amount) public {
        address person = _person(who);
        amount = bound(amount, 1, FUNDS);
        IMintable(address(token)).mint(person, amount);
        uint256 before = token.balanceOf(address(vault));
        vm.prank(person);
        token.approve(address(vault), amount);
        // One call at a time: a hostile token pranks in between.
        vm.prank(person);
        vault.deposit(person, amount);
        // What arrived, seen from outside.
        expectedFree[person] += token.balanceOf(address(vault)) - before;
        ++done["deposit"];
    }

    function withdraw(uint256 who, uint256 amount) public {
        address person = accounts[who % accounts.length];
        if (person == vault.sink()) return;
        amount = bound(amount, 0, expectedFree[person] + expectedFree[person] / 8 + 1);
        bool allowed = amount <= expectedFree[person];
        vm.prank(person);
        try vault.withdraw(person, amount) {
            _note("withdraw", allowed, true);
            expectedFree[person] -= amount;
        } catch {
            _note("withdraw", allowed, false);
        }
    }

    /// @dev Somebody sends tokens without depositing them.
    function donate(uint256 amount) public {
        amount = bound(amount, 1, 1e6);
        IMintable(address(token)).mint(address(vault), amount);
        ++done["donate"];
    }

    function setPrices(uint256 fee, uint256 provingPrice) public {
        vm.startPrank(provider);
        models.setPrices(openModel, uint128(bound(fee, 0, 1e6)), 0);
        models.setPrices(soleModel, uint128(bound(fee, 0, 1e6)), uint128(bound(provingPrice, 1, 20e6)));
        vm.stopPrank();
    }

    // --- Time ------------------------------------------------------------------------------------------------

    /// @dev To just before, on or just after a deadline ahead; or a little further.
    function wait(uint256 which, uint256 where, uint256 step) public {
        uint256 target = block.timestamp + step % 60;
        if (lives.length != 0 && where % 4 != 0) {
            Life storage l = lives[_pick(which)];
            uint256 deadline = l.prover == address(0) || where % 4 == 3
                ? l.expiresAt
                : where % 4 == 1 ? l.biddingDeadline : l.biddingDeadline + l.provingWindow;
            target = deadline - 1 + step % 3;
        }
        if (target > block.timestamp) vm.warp(target);
    }

    // --- Internals -------------------------------------------------------------------------------------------

    function _bid(uint256 index, address prover, uint32 round, uint128 price) internal returns (bool) {
        Life storage l = lives[index];
        bool allowed = _bidAllowed(l, index, prover, round, price);
        bool late = statusAt(index, block.timestamp) == Status.Assigned;
        vm.prank(prover);
        try market.bid(l.id, round, price) {
            _note(price <= l.instantPrice ? "bidInstant" : "bid", allowed, true);
            if (l.prover != address(0)) ++done["outbid"];
            if (l.round > 1) ++done["bidInLaterRound"];
            _ghostBid(l, prover, price);
            return true;
        } catch {
            _note(late ? "bidAfterAssignment" : "bid", allowed, false);
            return false;
        }
    }

    function _declareDefault(uint256 index, address caller) internal {
        Life storage l = lives[index];
        bool allowed = statusAt(index, block.timestamp) == Status.Overdue;
        vm.prank(caller);
        try market.declareDefault(l.id) {
            _note("declareDefault", allowed, true);
            _ghostDefault(l, caller);
        } catch {
            _note("declareDefault", allowed, false);
        }
    }

    function _close(uint256 index, address caller) internal {
        Life storage l = lives[index];
        bool allowed = l.ended == Status.None && block.timestamp >= l.expiresAt;
        bool overdue = statusAt(index, block.timestamp) == Status.Overdue;
        vm.prank(caller);
        try market.close(l.id) {
            _note(overdue ? "closeOverdue" : "close", allowed, true);
            if (overdue) _ghostDefault(l, caller);
            else _ghostRefund(l, Status.Expired);
        } catch {
            _note("close", allowed, false);
        }
    }

    function _fulfill(uint256 index, address relayer, IProofMarket.Delivery memory delivery) internal {
        Life storage l = lives[index];
        bool allowed = statusAt(index, block.timestamp) == Status.Assigned;
        vm.prank(relayer);
        try market.fulfill(l.id, l.round, delivery) {
            _note("fulfill", allowed, true);
            if (l.round > 1) ++done["fulfillInLaterRound"];
            _ghostFulfill(l);
            _delivered(index, delivery);
        } catch {
            _note("fulfill", allowed, false);
        }
    }

    /// @dev Lets the cheating half remember what it can replay.
    function _delivered(uint256 index, IProofMarket.Delivery memory delivery) internal virtual;

    function _note(string memory name, bool allowed, bool happened) internal {
        assertEq(happened, allowed, name);
        if (happened) ++done[name];
        else ++refused[name];
    }

    function _person(uint256 seed) internal view returns (address) {
        return accounts[seed % PEOPLE];
    }

    /// @dev Mostly one of the newest, so that sequences meet.
    function _pick(uint256 seed) internal view returns (uint256) {
        uint256 recent = lives.length < 4 ? lives.length : 4;
        return seed % 8 == 0 ? (seed / 8) % lives.length : lives.length - 1 - (seed / 8) % recent;
    }

    function _terms(uint256 price, uint256 times, bool sole)
        internal
        view
        returns (IProofMarket.Terms memory t)
    {
        t.modelId = sole ? soleModel : openModel;
        t.kind = Kind.Inference;
        t.inputDigest = bytes32(uint256(0x1111));
        t.verifierId = verifierId;
        t.maxPrice =
            sole ? models.modelOf(soleModel).registration.provingPrice : uint128(bound(price, 1, 20e6));
        t.instantPrice = sole ? t.maxPrice : uint128(uint256(keccak256(abi.encode(price))) % (t.maxPrice + 1));
        t.maxFee = 1e6;
        t.biddingWindow = uint64(10 + times % 50);
        t.provingWindow = uint64(60 + times % 90);
        t.expiresAt = uint64(block.timestamp) + t.biddingWindow + t.provingWindow + uint64(times % 600);
    }

    function _trueDelivery(uint256 index, uint32 round, address payee)
        internal
        view
        returns (IProofMarket.Delivery memory)
    {
        return _deliveryFor(address(market), block.chainid, lives[index].id, round, payee);
    }

    function _deliveryFor(address market_, uint256 chainId, bytes32 id, uint32 round, address payee)
        internal
        view
        returns (IProofMarket.Delivery memory delivery)
    {
        delivery.outputDigest = bytes32(uint256(0x2222));
        delivery.result = [uint64(7), 0, 0];
        delivery.seal = _sealFor(market_, chainId, id, id, round, payee);
    }

    /// @dev A true seal for the request's model and input, in the context of request `contextId`.
    function _sealFor(
        address market_,
        uint256 chainId,
        bytes32 id,
        bytes32 contextId,
        uint32 round,
        address payee
    ) internal view returns (bytes memory) {
        IProofMarket.Request memory r = market.requestOf(id);
        Statement memory s = Statement({
            header: r.header,
            circuit: r.circuit,
            model: r.commitment,
            input: r.inputDigest,
            output: bytes32(uint256(0x2222)),
            result: [uint64(7), 0, 0],
            context: Context.compute(chainId, market_, Kind.Inference, contextId, round, payee)
        });
        return abi.encode(groth16.markerOf(harness.toInputs(s)));
    }
}
