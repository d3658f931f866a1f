// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "./IMarketErrors.sol";
import {IMarketEvents} from "./IMarketEvents.sol";
import {Delivery, Request, Terms} from "./MarketTypes.sol";
import {Statement, Status} from "./Types.sol";

/// @title The proof market
/// @notice A requester escrows a price limit and the provider's fee; provers undercut each other; the best bidder
/// is assigned, proves, and is paid its own bid when the proof verifies. Money moves inside the vault's ledger.
///
/// All times are of the market's {clock}, which stands still while the market is paused, so a pause extends every
/// deadline. Windows are half-open: at `t = deadline` the window is over. Rounds count from 1. Bidding windows of a
/// round start one after the other at `openedAt`; each empty one raises the ceiling by a step, up to the limit; the
/// first bid fixes the end of its window as the bidding deadline, and late bids extend it.
///
/// The chain keeps a hash of each {Request} and the words that change. Whoever acts on a request brings it along, as
/// the event {IMarketEvents-Requested} told it.
///
/// What the vault's owner can do here: pause the market for at most `MAX_PAUSE`, and again only `PAUSE_COOLDOWN` later. Paused, it
/// takes no requests, bids, proofs or defaults; cancelling, refunds and the vault's withdrawals go on. What the owner
/// of the verifier registry can do: tombstone a verifier, which voids the requests that pin it, see {close}. Nobody can
/// move an escrow or a collateral in any other way than the rules here.
interface IProofMarket is IMarketErrors, IMarketEvents {
    /// @notice Makes a request and locks price limit plus fee from the caller's free balance.
    /// @param nonce tells equal requests of one requester apart
    /// @param inlineInput the input's bytes, when public and small
    function request(Terms calldata terms, uint64 nonce, bytes calldata inlineInput)
        external
        returns (bytes32 requestId);

    /// @notice As {request}, for a requester who signed it (EIP-712 or ERC-1271). Anyone may carry it.
    function requestBySig(
        address requester,
        Terms calldata terms,
        uint64 nonce,
        bytes calldata inlineInput,
        uint64 validUntil,
        bytes calldata signature
    ) external returns (bytes32 requestId);

    /// @notice Bids on the current round; locks the collateral and frees the one of the bid it beats. A bid says that
    /// the bidder holds all it needs to prove; it cannot be withdrawn.
    function bid(bytes32 requestId, Request calldata request_, uint32 round, uint128 price) external;

    /// @notice As {bid}, for a prover who signed it (EIP-712 or ERC-1271). Anyone may carry it.
    function bidBySig(
        address prover,
        bytes32 requestId,
        Request calldata request_,
        uint32 round,
        uint128 price,
        uint64 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Delivers a proof for the assigned prover, who alone is paid. Anyone may relay it. After the proving
    /// deadline the late fee is taken off the price, until somebody declares the default.
    function fulfill(bytes32 requestId, Request calldata request_, uint32 round, Delivery calldata delivery)
        external;

    /// @notice Slashes an overdue assignment whose grace is over, and opens the next round, or ends the request when
    /// none fits. Anyone.
    function declareDefault(bytes32 requestId, Request calldata request_) external;

    /// @notice Withdraws a request without a standing bid. Requester only.
    function cancel(bytes32 requestId, Request calldata request_) external;

    /// @notice Ends a request from `expiresAt` on, slashing an overdue assignment; or at any time when its verifier is
    /// tombstoned, refunding the requester and freeing the collateral. Anyone.
    function close(bytes32 requestId, Request calldata request_) external;

    /// @notice Stops the market's clock. Owner only.
    function pause() external;

    /// @notice Lets the market's clock go on. The owner at any time; anyone once the pause is over by itself.
    function unpause() external;

    /// @notice The market's time: the block's, less all time that the market was paused.
    function clock() external view returns (uint64);

    /// @notice Whether the market is paused now.
    function isPaused() external view returns (bool);
}
