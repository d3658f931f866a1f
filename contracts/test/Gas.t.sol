// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Delivery, Request, Terms} from "../src/interfaces/MarketTypes.sol";
import {StackTest} from "./utils/StackTest.sol";

/// @notice Gas of whole transactions, intrinsic cost and cold storage included, kept in snapshots/ProofMarket.json.
/// The proof is the marker's: what the real one adds is in snapshots/Groth16Verifier.json.
/// forge-config: default.isolate = true
contract GasTest is StackTest {
    function test_Gas_Request() public {
        Terms memory terms = _terms();
        vm.prank(requester);
        market.request(terms, 1, _input());
        _snapshot("request", 180_000);
    }

    function test_Gas_Bids() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        _snapshot("bid, the first", 100_000);
        _bid(bob, id, 1, uint128(7 * DOLLAR));
        _snapshot("bid, a better one", 100_000);
        _bid(carol, id, 1, uint128(6 * DOLLAR));
        _snapshot("bid, the instant price", 100_000);
    }

    function test_Gas_BidInTheThirdRound() public {
        bytes32 id = _assigned(alice);
        vm.warp(_viewOf(id).provingDeadline + GRACE);
        _declareDefault(anyone, id);
        _bid(bob, id, 2, uint128(6 * DOLLAR));
        vm.warp(_viewOf(id).provingDeadline + GRACE);
        _declareDefault(anyone, id);
        _bid(carol, id, 3, uint128(6 * DOLLAR));
        _snapshot("bid, in the third round", 100_000);
    }

    function test_Gas_Fulfill() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(8 * DOLLAR));
        vm.warp(_viewOf(id).biddingDeadline);
        Delivery memory delivery = _delivery(id, 1, alice);
        Request memory made = _madeOf(id);
        vm.prank(alice);
        market.fulfill(id, made, 1, delivery);
        vm.snapshotGasLastCall("ProofMarket", "fulfill, without the pairing");
    }

    function test_Gas_Endings() public {
        bytes32 id = _assigned(alice);
        vm.warp(_viewOf(id).provingDeadline + GRACE);
        _declareDefault(anyone, id);
        vm.snapshotGasLastCall("ProofMarket", "declareDefault");
        _cancel(requester, id);
        vm.snapshotGasLastCall("ProofMarket", "cancel");
        id = _request(_terms(), 2);
        vm.warp(_madeOf(id).terms.expiresAt);
        _close(anyone, id);
        vm.snapshotGasLastCall("ProofMarket", "close");
    }

    function test_Gas_Vault() public {
        token.mint(alice, DOLLAR);
        vm.prank(alice);
        token.approve(address(vault), DOLLAR);
        vm.prank(alice);
        vault.deposit(alice, DOLLAR);
        vm.snapshotGasLastCall("Vault", "deposit");
        vm.prank(alice);
        vault.withdraw(alice, DOLLAR);
        vm.snapshotGasLastCall("Vault", "withdraw");
    }

    /// @dev What a transaction may cost is a promise; what it costs is recorded beside it.
    function _snapshot(string memory name, uint256 limit) private {
        assertLe(vm.snapshotGasLastCall("ProofMarket", name), limit, name);
    }
}
