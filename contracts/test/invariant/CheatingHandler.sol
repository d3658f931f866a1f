// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CallbackForwarder} from "../../src/CallbackForwarder.sol";
import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierAdapter} from "../../src/interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Delivery, Request} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {TokenKind} from "./MoneyActions.sol";
import {Mood, MoodyToken} from "./MoodyTokens.sol";
import {OwnerActions} from "./OwnerActions.sol";
import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

/// @notice The same people, cheating: every call here must be refused whatever the state.
contract CheatingHandler is OwnerActions {
    uint256 public constant CHEATS = 16;
    uint256 public constant DISGUISES = 8;

    mapping(uint256 how => uint256) public cheatsWhileBound;
    mapping(uint256 how => uint256) public disguises;

    // The last fulfillment, to replay.
    uint256 private _lastIndex;
    uint32 private _lastRound;
    Delivery private _lastDelivery;
    bool private _inHook;

    constructor(ERC20 token_, TokenKind kind) {
        _startClock();
        _build(token_);
        tokenKind = kind;
        _startOwner();
        for (uint256 i = 0; i + 1 < accounts.length; ++i) {
            _deposit(accounts[i], accounts[i], FUNDS);
            // Some are careful from the first day on.
            uint96 allowance = i % 3 == 0 ? 2000e6 : type(uint96).max;
            vm.prank(accounts[i]);
            vault.consent(address(market), allowance);
            _ghostConsent(accounts[i], address(market), allowance);
        }
    }

    /// @notice A proof that is true, but not for this payee, request, round, contract or chain; or for another
    /// result or output, or with other bytes than the prover's, or of another length, or with too little gas. Tried
    /// while the request is bound: nothing but this is wrong.
    function cheatFulfill(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        (bool found, uint256 index) = _bound(d);
        if (!found) return;
        uint256 how = _roll(d, CHEATS + 4);
        // Few requests can be starved.
        if (how >= CHEATS) how = 14;
        address cheat = _person(d);
        (Delivery memory delivery, bytes4 expected) = _bent(index, how, cheat);
        if (expected == 0) return;
        _look(index, By.Time);
        Request memory r = made[index];
        uint32 round = lives[index].round;
        if (how == 12) round += 1;
        if (how == 13) round -= 1;
        bytes memory data = abi.encodeCall(IProofMarket.fulfill, (lives[index].id, r, round, delivery));
        bytes4 got = how == 14 ? _starved(cheat, data) : _mustFail(cheat, address(market), data);
        assertEq(got, expected, "refused for another reason");
        ++cheatsWhileBound[how];
        touched = index;
        _look(index, By.Refusal);
    }

    /// @notice Brings along another request than the one that was made.
    function cheatDisguise(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        uint256 how = _roll(d, DISGUISES);
        address cheat = _person(d);
        Request memory r = made[index];
        if (how == 0) r.snapshot.provider = cheat;
        else if (how == 1) r.snapshot.fee += 1;
        else if (how == 2) r.snapshot.collateral -= 1;
        else if (how == 3) r.snapshot.verifier = cheat;
        else if (how == 4) r.requester = address(uint160(r.requester) ^ 1);
        else if (how == 5) r.terms.expiresAt = 1;
        else if (how == 6) r.terms.verifierId = ~r.terms.verifierId;
        else r.snapshot.soleProver = address(uint160(r.snapshot.soleProver) ^ 1);
        bytes32 id = lives[index].id;
        _unknown(cheat, abi.encodeCall(IProofMarket.close, (id, r)));
        _unknown(r.requester, abi.encodeCall(IProofMarket.cancel, (id, r)));
        _unknown(cheat, abi.encodeCall(IProofMarket.bid, (id, r, lives[index].round, 0)));
        _unknown(cheat, abi.encodeCall(IProofMarket.declareDefault, (id, r)));
        Delivery memory delivery = _trueDelivery(index);
        _unknown(cheat, abi.encodeCall(IProofMarket.fulfill, (id, r, lives[index].round, delivery)));
        ++disguises[how];
    }

    /// @notice Fulfills a fulfilled request again, with the very same proof, and ends it in every other way; and takes
    /// the proof to another request.
    function cheatReplay(uint256 seed) external {
        if (!_step() || _lastRound == 0) return;
        Dice memory d = _dice(seed);
        _endAgain(_lastIndex, _person(d), _lastDelivery);
        uint256 other = _pick(d);
        if (other == _lastIndex) return;
        bytes memory data = abi.encodeCall(
            IProofMarket.fulfill, (lives[other].id, made[other], lives[other].round, _lastDelivery)
        );
        _mustFail(_person(d), address(market), data);
        ++done["cheatReplay"];
    }

    /// @notice Ends an ended request once more.
    function cheatEnded(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _roll(d, lives.length);
        // The rarer endings are looked for.
        Status wanted = Status(uint8(Status.Fulfilled) + _roll(d, 4));
        for (uint256 i = 0; i < 16 && lives[index].ended != wanted; ++i) {
            index = _roll(d, lives.length);
        }
        if (lives[index].ended == Status.None) return;
        _endAgain(index, _one(d, 2) ? made[index].requester : _person(d), _trueDelivery(index));
        ++done[keccak256(abi.encode("cheatEnded", lives[index].ended))];
    }

    /// @notice Goes to the vault without being a module, or to another module's locks; to the forwarder; and does the
    /// owner's work.
    function cheatRights(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        bytes32 id = lives[_pick(d)].id;
        address cheat = _one(d, 2) ? address(rogue) : _person(d);
        IVault.Payment[] memory payments = new IVault.Payment[](1);
        payments[0] = IVault.Payment(cheat, 1);
        bytes4 notOpen = IVault.LockNotOpen.selector;
        _refused(cheat, address(vault), abi.encodeCall(IVault.release, (id)), notOpen);
        _refused(cheat, address(vault), abi.encodeCall(IVault.settle, (id, payments)), notOpen);
        _refused(cheat, address(vault), abi.encodeCall(IVault.settlePart, (id, payments)), notOpen);
        _refused(cheat, address(vault), abi.encodeCall(IVault.relock, (id, cheat)), notOpen);
        cheat = _person(d);
        bytes memory lock = abi.encodeCall(IVault.lock, (id, accounts[0], 1));
        _refused(cheat, address(vault), lock, IVault.NotModule.selector);
        bytes4 notOwner = Ownable.OwnableUnauthorizedAccount.selector;
        _refused(cheat, address(vault), abi.encodeCall(IVault.proposeModule, (address(this), 1)), notOwner);
        _refused(cheat, address(vault), abi.encodeCall(IVault.retireModule, (address(market))), notOwner);
        bytes memory data = abi.encodeCall(ITimelocked.withdrawProposal, (address(market)));
        _refused(cheat, address(vault), data, notOwner);
        data = abi.encodeCall(IVerifierRegistry.tombstone, (verifierIds[0]));
        _refused(cheat, address(verifiers), data, notOwner);
        uint64[3] memory words;
        data = abi.encodeCall(CallbackForwarder.forward, (address(vault), 50_000, id, OUTPUT, words));
        _refused(cheat, market.forwarder(), data, CallbackForwarder.NotMarket.selector);
        ++done["cheatRights"];
    }

    /// @notice Signs for somebody else.
    function cheatSignature(uint256 seed) external {
        if (!_step()) return;
        Dice memory d = _dice(seed);
        uint256 index = _pick(d);
        address cheat = _person(d);
        address victim = _second(cheat);
        uint64 validUntil = uint64(block.timestamp) + 1 days;
        bytes memory signature = _signature(cheat, keccak256(abi.encode(seed)));
        bytes4 invalid = IMarketErrors.InvalidSignature.selector;
        Request memory r = made[index];
        bytes memory data = abi.encodeCall(
            IProofMarket.bidBySig, (victim, lives[index].id, r, lives[index].round, 0, validUntil, signature)
        );
        _refused(cheat, address(market), data, invalid);
        data = abi.encodeCall(
            IProofMarket.requestBySig, (victim, r.terms, ++nonce, _inline(r.terms), validUntil, signature)
        );
        _refused(cheat, address(market), data, invalid);
        IVault.Authorization memory a =
            IVault.Authorization(victim, 0, address(rogue), type(uint96).max, nonces[victim], validUntil);
        IVault.Permit memory none;
        data = abi.encodeCall(IVault.authorize, (a, none, signature));
        _refused(cheat, address(vault), data, IVault.InvalidSignature.selector);
        ++done["cheatSignature"];
    }

    // --- Called back -----------------------------------------------------------------------------------------

    /// @notice What a token with hooks runs in the middle of a transfer: everything of the vault that moves tokens is
    /// closed, and the market goes on as if nothing happened.
    function hook() external {
        if (_inHook) return;
        _inHook = true;
        address cheat = accounts[0];
        bytes4 closed = ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector;
        IVault.Permit memory none;
        _refused(cheat, address(vault), abi.encodeCall(IVault.withdraw, (cheat, 1)), closed);
        _refused(cheat, address(vault), abi.encodeCall(IVault.deposit, (cheat, 1)), closed);
        bytes memory data = abi.encodeCall(IVault.depositWithPermit, (1, none, address(0), 0));
        _refused(cheat, address(vault), data, closed);
        IVault.Authorization memory a;
        data = abi.encodeCall(IVault.authorize, (a, none, ""));
        _refused(cheat, address(vault), data, closed);
        if (_lastRound != 0) _mustFail(cheat, address(market), _replay(_lastIndex, _lastDelivery));
        if (lives.length != 0) {
            uint256 index = lives.length - 1;
            _bid(index, accounts[index % PEOPLE], lives[index].round, _highestBid(index));
        }
        ++done["hook"];
        _inHook = false;
    }

    /// @notice What a consumer does in its callback: it ends its request in every way, while it is being fulfilled.
    function reenter(bytes32 requestId) external {
        uint256 index = indexOf[requestId];
        if (msg.sender != made[index].requester) return;
        bytes4 wrong = IMarketErrors.WrongStatus.selector;
        Request memory r = made[index];
        uint32 round = lives[index].round;
        _refused(msg.sender, address(market), abi.encodeCall(IProofMarket.cancel, (requestId, r)), wrong);
        _refused(msg.sender, address(market), abi.encodeCall(IProofMarket.close, (requestId, r)), wrong);
        _refused(
            msg.sender, address(market), abi.encodeCall(IProofMarket.bid, (requestId, r, round, 0)), wrong
        );
        ++done["reenter"];
    }

    // --- Internals -------------------------------------------------------------------------------------------

    /// @dev A request whose prover may fulfill: a picked one, waited for if need be, or a new one.
    function _bound(Dice memory d) private returns (bool, uint256) {
        if (_isPaused()) return (false, 0);
        uint256 index = _pick(d);
        if (lives[index].prover != address(0) && _now(index) == Status.Open) {
            _warpTo(lives[index].biddingDeadline, 1);
        }
        if (_whyNotFulfill(index, lives[index].round) == 0) return (true, index);
        index = lives.length;
        _request(d);
        if (lives.length == index) return (false, 0);
        address sole = made[index].snapshot.soleProver;
        return (_bid(index, sole == address(0) ? _person(d) : sole, 1, 0), index);
    }

    function _bent(uint256 index, uint256 how, address cheat)
        private
        view
        returns (Delivery memory d, bytes4 expected)
    {
        Aim memory aim = _aim(index);
        expected = IGroth16Verifier.ProofInvalid.selector;
        if (how == 0) {
            aim.payee = cheat == aim.payee ? _second(cheat) : cheat;
        } else if (how == 1) {
            aim.id = lives.length == 1 ? keccak256("other") : lives[(index + 1) % lives.length].id;
        } else if (how == 2) {
            aim.round += 1;
        } else if (how == 3) {
            aim.market = address(vault);
        } else if (how == 4) {
            aim.chainId += 1;
        }
        d = _deliveryFor(index, aim);
        if (how == 5) d.result[index % 3] ^= 1;
        else if (how == 6) d.outputDigest ^= bytes32(uint256(1));
        else if (how > 6) expected = _bendRest(index, how, d);
    }

    /// @dev Another length, other bytes under the same hash, under their own, no hash at all, bytes of a private output,
    /// another round, too little gas, a word that is no field element. Zero when it does not apply.
    function _bendRest(uint256 index, uint256 how, Delivery memory d) private view returns (bytes4) {
        bool isPrivate = made[index].terms.outputPrivate;
        if (how == 7) {
            d.seal = bytes.concat(d.seal, hex"00");
            return IVerifierAdapter.SealLength.selector;
        }
        if (how == 8) {
            if (isPrivate) return 0;
            d.output = "others";
            return IMarketErrors.WrongHash.selector;
        }
        if (how == 9) {
            if (!isPrivate) d.output = "others";
            d.outputHash = sha256("others");
        }
        if (how == 10) (d.output, d.outputHash) = ("", 0);
        if (how == 11) {
            if (!isPrivate) return 0;
            d.output = "a blob";
            return IMarketErrors.InvalidInline.selector;
        }
        if (how == 12 || how == 13) return IMarketErrors.WrongRound.selector;
        if (how == 14) {
            bool starvable = made[index].terms.callbackGas == 300_000;
            return starvable ? IMarketErrors.TooLittleGas.selector : bytes4(0);
        }
        if (how == 15) {
            d.result[2] = type(uint64).max;
            return IVerifierAdapter.NonCanonicalWord.selector;
        }
        return IGroth16Verifier.ProofInvalid.selector;
    }

    /// @dev Enough for everything but the callback: less than what must be left for it alone, 350,239.
    function _starved(address who, bytes memory data) private returns (bytes4) {
        ++cheatsTried;
        vm.prank(who);
        (bool ok, bytes memory answer) = address(market).call{gas: 345_000}(data);
        if (ok) ++cheatsSucceeded;
        return bytes4(answer);
    }

    function _endAgain(uint256 index, address cheat, Delivery memory d) private {
        bytes32 id = lives[index].id;
        Request memory r = made[index];
        _look(index, By.Time);
        _mustFail(cheat, address(market), _replay(index, d));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.declareDefault, (id, r)));
        _mustFail(cheat, address(market), abi.encodeCall(IProofMarket.bid, (id, r, lives[index].round, 0)));
        bytes4 wrong = IMarketErrors.WrongStatus.selector;
        _refused(cheat, address(market), abi.encodeCall(IProofMarket.close, (id, r)), wrong);
        _refused(r.requester, address(market), abi.encodeCall(IProofMarket.cancel, (id, r)), wrong);
        touched = index;
        _look(index, By.Refusal);
    }

    function _replay(uint256 index, Delivery memory d) private view returns (bytes memory) {
        return abi.encodeCall(IProofMarket.fulfill, (lives[index].id, made[index], lives[index].round, d));
    }

    function _unknown(address who, bytes memory data) private {
        _refused(who, address(market), data, IMarketErrors.UnknownRequest.selector);
    }

    function _refused(address who, address target, bytes memory data, bytes4 expected) private {
        bytes4 got = _mustFail(who, target, data);
        if (got != expected) assertEq(bytes32(got), bytes32(expected), "refused for another reason");
    }

    function _mustFail(address who, address target, bytes memory data) private returns (bytes4) {
        ++cheatsTried;
        vm.prank(who);
        (bool ok, bytes memory answer) = target.call(data);
        if (ok) ++cheatsSucceeded;
        return bytes4(answer);
    }

    function _delivered(uint256 index, Delivery memory d) internal override {
        (_lastIndex, _lastRound, _lastDelivery) = (index, lives[index].round, d);
    }

    // --- The end ---------------------------------------------------------------------------------------------

    /// @notice Nothing is stuck: anyone ends everything, everybody leaves with everything.
    function finish() external {
        // With a token that charges the sender nobody can leave; the vault refuses to let others pay.
        if (_moodIs(Mood.SenderPays)) MoodyToken(address(token)).setMood(Mood.Plain, address(this));
        _warp(block.timestamp + 30 days);
        for (uint256 i = 0; i < lives.length; ++i) {
            if (lives[i].ended == Status.None) _close(i, closer);
        }
        _releaseAll();
        uint256 held = token.balanceOf(address(vault));
        uint256 all = expectedTotal;
        for (uint256 i = 0; i + 1 < accounts.length; ++i) {
            _leave(accounts[i], held, all);
        }
        assertEq(vault.total(), vault.freeOf(sink), "only what was burned is left");
        assertEq(vault.lockedOf(sink), 0, "the sink locks nothing");
    }

    /// @dev To an address that no token refuses; of a short ledger everybody gets the same share.
    function _leave(address account, uint256 held, uint256 all) private {
        assertEq(vault.lockedOf(account), 0, "nothing locked");
        uint256 free = expectedFree[account];
        address home = address(uint160(uint256(keccak256(abi.encode("home", account)))));
        bool plain = !_moodIs(Mood.Fee);
        _withdraw(account, home, free);
        assertEq(expectedFree[account], 0, "withdrawn");
        if (!plain) return;
        uint256 got = token.balanceOf(home);
        if (held >= all) assertEq(got, free, "everybody gets all");
        // Rounding down leaves a rest to whoever comes later, so nobody gets less than its share.
        else assertGe(got, free * held / all, "everybody gets its share");
    }
}
