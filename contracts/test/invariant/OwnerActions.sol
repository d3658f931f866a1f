// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {IVerifierRegistry} from "../../src/interfaces/IVerifierRegistry.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {MoneyActions} from "./MoneyActions.sol";

/// @notice What owner and providers do while requests are in every state.
abstract contract OwnerActions is MoneyActions {
    struct Proposed {
        uint64 activeFrom;
        uint128 dailyLimit;
    }

    uint64 private constant ACTIVATION_WINDOW = 14 days;

    mapping(address subject => Proposed) private _proposals;

    function _startOwner() internal {
        for (uint256 i = 0; i < 4; ++i) {
            _propose(adapterOf[verifierIds[i]], 0);
        }
        _propose(address(market), DAILY_LIMIT);
        _propose(address(rogue), 100e6);
        _warp(block.timestamp + DELAY);
        for (uint256 i = 0; i < 4; ++i) {
            _addVerifier(i);
        }
        _activate(address(market));
        _activate(address(rogue));
    }

    /// @notice Breaks a verifier while requests pin it; there are more where it came from.
    function tombstone(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        // A long life must not run out of verifiers.
        if (!_one(d, 8) || _liveVerifiers() < 3) return _verifier(d);
        if (lives.length == 0 || _one(d, 8)) return _tombstone(verifierIds[_roll(d, VERIFIERS)]);
        uint256 index = _pick(d);
        // In turn a request with a bid and one without; others that pin the verifier are left to their fate.
        bool withBid = done["tombstone"] % 2 == 0;
        for (uint256 i = 0; i < 16 && withBid && !_bidStands(index); ++i) {
            index = _pick(d);
        }
        if (!withBid || !_bidStands(index)) {
            index = lives.length;
            _request(d);
            if (lives.length == index) return;
            if (withBid) _bid(index, _person(d), 1, _highestBid(index));
        }
        _tombstone(made[index].terms.verifierId);
        _close(index, _person(d));
    }

    function _bidStands(uint256 index) private view returns (bool) {
        return lives[index].prover != address(0) && lives[index].ended == Status.None;
    }

    function _tombstone(bytes32 id) private {
        bytes4 expected = tombstoned[id]
            ? IVerifierRegistry.VerifierIsTombstoned.selector
            : listed[id] ? bytes4(0) : IVerifierRegistry.UnknownVerifier.selector;
        bytes memory data = abi.encodeCall(IVerifierRegistry.tombstone, (id));
        if (!_call(owner, address(verifiers), data, expected, "tombstone")) return;
        tombstoned[id] = true;
        delete _proposals[adapterOf[id]];
    }

    /// @notice Retires the market or the other module, proposes it with another limit, activates it, takes the proposal
    /// back. A retired market comes back soon, or nothing would happen any more.
    function module(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        address subject = _one(d, 3) ? address(rogue) : address(market);
        if (!rights[address(market)].active) subject = address(market);
        bool isProposed = _proposals[subject].activeFrom != 0;
        if (!rights[subject].active || _one(d, 4)) {
            if (!isProposed || _one(d, 32)) return _propose(subject, _limit(d));
            if (_one(d, 32)) return _withdrawProposal(subject);
            if (!_one(d, 8)) _warp(_proposals[subject].activeFrom + _roll(d, 3) - 1);
            if (_one(d, 64)) _warp(_proposals[subject].activeFrom + ACTIVATION_WINDOW + _roll(d, 3) - 1);
            return _activate(subject);
        }
        if (!_one(d, 8)) return;
        _request(d);
        _retire(subject);
        if (lives.length == 0) return;
        // What was made before goes on without it, but for bids.
        uint256 index = _one(d, 4) ? _pick(d) : lives.length - 1;
        _bid(index, _person(d), lives[index].round, _highestBid(index));
    }

    /// @notice Stops the clock, and lets it go on.
    function pausing(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        if (pausedAt == 0) {
            if (_one(d, 4) && liftedAt != 0) _warp(liftedAt + PAUSE_COOLDOWN + _roll(d, 3) - 1);
            if (_one(d, 2)) _request(d);
            if (_one(d, 4) && lives.length != 0) _warpTo(made[_pick(d)].terms.expiresAt, _roll(d, 3));
            return _pause(_one(d, 8) ? _person(d) : owner);
        }
        if (lives.length != 0 && _one(d, 2)) {
            uint256 index = _pick(d);
            uint256 what = _roll(d, 4);
            if (what == 0) _cancel(index, made[index].requester);
            else if (what == 1) _close(index, _person(d));
            else if (what == 2) _declareDefault(index, _person(d));
            else _bid(index, _person(d), lives[index].round, _highestBid(index));
        }
        uint256 how = _roll(d, 4);
        if (how == 0) _warp(pausedAt + MAX_PAUSE + _roll(d, 3) - 1);
        else _warp(block.timestamp + _roll(d, 1 hours));
        _unpause(_one(d, 4) ? _person(d) : owner);
    }

    /// @notice Prices go up and down; a listing ends, and the provider makes another one.
    function listing(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        uint256 i = _roll(d, listings.length);
        if (_one(d, 16)) return _deprecate(i);
        if (_one(d, 8)) return _registerAgain(i);
        uint128 fee = uint128(_roll(d, 1e6));
        uint128 price = listings[i].soleProver == address(0) ? 0 : uint128(1 + _roll(d, 20e6));
        bytes memory data = abi.encodeCall(IModelRegistry.setPrices, (listings[i].id, fee, price));
        _call(listings[i].provider, address(models), data, 0, "setPrices");
        (listings[i].fee, listings[i].provingPrice) = (fee, price);
    }

    // --- Internals -------------------------------------------------------------------------------------------

    function _liveVerifiers() private view returns (uint256 count) {
        for (uint256 i = 0; i < VERIFIERS; ++i) {
            if (listed[verifierIds[i]] && !tombstoned[verifierIds[i]]) ++count;
        }
    }

    function _verifier(Dice memory d) private {
        uint256 i = _roll(d, VERIFIERS);
        for (uint256 tries = 0; tries < 4 && listed[verifierIds[i]]; ++tries) {
            i = _roll(d, VERIFIERS);
        }
        address adapter = adapterOf[verifierIds[i]];
        uint64 activeFrom = _proposals[adapter].activeFrom;
        if (activeFrom == 0) return _propose(adapter, 0);
        if (_one(d, 8)) return _withdrawProposal(adapter);
        if (_one(d, 4)) _warp(activeFrom + _roll(d, 3) - 1);
        _addVerifier(i);
    }

    function _limit(Dice memory d) private pure returns (uint128) {
        return [uint128(100e6), DAILY_LIMIT, DAILY_LIMIT, type(uint128).max][_roll(d, 4)];
    }

    /// @dev Adapters are told from modules by having no limit.
    function _propose(address subject, uint128 dailyLimit) private {
        uint64 earlier = _proposals[subject].activeFrom;
        bool stands = earlier != 0 && block.timestamp < earlier + ACTIVATION_WINDOW;
        bytes4 expected = stands ? ITimelocked.AlreadyProposed.selector : bytes4(0);
        bool ok = dailyLimit == 0
            ? _call(
                owner,
                address(verifiers),
                abi.encodeCall(IVerifierRegistry.proposeVerifier, (subject)),
                expected,
                "proposeVerifier"
            )
            : _call(
                owner,
                address(vault),
                abi.encodeCall(IVault.proposeModule, (subject, dailyLimit)),
                expected,
                "proposeModule"
            );
        if (ok) _proposals[subject] = Proposed(uint64(block.timestamp) + DELAY, dailyLimit);
    }

    function _whyNotActivate(address subject) private view returns (bytes4) {
        uint64 activeFrom = _proposals[subject].activeFrom;
        if (activeFrom == 0) return ITimelocked.NotProposed.selector;
        if (block.timestamp < activeFrom) return ITimelocked.TooEarly.selector;
        bool over = block.timestamp >= activeFrom + ACTIVATION_WINDOW;
        return over ? ITimelocked.ProposalExpired.selector : bytes4(0);
    }

    function _activate(address subject) private {
        uint128 dailyLimit = _proposals[subject].dailyLimit;
        bytes memory data = abi.encodeCall(IVault.activateModule, (subject, dailyLimit));
        if (!_call(accounts[0], address(vault), data, _whyNotActivate(subject), "activateModule")) return;
        rights[subject] = Right(true, dailyLimit);
        delete _proposals[subject];
    }

    function _addVerifier(uint256 i) private {
        address adapter = adapterOf[verifierIds[i]];
        bytes4 expected = _whyNotActivate(adapter);
        if (expected == 0 && listed[verifierIds[i]]) expected = IVerifierRegistry.VerifierExists.selector;
        bytes memory data = abi.encodeCall(IVerifierRegistry.addVerifier, (adapter));
        if (!_call(accounts[0], address(verifiers), data, expected, "addVerifier")) return;
        listed[verifierIds[i]] = true;
        delete _proposals[adapter];
    }

    function _withdrawProposal(address subject) private {
        address target =
            subject == address(market) || subject == address(rogue) ? address(vault) : address(verifiers);
        bytes4 expected = _proposals[subject].activeFrom == 0 ? ITimelocked.NotProposed.selector : bytes4(0);
        bytes memory data = abi.encodeCall(ITimelocked.withdrawProposal, (subject));
        if (_call(owner, target, data, expected, "withdrawProposal")) delete _proposals[subject];
    }

    function _retire(address subject) private {
        bytes4 expected = rights[subject].active ? bytes4(0) : IVault.NotModule.selector;
        bytes memory data = abi.encodeCall(IVault.retireModule, (subject));
        if (!_call(owner, address(vault), data, expected, "retireModule")) return;
        rights[subject].active = false;
        delete _proposals[subject];
    }

    function _pause(address caller) private {
        bytes4 expected;
        if (caller != owner) {
            expected = IMarketErrors.NotOwner.selector;
        } else if (liftedAt != 0 && block.timestamp < liftedAt + PAUSE_COOLDOWN) {
            expected = IMarketErrors.PausedTooRecently.selector;
        }
        bytes memory data = abi.encodeCall(IProofMarket.pause, ());
        if (_call(caller, address(market), data, expected, "pause")) pausedAt = uint64(block.timestamp);
    }

    function _unpause(address caller) private {
        bool mayAnyone = block.timestamp >= pausedAt + MAX_PAUSE;
        bytes4 expected = caller == owner || mayAnyone ? bytes4(0) : IMarketErrors.NotOwner.selector;
        bytes memory data = abi.encodeCall(IProofMarket.unpause, ());
        if (!_call(caller, address(market), data, expected, "unpause")) return;
        if (mayAnyone) ++done["pauseEndedByItself"];
        liftedAt = mayAnyone ? pausedAt + MAX_PAUSE : uint64(block.timestamp);
        pausedAt = 0;
        _call(owner, address(market), data, IMarketErrors.MarketIsNotPaused.selector, "unpause");
    }

    function _deprecate(uint256 i) private {
        bytes4 expected = listings[i].deprecated ? IModelRegistry.AlreadyDeprecated.selector : bytes4(0);
        bytes memory data = abi.encodeCall(IModelRegistry.deprecate, (listings[i].id));
        if (!_call(listings[i].provider, address(models), data, expected, "deprecate")) return;
        listings[i].deprecated = true;
        // Another model of the same kind takes its place.
        bytes32 commitment = bytes32(uint256(listings[i].commitment) + (listings.length << 16));
        _list(listings[i].provider, commitment, listings[i].soleProver);
    }

    /// @dev A model cannot come back with another policy: its id is taken for good.
    function _registerAgain(uint256 i) private {
        Listing memory l = listings[i];
        bool sole = l.soleProver != address(0);
        (l.soleProver, l.provingPrice) = sole ? (address(0), 0) : (accounts[0], uint128(1));
        bytes memory data = abi.encodeCall(IModelRegistry.register, (_registration(l)));
        bytes4 expected = IModelRegistry.ModelExists.selector;
        _call(l.provider, address(models), data, expected, "registerAgain");
    }
}
