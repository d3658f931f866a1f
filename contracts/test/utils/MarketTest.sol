// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {Delivery, Request} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {StackTest} from "./StackTest.sol";

/// @notice What the tests of the market share: amounts that follow from the usual terms, and refusals.
abstract contract MarketTest is StackTest {
    uint128 internal constant LIMIT = 10e6;
    uint128 internal constant ESCROW = LIMIT + FEE;
    uint128 internal constant INSTANT = 6e6;
    /// @dev What a default of a request with the usual terms leaves for whoever fulfills, and burns.
    uint128 internal constant BOUNTY = 16e6;
    uint128 internal constant BURNED = COLLATERAL - BOUNTY - REWARD_CAP;
    /// @dev From the end of a bidding window until all is over, with five extensions and the grace.
    uint64 internal constant RESERVE = 5 * EXTENSION + PROVING + GRACE;
    uint256 internal constant REQUEST_WORDS = 26;

    function _wrongStatus(Status got) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.WrongStatus.selector, got);
    }

    function _paused() internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.MarketIsPaused.selector);
    }

    function _unknown(bytes32 id) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IMarketErrors.UnknownRequest.selector, id);
    }

    function _provingDeadline(bytes32 id) internal view returns (uint64) {
        return _viewOf(id).provingDeadline;
    }

    function _graceEnd(bytes32 id) internal view returns (uint64) {
        return _viewOf(id).provingDeadline + GRACE;
    }

    function _assertStatus(bytes32 id, Status expected) internal view {
        assertEq(uint8(_statusOf(id)), uint8(expected), "status");
    }

    /// @dev The round's prover is assigned at the instant price and lets grace pass; the default is declared.
    function _defaulted(bytes32 id, uint32 round, address prover) internal {
        _bid(prover, id, round, INSTANT);
        vm.warp(_graceEnd(id));
        _declareDefault(anyone, id);
    }

    function _refuseBid(address prover, bytes32 id, uint32 round, uint128 price, bytes memory error_)
        internal
    {
        Request memory made = _madeOf(id);
        vm.expectRevert(error_);
        vm.prank(prover);
        market.bid(id, made, round, price);
    }

    function _refuseFulfill(bytes32 id, uint32 round, Delivery memory delivery, bytes memory error_)
        internal
    {
        Request memory made = _madeOf(id);
        vm.expectRevert(error_);
        vm.prank(anyone);
        market.fulfill(id, made, round, delivery);
    }

    function _refuseDefault(bytes32 id, bytes memory error_) internal {
        Request memory made = _madeOf(id);
        vm.expectRevert(error_);
        vm.prank(anyone);
        market.declareDefault(id, made);
    }

    function _refuseCancel(address caller, bytes32 id, bytes memory error_) internal {
        Request memory made = _madeOf(id);
        vm.expectRevert(error_);
        vm.prank(caller);
        market.cancel(id, made);
    }

    function _refuseClose(bytes32 id, bytes memory error_) internal {
        Request memory made = _madeOf(id);
        vm.expectRevert(error_);
        vm.prank(anyone);
        market.close(id, made);
    }

    /// @dev Every call that could move a request, refused for its status.
    function _refuseAll(bytes32 id, uint32 round, Status status) internal {
        bytes memory error_ = _wrongStatus(status);
        _refuseBid(carol, id, round, 1, error_);
        _refuseFulfill(id, round, _delivery(id, round, alice), error_);
        _refuseDefault(id, error_);
        _refuseCancel(requester, id, error_);
        _refuseClose(id, error_);
    }

    /// @dev Bends one of the words of the request that `data` brings along as its second argument, and makes the call.
    /// The mask reaches bits too that the word's type does not have.
    function _refuseAltered(address caller, bytes32 id, bytes memory data, uint256 word, uint256 mask)
        internal
    {
        word = bound(word, 0, REQUEST_WORDS - 1);
        if (mask == 0) mask = 1;
        uint256 at = 0x20 + 4 + 0x20 + 0x20 * word;
        assembly ("memory-safe") {
            let place := add(data, at)
            mstore(place, xor(mload(place), mask))
        }
        vm.prank(caller);
        (bool accepted, bytes memory answer) = address(market).call(data);
        assertFalse(accepted, "altered");
        assertEq(answer, _unknown(id));
    }
}
