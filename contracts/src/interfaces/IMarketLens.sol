// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Request, Result, Terms} from "./MarketTypes.sol";
import {Statement, Status} from "./Types.sol";

/// @title The proof market as people and programs look at it
/// @notice Reads what the market keeps and computes what follows from it by the market's own rules. It has no state.
interface IMarketLens {
    /// @notice A request at this moment, for interfaces.
    /// @param status effective status
    /// @param round current round; zero when the request is unknown
    /// @param openedAt start of the round's first bidding window
    /// @param prover best bidder while open, assigned prover after; zero when the request is over
    /// @param price its bid
    /// @param biddingDeadline end of bidding; zero while there is no bid
    /// @param provingDeadline end of proving if the best bid stands; zero while there is no bid
    /// @param extensions how often this round's bidding was extended
    /// @param highestBid the highest price that a bid may name now; zero when none is possible
    /// @param bounty what whoever fulfills gets on top of its price
    /// @param paused whether the market is paused
    /// @param clock the market's time, in which all deadlines are counted
    struct RequestView {
        Status status;
        uint32 round;
        uint64 openedAt;
        address prover;
        uint128 price;
        uint64 biddingDeadline;
        uint64 provingDeadline;
        uint32 extensions;
        uint128 highestBid;
        uint128 bounty;
        bool paused;
        uint64 clock;
        Result result;
    }

    /// @notice The effective status now: a function of stored state, market time and tombstones.
    function statusOf(bytes32 requestId, Request calldata request) external view returns (Status);

    /// @notice Everything about a request as of now. Reverts for a request that was never made.
    function viewOf(bytes32 requestId, Request calldata request) external view returns (RequestView memory);

    /// @notice keccak256(abi.encode(chain id, market, requester, nonce, keccak256(abi.encode(terms)))).
    function requestIdOf(address requester, uint64 nonce, Terms calldata terms)
        external
        view
        returns (bytes32);

    /// @notice The statement that {IProofMarket-fulfill} verifies for this payee and round.
    function statementOf(
        bytes32 requestId,
        Request calldata request,
        uint32 round,
        address payee,
        bytes32 outputDigest,
        uint64[3] calldata result,
        bytes32 outputHash,
        bool outputInline
    ) external view returns (Statement memory);

    /// @notice The market that this looks at.
    function market() external view returns (address);
}
