// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {RequestId} from "../../src/lib/RequestId.sol";
import {FeeToken, HookToken} from "../utils/HostileTokens.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {StackTest} from "../utils/StackTest.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {CheatingHandler} from "./CheatingHandler.sol";
import {Ghost} from "./Ghost.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice What always holds, whoever does whatever in whichever order.
abstract contract MarketInvariants is StackTest {
    CheatingHandler internal handler;
    ERC20 internal money;

    function setUp() public override {
        vm.warp(1_700_000_000);
        money = _newToken();
        vault = new Vault(money, owner, 0);
        models = new ModelRegistry();
        verifiers = new VerifierRegistry(owner, 0);
        groth16 = new MarkerVerifier(KEY_DIGEST);
        adapter = new Groth16Adapter(groth16);
        market = new ProofMarket(vault, models, verifiers, _parameters());
        harness = new StatementHarness();
        vm.startPrank(owner);
        verifiers.proposeVerifier(address(adapter));
        vault.proposeModule(address(market), type(uint128).max);
        vm.stopPrank();
        verifiers.addVerifier(address(adapter));
        vault.activateModule(address(market), type(uint128).max);
        bytes32 openModel = _register(provider, _registration());
        // The third person of the handler is the sole prover.
        bytes32 soleModel = _register(provider, _soleRegistration(address(uint160(0xA55A0002)), 5e6));
        handler = new CheatingHandler(
            CheatingHandler.Setup(
                market, vault, models, money, groth16, harness, provider, openModel, soleModel
            )
        );
        for (uint256 i = 0; i < 6; ++i) {
            handler.deposit(i, FUNDS);
        }
        _arm();
        _target();
    }

    /// @dev One function, because each one is a campaign of its own.
    function invariant_MarketHolds() public view {
        _ledgerIsTheSumOfItsAccounts();
        _accountsHaveWhatTheExitsSay();
        // The newest after every step, all of them at the end of every run.
        uint256 count = handler.livesCount();
        _locksLiveAsLongAsRequests(count < 8 ? 0 : count - 8);
        assertEq(handler.cheatsSucceeded(), 0, "cheats");
    }

    function _ledgerIsTheSumOfItsAccounts() internal view {
        uint256 sum;
        uint256 count = handler.accountsCount();
        for (uint256 i = 0; i < count; ++i) {
            address account = handler.accounts(i);
            sum += vault.freeOf(account) + vault.lockedOf(account);
        }
        assertEq(sum, vault.total(), "ledger");
        assertLe(vault.total(), money.balanceOf(address(vault)), "tokens");
        if (handler.done("donate") == 0) {
            assertEq(vault.total(), money.balanceOf(address(vault)), "equality");
        }
    }

    function _accountsHaveWhatTheExitsSay() internal view {
        uint256 count = handler.accountsCount();
        for (uint256 i = 0; i < count; ++i) {
            address account = handler.accounts(i);
            assertEq(vault.freeOf(account), handler.expectedFree(account), "free");
            assertEq(vault.lockedOf(account), handler.expectedLocked(account), "locked");
        }
    }

    function _locksLiveAsLongAsRequests(uint256 from) internal view {
        uint256 count = handler.livesCount();
        for (uint256 i = from; i < count; ++i) {
            Ghost.Life memory l = handler.life(i);
            assertEq(uint8(market.status(l.id)), uint8(handler.statusAt(i, block.timestamp)), "status");
            (, uint256 escrow, bool open) = vault.lockOf(address(market), RequestId.escrowKey(l.id));
            assertEq(open, l.ended == Status.None, "escrow open");
            assertEq(escrow, open ? l.maxPrice + l.fee : 0, "escrow");
            assertEq(market.requestOf(l.id).settled, !open, "settled");
            _onlyTheStandingBidIsLocked(l);
        }
        (,, uint256 locked) = vault.moduleOf(address(market));
        assertEq(locked, handler.expectedOpenLocks(), "open locks");
    }

    function _onlyTheStandingBidIsLocked(Ghost.Life memory l) private view {
        for (uint32 bid = 1; bid <= l.bids; ++bid) {
            (address account, uint256 collateral, bool open) =
                vault.lockOf(address(market), RequestId.collateralKey(l.id, bid));
            bool stands = bid == l.bids && l.prover != address(0) && l.ended == Status.None;
            assertEq(open, stands, "collateral open");
            assertEq(collateral, stands ? l.collateral : 0, "collateral");
            assertEq(account, stands ? l.prover : address(0), "bidder");
        }
    }

    /// @dev Nothing is stuck: anyone ends everything, everybody leaves with everything.
    function afterInvariant() public {
        assertGt(handler.done("request"), 0, "requests");
        assertGt(handler.done("fulfill"), 0, "fulfillments");
        assertGt(handler.cheatsTried(), 0, "cheats");
        _assertArmed();
        _locksLiveAsLongAsRequests(0);
        vm.warp(block.timestamp + 3650 days);
        uint256 count = handler.livesCount();
        for (uint256 i = 0; i < count; ++i) {
            if (handler.life(i).ended == Status.None) market.close(handler.life(i).id);
        }
        count = handler.accountsCount();
        for (uint256 i = 0; i < count; ++i) {
            address account = handler.accounts(i);
            assertEq(vault.lockedOf(account), 0, "nothing locked");
            uint256 free = vault.freeOf(account);
            if (account == vault.sink() || free == 0) continue;
            vm.prank(account);
            vault.withdraw(account, free);
        }
        uint256 callers = vault.freeOf(address(this));
        assertEq(vault.total(), vault.freeOf(vault.sink()) + callers, "only burned and callers' rewards left");
        assertLe(vault.total(), money.balanceOf(address(vault)), "tokens");
    }

    /// @dev A long seeded life, which has to reach every path that there is.
    function test_Handler_ReachesEveryPath() public {
        uint256 seed = uint256(keccak256("every path"));
        for (uint256 i = 0; i < 1000; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            _step(seed % 16, seed >> 8);
        }
        string[14] memory names = [
            "request",
            "bid",
            "bidInstant",
            "outbid",
            "bidInLaterRound",
            "fulfill",
            "fulfillInLaterRound",
            "declareDefault",
            "cancel",
            "close",
            "closeOverdue",
            "deposit",
            "withdraw",
            "donate"
        ];
        for (uint256 i = 0; i < 14; ++i) {
            assertGt(handler.done(names[i]), 0, names[i]);
        }
        string[6] memory refusals =
            ["bid", "bidAfterAssignment", "fulfill", "declareDefault", "cancel", "close"];
        for (uint256 i = 0; i < 6; ++i) {
            assertGt(handler.refused(refusals[i]), 0, refusals[i]);
        }
        for (uint256 how = 0; how < handler.CHEATS(); ++how) {
            assertGt(handler.cheatsWhileAssigned(how), 0, "cheats while assigned");
        }
        assertEq(handler.cheatsSucceeded(), 0);
        invariant_MarketHolds();
        afterInvariant();
    }

    function _step(uint256 op, uint256 seed) private {
        uint256 a = seed & type(uint32).max;
        uint256 b = (seed >> 32) & type(uint32).max;
        uint256 c = (seed >> 64) & type(uint32).max;
        if (op < 2) handler.request(a, b, c, a & 256 != 0);
        else if (op < 5) handler.bid(a, b, c, a >> 8);
        else if (op == 5) handler.fulfill(a, b);
        else if (op == 6) handler.sell(a, b, c, a >> 8);
        else if (op == 7) c % 4 == 0 ? handler.lapse(a, b, b >> 8, a) : handler.declareDefault(a, b);
        else if (op == 8) handler.cancel(a, b);
        else if (op == 9) handler.close(a, b);
        else if (op == 10) handler.deposit(a, b);
        else if (op == 11) handler.withdraw(a, c);
        else if (op == 12) c % 4 == 0 ? handler.donate(a) : handler.setPrices(a, b);
        else if (op == 13) handler.wait(a, b, c);
        else if (op == 14) handler.cheatFulfill(a, b, c);
        else _cheat(a, b);
    }

    function _cheat(uint256 a, uint256 b) private {
        handler.cheatReplay(a);
        handler.cheatResolve(a, b);
        handler.cheatVault(a, b);
    }

    function _newToken() internal virtual returns (ERC20);

    /// @dev Lets a hostile token begin.
    function _arm() internal virtual {}

    /// @dev Says that the hostile token did what it can.
    function _assertArmed() internal view virtual {}

    function _target() private {
        bytes4[] memory selectors = new bytes4[](22);
        selectors[0] = handler.request.selector;
        selectors[1] = handler.request.selector;
        selectors[2] = handler.bid.selector;
        selectors[3] = handler.bid.selector;
        selectors[4] = handler.bid.selector;
        selectors[5] = handler.fulfill.selector;
        selectors[6] = handler.sell.selector;
        selectors[7] = handler.declareDefault.selector;
        selectors[8] = handler.cancel.selector;
        selectors[9] = handler.close.selector;
        selectors[10] = handler.deposit.selector;
        selectors[11] = handler.withdraw.selector;
        selectors[12] = handler.donate.selector;
        selectors[13] = handler.setPrices.selector;
        selectors[14] = handler.wait.selector;
        selectors[15] = handler.cheatFulfill.selector;
        selectors[16] = handler.cheatReplay.selector;
        selectors[17] = handler.cheatResolve.selector;
        selectors[18] = handler.cheatVault.selector;
        selectors[19] = handler.lapse.selector;
        selectors[20] = handler.sell.selector;
        selectors[21] = handler.sell.selector;
        targetSelector(FuzzSelector(address(handler), selectors));
        targetContract(address(handler));
    }
}

contract PlainTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20) {
        return new AssayToken();
    }
}

contract FeeTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20) {
        return new FeeToken();
    }
}

contract HookTokenInvariants is MarketInvariants {
    function _newToken() internal override returns (ERC20) {
        return new HookToken();
    }

    function _arm() internal override {
        HookToken(address(money)).setHook(address(handler), abi.encodeCall(CheatingHandler.hook, ()));
    }

    function _assertArmed() internal view override {
        assertGt(handler.done("hook"), 0, "hooks");
    }
}
