// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../../src/interfaces/IVault.sol";
import {MarketActions} from "./MarketActions.sol";
import {Mood, MoodyToken, ShrinkingToken} from "./MoodyTokens.sol";
import {IMintable} from "./World.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @dev What a campaign's token is able to do.
enum TokenKind {
    Plain,
    Moody,
    Shrinking
}

/// @notice Tokens in and out, consents, and a module that takes what it can get.
abstract contract MoneyActions is MarketActions {
    bytes32 private constant AUTHORIZATION_TYPEHASH = keccak256(
        "Authorization(address account,uint256 amount,address module,uint96 allowance,uint256 nonce,uint64 validUntil)"
    );

    TokenKind public tokenKind;
    uint64 private _rogueKeys;
    IVault.Authorization private _lastAuthorization;
    bytes private _lastSignature;

    function deposit(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        address from = _account(d);
        _deposit(from, _one(d, 8) ? _account(d) : from, 1 + _roll(d, _one(d, 4) ? 150 : FUNDS));
    }

    function withdraw(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        address who = _account(d);
        uint256 free = expectedFree[who];
        uint256 how = _roll(d, 8);
        uint256 amount = how == 0 ? free : how == 1 ? free + 1 : _roll(d, free / 8 + 2);
        address to = _one(d, 4) ? _account(d) : who;
        if (_one(d, 16)) to = _one(d, 2) ? address(vault) : address(0);
        _withdraw(who, to, amount);
    }

    /// @notice Somebody sends tokens without depositing them.
    function donate(uint256 seed) external {
        _step();
        _mint(address(vault), 1 + seed % 1e6);
        donated += 1 + seed % 1e6;
        ++done["donate"];
    }

    /// @notice Raised, lowered to what is just used or below it, revoked, or without a limit.
    function consent(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        address who = _account(d);
        address module = _one(d, 4) ? address(rogue) : address(market);
        uint96 allowance = _allowance(d, who, module);
        if (_keyOf(who) != 0 && _one(d, 4)) return _authorize(d, who, module, allowance);
        _consentTo(who, module, allowance);
    }

    /// @notice The last authorization once more.
    function replayAuthorization(uint256 seed) external {
        if (!_step() || _lastAuthorization.account == address(0)) return;
        _carryAuthorization(accounts[seed % PEOPLE], _lastAuthorization, _lastSignature);
    }

    /// @notice A module takes from whoever consented to it, keeps, frees and gives to its friends.
    function robbery(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        uint256 number = _rogueKeys;
        if (_one(d, 2)) _rogueLock(d);
        else if (_rogueKeys != 0) number = _one(d, 2) ? _roll(d, _rogueKeys) : _rogueKeys - 1;
        bytes32 key = keccak256(abi.encode("rogue", number));
        // A closed lock, or one that was never opened, now and then.
        if (locks[address(rogue)][key].phase != Phase.Open && !_one(d, 4)) return;
        uint256 how = _roll(d, 4);
        if (how == 0) _rogueRelease(key);
        else if (how == 1) _rogueRelock(d, key);
        else _rogueSettle(d, key);
    }

    /// @notice The token changes what it does to transfers and whom it refuses, or loses some of what the vault holds.
    function mood(uint256 seed) external {
        _step();
        Dice memory d = _dice(seed);
        if (tokenKind == TokenKind.Moody) {
            MoodyToken moody = MoodyToken(address(token));
            if (_one(d, 2)) return moody.setMood(Mood(_roll(d, 4)), address(this));
            address who = _account(d);
            moody.setBlacklisted(who, !moody.isBlacklisted(who));
        } else if (tokenKind == TokenKind.Shrinking && _one(d, 4)) {
            uint256 held = token.balanceOf(address(vault));
            uint256 loss = _roll(d, _one(d, 8) ? held + 1 : held / 50 + 2);
            if (loss > held) return;
            ShrinkingToken(address(token)).shrink(address(vault), loss);
            (wasShort, donated) = (true, 0);
            ++done["shrink"];
        } else if (tokenKind == TokenKind.Shrinking && wasShort && _one(d, 2)) {
            // Somebody makes good for the loss, and deposits go on.
            uint256 held = token.balanceOf(address(vault));
            if (held < expectedTotal) _mint(address(vault), expectedTotal - held);
        }
    }

    // --- Internals -------------------------------------------------------------------------------------------

    function _revoke(address who) internal override {
        _consentTo(who, address(market), uint96(given[who][address(market)].used));
    }

    function _topUp(address who) internal override {
        if (expectedFree[who] < 100e6) _deposit(who, who, 200e6);
        Given storage g = given[who][address(market)];
        if (g.allowance >= g.used + 100e6) return;
        _consentTo(who, address(market), uint96(g.used + 200e6));
    }

    function _consentTo(address who, address module, uint96 allowance) private {
        _call(who, address(vault), abi.encodeCall(IVault.consent, (module, allowance)), 0, "consent");
        _ghostConsent(who, module, allowance);
        if (allowance < given[who][module].used) ++done["consentBelowUse"];
    }

    function _mint(address to, uint256 amount) internal {
        IMintable(address(token)).mint(to, amount);
    }

    /// @dev Anybody but the sink, which has no key.
    function _account(Dice memory d) internal view returns (address) {
        return accounts[_roll(d, accounts.length - 1)];
    }

    function _deposit(address from, address account, uint256 amount) internal {
        bytes4 expected = _whyNotDeposit(from);
        _mintFor(from, amount);
        uint256 before = token.balanceOf(address(vault));
        bytes memory data = abi.encodeCall(IVault.deposit, (account, amount));
        if (!_call(from, address(vault), data, expected, "deposit")) return;
        // What arrived, seen from outside.
        _ghostCredit(account, token.balanceOf(address(vault)) - before);
    }

    function _mintFor(address from, uint256 amount) private {
        _mint(from, amount);
        vm.prank(from);
        token.approve(address(vault), amount);
    }

    function _whyNotDeposit(address from) internal view returns (bytes4) {
        if (token.balanceOf(address(vault)) < expectedTotal) return IVault.Shortfall.selector;
        return _refuses(from) ? MoodyToken.Blacklisted.selector : bytes4(0);
    }

    function _withdraw(address who, address to, uint256 amount) internal {
        uint256 held = token.balanceOf(address(vault));
        // Of a ledger that is short everybody gets the same share.
        uint256 paid = held >= expectedTotal ? amount : Math.mulDiv(amount, held, expectedTotal);
        bytes4 expected = _whyNotWithdraw(who, to, amount, paid, held);
        // Before the call, in the middle of which other people act.
        if (expected == 0) _ghostDebit(who, amount);
        bytes memory data = abi.encodeCall(IVault.withdraw, (to, amount));
        if (!_call(who, address(vault), data, expected, "withdraw")) return;
        if (paid < amount) ++done["withdrawShare"];
        if (_isPaused()) ++done["withdrawWhilePaused"];
        if (_moodIs(Mood.Hook)) return;
        assertEq(token.balanceOf(address(vault)), held - paid, "what is paid out");
    }

    function _whyNotWithdraw(address who, address to, uint256 amount, uint256 paid, uint256 held)
        private
        view
        returns (bytes4)
    {
        if (to == address(0) || to == address(vault)) return IVault.InvalidAddress.selector;
        if (amount > expectedFree[who]) return IVault.InsufficientFree.selector;
        uint256 fee = _moodIs(Mood.SenderPays) ? paid / 100 : 0;
        if (held < paid + fee && !_refuses(to)) return IERC20Errors.ERC20InsufficientBalance.selector;
        if (_refuses(to)) return MoodyToken.Blacklisted.selector;
        return fee == 0 ? bytes4(0) : IVault.TokenTookTooMuch.selector;
    }

    function _refuses(address who) private view returns (bool) {
        return tokenKind == TokenKind.Moody && MoodyToken(address(token)).isBlacklisted(who);
    }

    function _moodIs(Mood m) internal view returns (bool) {
        return tokenKind == TokenKind.Moody && MoodyToken(address(token)).mood() == m;
    }

    function _allowance(Dice memory d, address who, address module) private view returns (uint96) {
        uint256 how = _roll(d, 8);
        uint256 used = given[who][module].used;
        if (module == address(rogue) && how < 4) return uint96(_roll(d, 20e6));
        if (how == 0) return 0;
        if (how == 1) return uint96(used == 0 ? 0 : used - 1);
        if (how == 2) return uint96(used);
        if (how == 3) return uint96(used + _roll(d, 50e6));
        return how == 4 ? type(uint96).max : uint96(used + 1000e6);
    }

    // --- Authorizations --------------------------------------------------------------------------------------

    function _authorize(Dice memory d, address who, address module, uint96 allowance) internal {
        uint256 amount = _one(d, 2) ? 0 : 1 + _roll(d, 50e6);
        IVault.Authorization memory a =
            IVault.Authorization(who, amount, module, allowance, nonces[who], _validUntil(d));
        bytes32 content = keccak256(abi.encode(AUTHORIZATION_TYPEHASH, a));
        bytes memory signature = _signature(who, _digest(address(vault), "Assay Vault", content));
        (_lastAuthorization, _lastSignature) = (a, signature);
        _carryAuthorization(_person(d), a, signature);
    }

    function _carryAuthorization(address relayer, IVault.Authorization memory a, bytes memory signature)
        private
    {
        bytes4 expected;
        if (block.timestamp >= a.validUntil) expected = IVault.SignatureExpired.selector;
        else if (a.nonce != nonces[a.account]) expected = Nonces.InvalidAccountNonce.selector;
        else if (a.amount != 0) expected = _whyNotDeposit(a.account);
        if (a.amount != 0) _mintFor(a.account, a.amount);
        uint256 before = token.balanceOf(address(vault));
        IVault.Permit memory none;
        bytes memory data = abi.encodeCall(IVault.authorize, (a, none, signature));
        // In the middle of the call, and after it.
        if (expected == 0) _ghostConsent(a.account, a.module, a.allowance);
        if (!_call(relayer, address(vault), data, expected, "authorize")) return;
        ++nonces[a.account];
        if (a.amount != 0) _ghostCredit(a.account, token.balanceOf(address(vault)) - before);
    }

    // --- The other module ------------------------------------------------------------------------------------

    function _rogueLock(Dice memory d) private {
        address victim = _account(d);
        if (_one(d, 2)) _consentTo(victim, address(rogue), uint96(_roll(d, 20e6)));
        bytes32 key = keccak256(abi.encode("rogue", _rogueKeys));
        Given storage g = given[victim][address(rogue)];
        uint256 left = g.allowance > g.used && g.allowance != UNLIMITED ? g.allowance - g.used : 1e6;
        uint256 amount = _one(d, 4) ? left + 1 : 1 + _roll(d, left);
        bytes4 expected = _whyNotLock(address(rogue), victim, amount, 0);
        bytes memory data = abi.encodeCall(IVault.lock, (key, victim, amount));
        if (!_call(address(rogue), address(vault), data, expected, "rogueLock")) return;
        ++_rogueKeys;
        _ghostLock(address(rogue), key, victim, amount);
    }

    /// @dev What a module holds is its own affair; here it lets go of it in the end.
    function _releaseAll() internal {
        for (uint256 i = 0; i < _rogueKeys; ++i) {
            bytes32 key = keccak256(abi.encode("rogue", i));
            if (locks[address(rogue)][key].phase == Phase.Open) _rogueRelease(key);
        }
    }

    function _rogueRelease(bytes32 key) private {
        bytes4 expected = _whyNotOpen(key);
        bytes memory data = abi.encodeCall(IVault.release, (key));
        if (!_call(address(rogue), address(vault), data, expected, "rogueRelease")) return;
        _ghostRelease(address(rogue), key);
    }

    /// @dev Part to a friend, the rest to the victim; or more than there is.
    function _rogueSettle(Dice memory d, bytes32 key) private {
        GhostLock storage l = locks[address(rogue)][key];
        (address friend, address victim) = (_account(d), l.account);
        uint256 loot = _roll(d, l.amount + 1);
        uint256 rest = l.amount - loot;
        bool greedy = _one(d, 4);
        IVault.Payment[] memory payments = new IVault.Payment[](2);
        payments[0] = IVault.Payment(friend, loot + (greedy ? 1 : 0));
        payments[1] = IVault.Payment(victim, rest);
        bytes4 expected = _whyNotOpen(key);
        // More than the account has locked at all is caught by the ledger itself, else by the comparison.
        if (expected == 0 && greedy) expected = IVault.PaymentsMismatch.selector;
        bytes memory data = abi.encodeCall(IVault.settle, (key, payments));
        if (!_call(address(rogue), address(vault), data, expected, "rogueSettle")) return;
        _ghostPay(address(rogue), key, friend, loot);
        _ghostPay(address(rogue), key, victim, rest);
        _ghostClose(address(rogue), key);
    }

    function _rogueRelock(Dice memory d, bytes32 key) private {
        GhostLock storage l = locks[address(rogue)][key];
        address victim = _account(d);
        uint256 wanted = given[victim][address(rogue)].used + l.amount;
        if (_one(d, 2)) _consentTo(victim, address(rogue), uint96(wanted));
        bytes4 expected = _whyNotOpen(key);
        if (expected == 0) {
            expected = _whyNotLock(address(rogue), victim, l.amount, l.account == victim ? l.amount : 0);
        }
        bytes memory data = abi.encodeCall(IVault.relock, (key, victim));
        if (!_call(address(rogue), address(vault), data, expected, "rogueRelock")) return;
        _ghostRelock(address(rogue), key, victim);
    }

    function _whyNotOpen(bytes32 key) private view returns (bytes4) {
        bool open = locks[address(rogue)][key].phase == Phase.Open;
        return open ? bytes4(0) : IVault.LockNotOpen.selector;
    }
}
