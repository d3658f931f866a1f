// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../../src/interfaces/IVault.sol";
import {World} from "./World.sol";

/// @notice The vault's ledger, kept a second time from what its interface says. Nothing here asks the vault.
abstract contract GhostLedger is World {
    enum Phase {
        Unused,
        Open,
        Closed
    }

    struct GhostLock {
        address account;
        Phase phase;
        uint256 amount;
    }

    /// @param used what counts against the allowance
    /// @param taken what counts against the day's limit, in units of 1/WHOLE_DAY
    /// @param exactTaken the same without rounding up, in units of 1/1e27
    /// @param most the largest allowance ever given
    /// @param held what the module's open locks hold of the account
    /// @param gone what the module has paid away of the account
    struct Given {
        uint256 allowance;
        uint256 used;
        uint256 taken;
        uint256 exactTaken;
        uint256 day;
        uint256 most;
        uint256 held;
        uint256 gone;
    }

    struct Right {
        bool active;
        uint256 dailyLimit;
    }

    uint256 internal constant UNLIMITED = type(uint96).max;
    uint256 internal constant WHOLE_DAY = type(uint32).max;

    mapping(address account => uint256) public expectedFree;
    mapping(address account => uint256) public expectedLocked;
    uint256 public expectedTotal;
    mapping(address account => mapping(address module => Given)) internal given;
    mapping(address module => Right) internal rights;
    mapping(address module => mapping(bytes32 key => GhostLock)) internal locks;
    mapping(address account => uint256) internal nonces;

    // --- Predictions -----------------------------------------------------------------------------------------

    /// @dev Why a module cannot lock; zero when it can. `back` is what the same call frees for the account first.
    function _whyNotLock(address module, address account, uint256 amount, uint256 back)
        internal
        view
        returns (bytes4)
    {
        Right memory right = rights[module];
        if (!right.active) return IVault.NotModule.selector;
        Given storage g = given[account][module];
        if (g.allowance != UNLIMITED) {
            uint256 used = g.used > back ? g.used - back : 0;
            if (used + amount > g.allowance) return IVault.AllowanceExceeded.selector;
        }
        uint256 taken = g.day == block.timestamp / 1 days ? g.taken : 0;
        if (taken + _share(amount, right.dailyLimit) > WHOLE_DAY) return IVault.DailyLimitExceeded.selector;
        if (expectedFree[account] + back < amount) return IVault.InsufficientFree.selector;
        return 0;
    }

    // --- What happened ---------------------------------------------------------------------------------------

    function _ghostCredit(address account, uint256 amount) internal {
        expectedFree[account] += amount;
        expectedTotal += amount;
    }

    function _ghostDebit(address account, uint256 amount) internal {
        expectedFree[account] -= amount;
        expectedTotal -= amount;
    }

    function _ghostConsent(address account, address module, uint256 allowance) internal {
        Given storage g = given[account][module];
        g.allowance = allowance;
        if (allowance > g.most) g.most = allowance;
    }

    function _ghostLock(address module, bytes32 key, address account, uint256 amount) internal {
        GhostLock storage l = locks[module][key];
        assertTrue(l.phase == Phase.Unused, "a key is used once");
        (l.account, l.phase, l.amount) = (account, Phase.Open, amount);
        _take(module, account, amount);
    }

    /// @dev A lock goes over to another account, or to the same one anew.
    function _ghostRelock(address module, bytes32 key, address account) internal {
        GhostLock storage l = locks[module][key];
        assertTrue(l.phase == Phase.Open, "relocks what is open");
        _giveBack(module, l.account, l.amount);
        l.account = account;
        _take(module, account, l.amount);
    }

    /// @dev Pays part of a lock. What an account gets of its own lock it had never given.
    function _ghostPay(address module, bytes32 key, address to, uint256 amount) internal {
        GhostLock storage l = locks[module][key];
        assertTrue(l.phase == Phase.Open, "pays out of what is open");
        address from = l.account;
        l.amount -= amount;
        if (to == from) return _giveBack(module, from, amount);
        expectedLocked[from] -= amount;
        expectedFree[to] += amount;
        given[from][module].held -= amount;
        given[from][module].gone += amount;
    }

    /// @dev A lock is closed for good, and nothing is left in it.
    function _ghostClose(address module, bytes32 key) internal {
        GhostLock storage l = locks[module][key];
        assertTrue(l.phase == Phase.Open, "a lock closes once");
        assertEq(l.amount, 0, "a lock closes empty");
        (l.phase, l.account) = (Phase.Closed, address(0));
    }

    function _ghostRelease(address module, bytes32 key) internal {
        GhostLock storage l = locks[module][key];
        _ghostPay(module, key, l.account, l.amount);
        _ghostClose(module, key);
    }

    function _take(address module, address account, uint256 amount) private {
        expectedFree[account] -= amount;
        expectedLocked[account] += amount;
        Given storage g = given[account][module];
        uint256 limit = rights[module].dailyLimit;
        uint256 today = block.timestamp / 1 days;
        if (g.day != today) (g.day, g.taken, g.exactTaken) = (today, 0, 0);
        g.taken += _share(amount, limit);
        g.exactTaken += amount * 1e27 / limit;
        assertLe(g.exactTaken, 1e27, "daily limit");
        g.held += amount;
        if (g.allowance == UNLIMITED) return;
        g.used += amount;
        assertLe(g.used, g.allowance, "allowance");
    }

    function _giveBack(address module, address account, uint256 amount) private {
        expectedLocked[account] -= amount;
        expectedFree[account] += amount;
        Given storage g = given[account][module];
        g.held -= amount;
        // What was taken while nothing was counted can come back while something is.
        g.used = g.used > amount ? g.used - amount : 0;
    }

    /// @dev A share of the daily limit, rounded up.
    function _share(uint256 amount, uint256 limit) private pure returns (uint256) {
        return limit == 0 ? WHOLE_DAY + 1 : (amount * WHOLE_DAY + limit - 1) / limit;
    }
}
