// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ProofMarket} from "../../src/ProofMarket.sol";
import {Vault} from "../../src/Vault.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Status} from "../../src/interfaces/Types.sol";

/// @notice What the market should be doing, written down a second time from the tables of this folder's README:
/// statuses by time and, for every account, what it should have free and locked.
abstract contract Ghost {
    struct Life {
        bytes32 id;
        address requester;
        address provider;
        address soleProver;
        uint128 maxPrice;
        uint128 instantPrice;
        uint128 fee;
        uint128 collateral;
        uint64 biddingWindow;
        uint64 provingWindow;
        uint64 openedAt;
        uint64 expiresAt;
        uint32 round;
        // Over all rounds: each one locked collateral under a key of its own.
        uint32 bids;
        address prover;
        uint128 price;
        uint64 biddingDeadline;
        // None while it lives, else how it ended.
        Status ended;
    }

    ProofMarket internal market;
    Vault internal vault;

    Life[] internal lives;
    mapping(bytes32 id => mapping(address prover => bool)) internal defaulted;
    mapping(address account => uint256) public expectedFree;
    mapping(address account => uint256) public expectedLocked;
    uint256 public expectedOpenLocks;
    address[] public accounts;

    function livesCount() external view returns (uint256) {
        return lives.length;
    }

    function accountsCount() external view returns (uint256) {
        return accounts.length;
    }

    function life(uint256 index) external view returns (Life memory) {
        return lives[index];
    }

    function statusAt(uint256 index, uint256 t) public view returns (Status) {
        Life storage l = lives[index];
        if (l.ended != Status.None) return l.ended;
        if (l.prover == address(0)) return t >= l.expiresAt ? Status.Expired : Status.Open;
        if (t < l.biddingDeadline) return Status.Open;
        return t < l.biddingDeadline + l.provingWindow ? Status.Assigned : Status.Overdue;
    }

    function _lock(address account, uint256 amount) internal {
        expectedFree[account] -= amount;
        expectedLocked[account] += amount;
        expectedOpenLocks += amount;
    }

    function _unlock(address account, uint256 amount) internal {
        expectedLocked[account] -= amount;
        expectedFree[account] += amount;
        expectedOpenLocks -= amount;
    }

    /// @dev Whether and why a bid should be taken now.
    function _bidAllowed(Life storage l, uint256 index, address prover, uint32 round, uint128 price)
        internal
        view
        returns (bool)
    {
        if (round != l.round || statusAt(index, block.timestamp) != Status.Open) return false;
        if (l.soleProver != address(0) && prover != l.soleProver) return false;
        if (defaulted[l.id][prover]) return false;
        if (l.prover == address(0)) {
            if (price > l.maxPrice || _windowEnd(l) + l.provingWindow > l.expiresAt) return false;
        } else {
            uint128 step = l.price / 50 == 0 ? 1 : l.price / 50;
            if (price + step > l.price) return false;
        }
        uint256 available = expectedFree[prover] + (l.prover == prover ? l.collateral : 0);
        return available >= l.collateral;
    }

    function _ghostBid(Life storage l, address prover, uint128 price) internal {
        if (l.prover != address(0)) _unlock(l.prover, l.collateral);
        _lock(prover, l.collateral);
        if (price <= l.instantPrice) l.biddingDeadline = uint64(block.timestamp);
        else if (l.prover == address(0)) l.biddingDeadline = _windowEnd(l);
        (l.prover, l.price) = (prover, price);
        l.bids += 1;
    }

    function _ghostFulfill(Life storage l) internal {
        l.ended = Status.Fulfilled;
        _unlock(l.requester, l.maxPrice + l.fee);
        expectedFree[l.requester] -= uint256(l.price) + l.fee;
        expectedFree[l.prover] += l.price;
        expectedFree[l.provider] += l.fee;
        _unlock(l.prover, l.collateral);
    }

    function _ghostDefault(Life storage l, address caller) internal {
        defaulted[l.id][l.prover] = true;
        _unlock(l.prover, l.collateral);
        expectedFree[l.prover] -= l.collateral;
        uint256 reward = caller == l.requester ? 0 : l.collateral / 10;
        expectedFree[caller] += reward;
        expectedFree[vault.sink()] += l.collateral - reward;
        if (l.round < 3 && block.timestamp + l.biddingWindow + l.provingWindow <= l.expiresAt) {
            l.round += 1;
            l.openedAt = uint64(block.timestamp);
            (l.prover, l.price, l.biddingDeadline) = (address(0), 0, 0);
        } else {
            _ghostRefund(l, Status.Expired);
        }
    }

    function _ghostRefund(Life storage l, Status ended) internal {
        l.ended = ended;
        _unlock(l.requester, l.maxPrice + l.fee);
    }

    function _windowEnd(Life storage l) private view returns (uint64) {
        uint64 passed = (uint64(block.timestamp) - l.openedAt) / l.biddingWindow;
        return l.openedAt + (passed + 1) * l.biddingWindow;
    }

    function _remember(bytes32 id, IProofMarket.Terms memory terms, address requester, uint128 fee) internal {
        IProofMarket.Request memory r = market.requestOf(id);
        lives.push();
        Life storage l = lives[lives.length - 1];
        l.id = id;
        l.requester = requester;
        l.provider = r.provider;
        l.soleProver = r.soleProver;
        l.maxPrice = terms.maxPrice;
        l.instantPrice = terms.instantPrice;
        l.fee = fee;
        uint128 scaled = terms.maxPrice * 2;
        l.collateral = scaled < 1e6 ? 1e6 : scaled;
        l.biddingWindow = terms.biddingWindow;
        l.provingWindow = terms.provingWindow;
        l.openedAt = uint64(block.timestamp);
        l.expiresAt = terms.expiresAt;
        l.round = 1;
        _lock(requester, terms.maxPrice + fee);
    }
}
