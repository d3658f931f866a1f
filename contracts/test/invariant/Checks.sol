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

    // The request of the last step, and a number that walks through all the others.
    uint256 internal touched;
    uint256 internal steps;

    function check() external view {
        _ledgerIsTheSumOfItsAccounts();
        if (lives.length != 0) {
            _requestIsTheGhosts(touched);
            if (steps % lives.length != touched) _requestIsTheGhosts(steps % lives.length);
        }
        _consentBoundsModules(accounts[steps % accounts.length]);
        _clockStandsStillWhilePaused();
        assertEq(cheatsSucceeded, 0, "no cheat succeeds");
    }

    function checkAll() external view {
        _ledgerIsTheSumOfItsAccounts();
        for (uint256 i = 0; i < lives.length; ++i) {
            _requestIsTheGhosts(i);
        }
        for (uint256 i = 0; i < accounts.length; ++i) {
            _consentBoundsModules(accounts[i]);
        }
        _politeConsumersWereCalled();
    }

    /// @dev Invariants 1 and 2.
    function _ledgerIsTheSumOfItsAccounts() internal view {
        uint256 sum;
        for (uint256 i = 0; i < accounts.length; ++i) {
            address account = accounts[i];
            (uint256 free, uint256 locked) = (vault.freeOf(account), vault.lockedOf(account));
            if (free != expectedFree[account]) assertEq(free, expectedFree[account], "free");
            if (locked != expectedLocked[account]) assertEq(locked, expectedLocked[account], "locked");
            sum += free + locked;
        }
        assertEq(vault.total(), sum, "the ledger is the sum of its accounts");
        assertEq(sum, expectedTotal, "the ledger is what came in less what went out");
        uint256 held = token.balanceOf(address(vault));
        if (wasShort) return;
        assertEq(held, sum + donated, "tokens are what is accounted for and what was donated");
    }

    /// @dev Invariants 3, 4 and 10.
    function _requestIsTheGhosts(uint256 index) internal view {
        Life storage l = lives[index];
        State memory s = market.stateOf(l.id);
        _matchesGhost(index, lens.statusOf(l.id, made[index]), s);
        bool over = s.stored != Status.Open && s.stored != Status.Assigned;
        assertEq(over, l.ended != Status.None, "ended");
        _lockIsTheGhosts(l.id);
        assertTrue(over || locks[address(market)][l.id].phase == Phase.Open, "escrow while it lives");
        for (uint256 round = 1; round <= l.round; ++round) {
            _lockIsTheGhosts(_collateralKey(l.id, round));
            bool waits = locks[address(market)][_collateralKey(l.id, round)].phase == Phase.Open;
            assertEq(waits, !over && (round < l.round || l.prover != address(0)), "collateral and bounties");
        }
        if (l.ended == Status.Fulfilled) _resultIsTheProofs(l);
    }

    function _lockIsTheGhosts(bytes32 key) private view {
        GhostLock storage l = locks[address(market)][key];
        (address account, uint256 amount, bool open) = vault.lockOf(address(market), key);
        assertEq(open, l.phase == Phase.Open, "lock open");
        assertEq(account, l.account, "lock account");
        assertEq(amount, l.amount, "lock amount");
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

    /// @dev How often a consumer that behaves should have been called.
    uint256 internal expectedCalls;
}
