// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Request, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Status} from "../../src/interfaces/Types.sol";
import {GhostMarket} from "./GhostMarket.sol";

/// @notice What each transition does to the ghost: the table of exits in the README of contracts, line by line.
abstract contract GhostExits is GhostMarket {
    function _ghostRequest(Request memory r) internal {
        uint256 index = lives.length;
        lives.push();
        Life storage l = lives[index];
        l.id = _idOf(r.requester, r.nonce, r.terms);
        (l.round, l.openedAt) = (1, ghostClock);
        made[index] = r;
        exists[l.id] = true;
        _ghostLock(address(market), l.id, r.requester, r.terms.maxPrice + r.snapshot.fee);
    }

    function _ghostBid(uint256 index, address prover, uint128 price) internal {
        Life storage l = lives[index];
        Terms storage t = made[index].terms;
        bytes32 key = _collateralKey(l.id, l.round);
        if (l.prover == address(0)) {
            l.biddingDeadline = _windowEnd(index);
            _ghostLock(address(market), key, prover, made[index].snapshot.collateral);
        } else {
            _ghostRelock(address(market), key, prover);
        }
        (l.prover, l.price) = (prover, price);
        if (price <= t.instantPrice) {
            l.biddingDeadline = ghostClock;
        } else if (ghostClock + EXTENSION >= l.biddingDeadline && l.extensions < EXTENSIONS) {
            l.biddingDeadline += EXTENSION;
            l.extensions += 1;
        }
    }

    /// @dev Prover: bid less late fee plus bounties. Provider: fee. Requester: the rest of the escrow.
    function _ghostFulfill(uint256 index) internal {
        Life storage l = lives[index];
        bool late = _now(index) == Status.Overdue;
        uint256 lateFee = late ? (l.price * LATE_FEE_BPS + 9999) / 10_000 : 0;
        uint256 fee = made[index].snapshot.fee;
        _ghostPay(address(market), l.id, l.prover, l.price - lateFee);
        _ghostPay(address(market), l.id, made[index].snapshot.provider, fee);
        _ghostPay(
            address(market), l.id, made[index].requester, made[index].terms.maxPrice - l.price + lateFee
        );
        _ghostClose(address(market), l.id);
        _ghostRelease(address(market), _collateralKey(l.id, l.round));
        _ghostBounties(index, l.prover);
        (l.ended, l.fulfilledAt) = (Status.Fulfilled, ghostClock);
    }

    function _ghostDefault(uint256 index, address caller) internal {
        Life storage l = lives[index];
        Terms storage t = made[index].terms;
        bool another = l.round < ROUNDS && made[index].snapshot.soleProver == address(0)
            && _roundEnd(ghostClock + t.biddingWindow, t.provingWindow) <= t.expiresAt;
        _ghostSlash(index, caller, another);
        if (!another) return _ghostRefund(index, Status.Expired);
        (l.round, l.extensions, l.openedAt) = (l.round + 1, 0, ghostClock);
        (l.prover, l.price, l.biddingDeadline) = (address(0), 0, 0);
    }

    function _ghostEnd(uint256 index, address caller) internal {
        Life storage l = lives[index];
        Status s = _now(index);
        if (s == Status.Overdue) _ghostSlash(index, caller, false);
        else if (l.prover != address(0)) _ghostRelease(address(market), _collateralKey(l.id, l.round));
        _ghostRefund(index, s == Status.Voided ? Status.Voided : Status.Expired);
    }

    /// @dev Escrow back to the requester; bounties that nobody earned are burned.
    function _ghostRefund(uint256 index, Status ended) internal {
        Life storage l = lives[index];
        _ghostRelease(address(market), l.id);
        _ghostBounties(index, sink);
        l.ended = ended;
    }

    /// @dev A tenth to whoever calls, capped, and nothing to the requester; four tenths wait if somebody may still prove;
    /// the rest is burned.
    function _ghostSlash(uint256 index, address caller, bool another) private {
        Life storage l = lives[index];
        uint256 collateral = made[index].snapshot.collateral;
        uint256 reward = collateral / 10 > REWARD_CAP ? REWARD_CAP : collateral / 10;
        if (caller == made[index].requester) reward = 0;
        uint256 bounty = another ? _bountyOf(index) : 0;
        bytes32 key = _collateralKey(l.id, l.round);
        uint256 burned = collateral - reward - bounty;
        _ghostPay(address(market), key, sink, burned);
        _ghostPay(address(market), key, caller, reward);
        if (!another) _ghostClose(address(market), key);
        defaulted[l.id][l.prover] = true;
        // What sizes the collateral: a defaulter loses this much, however many addresses it has.
        assertGe(burned * 2, collateral, "half of it is burned");
        assertGe(burned, BURNED_FLOOR, "the floor is burned");
    }

    function _ghostBounties(uint256 index, address to) private {
        Life storage l = lives[index];
        for (uint256 round = 1; round < l.round; ++round) {
            bytes32 key = _collateralKey(l.id, round);
            _ghostPay(address(market), key, to, _bountyOf(index));
            _ghostClose(address(market), key);
        }
    }

    function _bountyOf(uint256 index) internal view returns (uint256) {
        return made[index].snapshot.collateral * 4 / 10;
    }

    /// @dev Twice what a default is to burn: the floor, or a part of the limit.
    function _collateralOf(uint256 maxPrice) internal pure returns (uint128) {
        uint256 burned = (maxPrice * BURNED_BPS + 9999) / 10_000;
        return uint128(2 * (burned > BURNED_FLOOR ? burned : BURNED_FLOOR));
    }
}
