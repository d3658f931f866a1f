// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {ITimelocked} from "../../src/interfaces/ITimelocked.sol";
import {IVault} from "../../src/interfaces/IVault.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {CheatingHandler} from "./CheatingHandler.sol";
import {TokenKind} from "./MoneyActions.sol";
import {MoodyToken, ShrinkingToken} from "./MoodyTokens.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Test, console} from "forge-std/Test.sol";

/// @notice What always holds, whoever does whatever in whichever order. See the README of this folder.
abstract contract MarketInvariants is Test {
    CheatingHandler internal handler;
    uint256 private _missing;

    function setUp() public {
        vm.warp(1_700_000_000);
        (ERC20 token, TokenKind kind) = _newToken();
        handler = new CheatingHandler(token, kind);
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), _selectors()));
    }

    /// @dev One function, because each one is a campaign of its own.
    function invariant_MarketHolds() public view {
        handler.check();
    }

    function afterInvariant() public {
        handler.checkAll();
        handler.finish();
        handler.checkAll();
    }

    /// @dev A long seeded life, which has to reach every path and every refusal that there is.
    function test_Handler_ReachesEveryPath() public {
        bytes4[] memory selectors = _selectors();
        uint256 seed = uint256(keccak256("every path"));
        for (uint256 i = 0; i < 6000; ++i) {
            seed = uint256(keccak256(abi.encode(seed, i)));
            (bool ok, bytes memory answer) =
                address(handler).call(abi.encodePacked(selectors[seed % selectors.length], seed));
            if (!ok) _fail(i, selectors[seed % selectors.length], answer);
            handler.check();
        }
        _everythingWasDone();
        _everythingWasRefused();
        _everyCheatWasTried();
        _everythingHostileHappened();
        assertEq(_missing, 0, "paths that were never reached");
        afterInvariant();
    }

    function _everythingWasDone() private {
        bytes32[46] memory names = [
            bytes32("request"),
            "requestBySig",
            "bid",
            "bidBySig",
            "bidInstant",
            "bidZero",
            "bidOverOneself",
            "bidOnRaisedCeiling",
            "bidBySecondAddress",
            "bidInLaterRound",
            "outbid",
            "snipe",
            "fulfill",
            "fulfillLate",
            "fulfillInLaterRound",
            "declareDefault",
            "defaultByRequester",
            "defaultBySecondAddress",
            "roundOpened",
            "lastDefault",
            "cancel",
            "cancelWithBounty",
            "cancelWhilePaused",
            "close",
            "closeOverdue",
            "closeWhilePaused",
            "void",
            "voidWithBid",
            "deposit",
            "withdraw",
            "withdrawWhilePaused",
            "donate",
            "consent",
            "consentBelowUse",
            "authorize",
            "rogueLock",
            "rogueRelease",
            "rogueSettle",
            "rogueRelock",
            "tombstone",
            "proposeVerifier",
            "addVerifier",
            "proposeModule",
            "activateModule",
            "retireModule",
            "withdrawProposal"
        ];
        for (uint256 i = 0; i < names.length; ++i) {
            _reached(handler.done(names[i]), string(abi.encodePacked(names[i])));
        }
        bytes32[5] memory more = [bytes32("pause"), "unpause", "pauseEndedByItself", "setPrices", "deprecate"];
        for (uint256 i = 0; i < more.length; ++i) {
            _reached(handler.done(more[i]), string(abi.encodePacked(more[i])));
        }
        for (uint256 i = 0; i < 4; ++i) {
            _reached(handler.done(keccak256(abi.encode("callback", i))), "callback of every temper");
        }
        _reached(handler.done("reenter"), "re-entered from a callback");
    }

    function _everythingWasRefused() private {
        bytes4[9] memory bids = [
            IMarketErrors.MarketIsPaused.selector,
            IMarketErrors.WrongRound.selector,
            IMarketErrors.WrongStatus.selector,
            IMarketErrors.ProverNotAdmitted.selector,
            IMarketErrors.ProverDefaulted.selector,
            IMarketErrors.NoWindowFits.selector,
            IMarketErrors.BidTooHigh.selector,
            IVault.AllowanceExceeded.selector,
            IVault.NotModule.selector
        ];
        _allRefused("bid", abi.encode(bids), bids.length);
        bytes4[9] memory requests = [
            IMarketErrors.MarketIsPaused.selector,
            IMarketErrors.KindNotSupported.selector,
            IMarketErrors.ModelIsDeprecated.selector,
            IMarketErrors.FeeTooHigh.selector,
            IMarketErrors.PriceNotPosted.selector,
            IMarketErrors.InvalidExpiry.selector,
            IMarketErrors.RequestExists.selector,
            IVault.AllowanceExceeded.selector,
            IVault.NotModule.selector
        ];
        _allRefused("request", abi.encode(requests), requests.length);
        bytes4[3] memory some = [
            IMarketErrors.MarketIsPaused.selector,
            IMarketErrors.WrongStatus.selector,
            IMarketErrors.WrongRound.selector
        ];
        _allRefused("fulfill", abi.encode(some), 3);
        some[2] = IMarketErrors.GraceNotOver.selector;
        _allRefused("declareDefault", abi.encode(some), 3);
        some = [
            IMarketErrors.NotRequester.selector,
            IMarketErrors.WrongStatus.selector,
            IMarketErrors.BidStands.selector
        ];
        _allRefused("cancel", abi.encode(some), 3);
        some[0] = IMarketErrors.NotExpired.selector;
        _allRefused("close", abi.encode(some), 2);
        _refused("bidBySig", IMarketErrors.SignatureExpired.selector);
        _refused("bidBySig", IMarketErrors.BidTooHigh.selector);
        _refused("requestBySig", IMarketErrors.SignatureExpired.selector);
        _refused("authorize", Nonces.InvalidAccountNonce.selector);
        _refused("rogueLock", IVault.AllowanceExceeded.selector);
        _refused("rogueSettle", IVault.PaymentsMismatch.selector);
        _refused("withdraw", IVault.InsufficientFree.selector);
        _refused("withdraw", IVault.InvalidAddress.selector);
        _refused("pause", IMarketErrors.PausedTooRecently.selector);
        _refused("unpause", IMarketErrors.NotOwner.selector);
        _refused("activateModule", ITimelocked.TooEarly.selector);
    }

    function _allRefused(bytes32 name, bytes memory whys, uint256 count) private {
        for (uint256 i = 0; i < count; ++i) {
            bytes32 why;
            assembly {
                why := mload(add(whys, mul(0x20, add(i, 1))))
            }
            _refused(name, bytes4(why));
        }
    }

    function _refused(bytes32 name, bytes4 why) internal {
        string memory text = string(abi.encodePacked(name, vm.toString(bytes32(why))));
        _reached(handler.refused(name, why), text);
    }

    function _everyCheatWasTried() private {
        for (uint256 how = 0; how < handler.CHEATS(); ++how) {
            _reached(handler.cheatsWhileBound(how), string.concat("cheat ", vm.toString(how)));
        }
        for (uint256 how = 0; how < handler.DISGUISES(); ++how) {
            _reached(handler.disguises(how), "disguises");
        }
        _reached(handler.done("cheatReplay"), "replays");
        _reached(handler.done("cheatRights"), "rights");
        _reached(handler.done("cheatSignature"), "signatures");
        for (uint256 s = uint256(Status.Fulfilled); s <= uint256(Status.Voided); ++s) {
            _reached(handler.done(keccak256(abi.encode("cheatEnded", s))), "after every ending");
        }
    }

    /// @dev Names everything that is missing before the test fails.
    function _reached(uint256 count, string memory name) internal {
        if (count != 0) return;
        console.log("never reached:", name);
        ++_missing;
    }

    /// @dev What only this campaign's token does.
    function _everythingHostileHappened() internal virtual {}

    function _fail(uint256 i, bytes4 selector, bytes memory answer) private pure {
        console.log("step", i);
        console.logBytes4(selector);
        assembly {
            revert(add(answer, 0x20), mload(answer))
        }
    }

    function _newToken() internal virtual returns (ERC20, TokenKind);

    /// @dev As often as they stand here.
    function _selectors() internal view returns (bytes4[] memory selectors) {
        bytes4[36] memory list = [
            handler.request.selector,
            handler.request.selector,
            handler.requestAgain.selector,
            handler.bid.selector,
            handler.bid.selector,
            handler.bid.selector,
            handler.bid.selector,
            handler.replayBid.selector,
            handler.fulfill.selector,
            handler.fulfill.selector,
            handler.sell.selector,
            handler.sell.selector,
            handler.lapse.selector,
            handler.lapse.selector,
            handler.declareDefault.selector,
            handler.declareDefault.selector,
            handler.cancel.selector,
            handler.close.selector,
            handler.close.selector,
            handler.wait.selector,
            handler.wait.selector,
            handler.wait.selector,
            handler.deposit.selector,
            handler.withdraw.selector,
            handler.donate.selector,
            handler.consent.selector,
            handler.replayAuthorization.selector,
            handler.robbery.selector,
            handler.mood.selector,
            handler.tombstone.selector,
            handler.module.selector,
            handler.pausing.selector,
            handler.listing.selector,
            handler.cheatFulfill.selector,
            handler.cheatDisguise.selector,
            handler.cheatReplay.selector
        ];
        selectors = new bytes4[](44);
        for (uint256 i = 0; i < 36; ++i) {
            selectors[i] = list[i];
        }
        selectors[36] = handler.cheatEnded.selector;
        selectors[37] = handler.cheatRights.selector;
        selectors[38] = handler.cheatSignature.selector;
        selectors[39] = handler.module.selector;
        selectors[40] = handler.pausing.selector;
        selectors[41] = handler.cheatFulfill.selector;
        selectors[42] = handler.cheatFulfill.selector;
        selectors[43] = handler.robbery.selector;
    }
}

contract PlainTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20, TokenKind) {
        return (new AssayToken(), TokenKind.Plain);
    }
}

contract MoodyTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20, TokenKind) {
        return (new MoodyToken(), TokenKind.Moody);
    }

    function _everythingHostileHappened() internal override {
        _reached(handler.done("hook"), "hooks");
        _refused("withdraw", MoodyToken.Blacklisted.selector);
        _refused("deposit", MoodyToken.Blacklisted.selector);
        _refused("withdraw", IVault.TokenTookTooMuch.selector);
    }
}

contract ShrinkingTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20, TokenKind) {
        return (new ShrinkingToken(), TokenKind.Shrinking);
    }

    function _everythingHostileHappened() internal override {
        _reached(handler.done("shrink"), "shrinks");
        _reached(handler.done("withdrawShare"), "shares");
        _refused("deposit", IVault.Shortfall.selector);
    }
}
