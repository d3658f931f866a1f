// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Result, State} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {Transitions} from "./Transitions.sol";

/// @notice What always holds. After every step: balances of everybody, and everything about the request that was
/// touched and one that was not; at the end of a run everything about all of them.
abstract contract Checks is Transitions {
    uint256 public cheatsTried;
    uint256 public cheatsSucceeded;
    bool public wasShort;
    uint256 public donated;
    // How often a consumer that behaves should have been called.
    uint256 internal expectedCalls;

    // The request of the last step, and a number that walks through all the others.
    uint256 internal touched;
    uint256 internal steps;

    function check() external view {
        if (steps % 16 == 0) _ledgerIsTheSumOfItsAccounts();
        _tokensCoverTheLedger();
        _accountIsTheGhosts(accounts[steps % accounts.length]);
        if (lives.length != 0) {
            _partiesAreTheGhosts(touched);
            _locksAreTheGhosts(touched);
            if (steps % lives.length != touched) _requestIsTheGhosts(steps % lives.length);
        }
        _consentBoundsModules(accounts[steps % accounts.length]);
        _clockStandsStillWhilePaused();
        assertEq(cheatsSucceeded, 0, "no cheat succeeds");
    }

    function checkAll() external view {
        _ledgerIsTheSumOfItsAccounts();
        _tokensCoverTheLedger();
        for (uint256 i = 0; i < lives.length; ++i) {
            _requestIsTheGhosts(i);
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            _consentBoundsModules(accounts[i]);
        }
        _politeConsumersWereCalled();
    }

    /// @dev Invariants 1 and 2, for everybody.
    function _ledgerIsTheSumOfItsAccounts() internal view {
        uint256 sum;
        for (uint256 i = 0; i < accounts.length; ++i) {
            sum += _accountIsTheGhosts(accounts[i]);
        }
        assertEq(vault.total(), sum, "the ledger is the sum of its accounts");
    }

    /// @dev Invariant 1. A ledger that a token has robbed is short until somebody makes good for it.
    function _tokensCoverTheLedger() internal view {
        uint256 sum = vault.total();
        assertEq(sum, expectedTotal, "the ledger is what came in less what went out");
        if (wasShort) return;
        assertEq(token.balanceOf(address(vault)), sum + donated, "tokens are ledger and donations");
    }

    /// @dev Invariant 2.
    function _accountIsTheGhosts(address account) internal view returns (uint256) {
        (uint256 free, uint256 locked) = (vault.freeOf(account), vault.lockedOf(account));
        if (free != expectedFree[account]) assertEq(free, expectedFree[account], "free");
        if (locked != expectedLocked[account]) assertEq(locked, expectedLocked[account], "locked");
        return free + locked;
    }

    function _partiesAreTheGhosts(uint256 index) private view {
        _accountIsTheGhosts(made[index].requester);
        _accountIsTheGhosts(made[index].snapshot.provider);
        if (lives[index].prover != address(0)) _accountIsTheGhosts(lives[index].prover);
        _accountIsTheGhosts(sink);
    }

    /// @dev Invariants 3, 4 and 10.
    function _requestIsTheGhosts(uint256 index) internal view {
        Life storage l = lives[index];
        State memory s = market.stateOf(l.id);
        _matchesGhost(index, lens.statusOf(l.id, made[index]), s);
        bool over = s.stored != Status.Open && s.stored != Status.Assigned;
        assertEq(over, l.ended != Status.None, "ended");
        _locksAreTheGhosts(index);
        if (l.ended == Status.Fulfilled) _resultIsTheProofs(l);
    }

    /// @dev Invariant 3.
    function _locksAreTheGhosts(uint256 index) private view {
        Life storage l = lives[index];
        bool over = l.ended != Status.None;
        _lockIsTheGhosts(l.id);
        assertEq(locks[address(market)][l.id].phase == Phase.Open, !over, "escrow while it lives");
        for (uint256 round = 1; round <= l.round; ++round) {
            bytes32 key = _collateralKey(l.id, round);
            _lockIsTheGhosts(key);
            bool waits = locks[address(market)][key].phase == Phase.Open;
            bool should = !over && (round < l.round || l.prover != address(0));
            if (waits != should) {
                assertEq(waits, should, "collateral of the bid, bounties of earlier rounds");
            }
        }
    }

    function _lockIsTheGhosts(bytes32 key) private view {
        GhostLock storage l = locks[address(market)][key];
        (address account, uint256 amount, bool open) = vault.lockOf(address(market), key);
        bool same = open == (l.phase == Phase.Open) && account == l.account && amount == l.amount;
        assertTrue(same, "a lock is open, of an account and of an amount as long as it should be");
    }

    function _resultIsTheProofs(Life storage l) private view {
        Result memory result = market.resultOf(l.id);
        assertEq(result.fulfilledAt, l.fulfilledAt, "fulfilled at");
        assertEq(result.words[0], 7, "result");
    }

    /// @dev Invariant 8. The daily limit is checked where the ghost locks.
    function _consentBoundsModules(address account) internal view {
        _consentBounds(account, address(market));
        _consentBounds(account, address(rogue));
    }

    function _consentBounds(address account, address module) private view {
        Given storage g = given[account][module];
        (uint256 allowance, uint256 used,) = vault.consentOf(account, module);
        assertEq(allowance, g.allowance, "allowance");
        assertEq(used, g.used, "used");
        if (g.most == UNLIMITED) return;
        // Never without a limit, so every unit is counted: what a module holds and what it gave away.
        assertEq(used, g.held + g.gone, "every unit is counted");
        assertLe(g.held + g.gone, g.most, "no more than was ever allowed");
    }

    /// @dev Invariant 10.
    function _clockStandsStillWhilePaused() internal view {
        assertEq(market.clock(), ghostClock, "clock");
        assertEq(market.isPaused(), _isPaused(), "paused");
    }

    function _politeConsumersWereCalled() private view {
        assertEq(consumers[0].calls(), expectedCalls, "callbacks");
    }
}
