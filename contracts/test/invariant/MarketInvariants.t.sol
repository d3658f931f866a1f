// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {CheatingHandler} from "./CheatingHandler.sol";
import {TokenKind} from "./MoneyActions.sol";
import {MoodyToken, ShrinkingToken} from "./MoodyTokens.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Test, console} from "forge-std/Test.sol";

/// @notice What always holds, whoever does whatever in whichever order. See the README of this folder.
abstract contract MarketInvariants is Test {
    CheatingHandler internal handler;

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
        for (uint256 i = 0; i < 3000; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (bool ok, bytes memory answer) =
                address(handler).call(abi.encodePacked(selectors[seed % selectors.length], seed));
            if (!ok) _fail(i, selectors[seed % selectors.length], answer);
            handler.check();
        }
        afterInvariant();
    }

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
        selectors = new bytes4[](39);
        for (uint256 i = 0; i < 36; ++i) {
            selectors[i] = list[i];
        }
        selectors[36] = handler.cheatEnded.selector;
        selectors[37] = handler.cheatRights.selector;
        selectors[38] = handler.cheatSignature.selector;
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
}

contract ShrinkingTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20, TokenKind) {
        return (new ShrinkingToken(), TokenKind.Shrinking);
    }
}
