// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofMarket} from "../src/interfaces/IProofMarket.sol";
import {StackTest} from "./utils/StackTest.sol";

/// @notice Gas of whole transactions, intrinsic cost and cold storage included, kept in snapshots/ProofMarket.json.
/// The proof is the marker's: what the real one adds is in snapshots/Groth16Verifier.json.
/// forge-config: default.isolate = true
contract GasTest is StackTest {
    function test_Gas_Request() public {
        vm.prank(requester);
        market.request(_terms(), 1);
        vm.snapshotGasLastCall("ProofMarket", "request");
    }

    function test_Gas_Bids() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(9 * DOLLAR));
        vm.snapshotGasLastCall("ProofMarket", "bid, the first");
        _bid(bob, id, 1, uint128(8 * DOLLAR));
        vm.snapshotGasLastCall("ProofMarket", "bid, a better one");
        _bid(carol, id, 1, uint128(6 * DOLLAR));
        vm.snapshotGasLastCall("ProofMarket", "bid, the instant price");
    }

    function test_Gas_Fulfill() public {
        bytes32 id = _request();
        _bid(alice, id, 1, uint128(9 * DOLLAR));
        vm.warp(market.requestOf(id).biddingDeadline);
        IProofMarket.Delivery memory delivery = _delivery(id, 1, alice);
        vm.prank(alice);
        market.fulfill(id, 1, delivery);
        vm.snapshotGasLastCall("ProofMarket", "fulfill, without the pairing");
    }

    function test_Gas_Endings() public {
        bytes32 id = _assigned(alice);
        vm.warp(market.requestOf(id).provingDeadline);
        vm.prank(anyone);
        market.declareDefault(id);
        vm.snapshotGasLastCall("ProofMarket", "declareDefault");
        vm.prank(requester);
        market.cancel(id);
        vm.snapshotGasLastCall("ProofMarket", "cancel");
        id = _request(_terms(), 2);
        vm.warp(market.requestOf(id).expiresAt);
        vm.prank(anyone);
        market.close(id);
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
}
