// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, Status} from "./Types.sol";

/// @title Why the proof market refuses
interface IMarketErrors {
    /// @notice There is no such request, or the request brought along is not the one that was made.
    error UnknownRequest(bytes32 requestId);
    /// @notice The same requester made this very request with this nonce before.
    error RequestExists(bytes32 requestId);
    /// @notice The effective status does not allow this.
    error WrongStatus(Status got);
    /// @notice The call names another round than the current one.
    error WrongRound(uint32 expected, uint32 got);
    /// @notice Only the vault's owner may pause.
    error NotOwner(address caller);
    /// @notice The market is paused.
    error MarketIsPaused();
    /// @notice The market is not paused.
    error MarketIsNotPaused();
    /// @notice The last pause is too recent.
    error PausedTooRecently(uint64 possibleFrom);
    /// @notice The model takes no new requests.
    error ModelIsDeprecated(bytes32 modelId);
    /// @notice This market has no rules for statements of this kind.
    error KindNotSupported(Kind kind);
    /// @notice The model offers no circuit for this kind and privacy mode.
    error VariantNotOffered(bytes32 modelId);
    /// @notice The provider's fee is above `maxFee`.
    error FeeTooHigh(uint128 maxFee, uint128 fee);
    /// @notice The price limit is zero or beyond what the ledger counts.
    error InvalidMaxPrice(uint128 got);
    /// @notice The first ceiling is zero or above the limit, or the step does not lead from the one to the other.
    error InvalidCeiling(uint128 firstCeiling, uint128 ceilingStep, uint128 maxPrice);
    /// @notice The instant price is above the first ceiling.
    error InstantPriceTooHigh(uint128 firstCeiling, uint128 got);
    /// @notice A model with a sole prover is requested at its posted price: ceiling, limit and instant price equal it.
    error PriceNotPosted(uint128 expected, uint128 got);
    /// @notice The bidding window is outside its limits.
    error InvalidBiddingWindow(uint64 minimum, uint64 maximum, uint64 got);
    /// @notice The proving window is outside its limits.
    error InvalidProvingWindow(uint64 minimum, uint64 maximum, uint64 got);
    /// @notice `expiresAt` leaves no room for one round, or lies too far ahead.
    error InvalidExpiry(uint64 earliest, uint64 latest, uint64 got);
    /// @notice Bytes given inline exceed the limit.
    error InlineTooLong(uint256 limit, uint256 got);
    /// @notice Private bytes given inline.
    error InvalidInline();
    /// @notice Bytes given inline are not those of the hash.
    error WrongHash(bytes32 expected, bytes32 got);
    /// @notice The callback asks for more gas than the limit.
    error CallbackGasTooHigh(uint32 limit, uint32 got);
    /// @notice A callback goes to the requester's own contract, and there is no code.
    error CallbackNeedsContract(address requester);
    /// @notice The transaction has too little gas left for the callback that the requester paid for.
    error TooLittleGas(uint256 needed, uint256 left);
    /// @notice Only `expected` may bid on this request.
    error ProverNotAdmitted(address expected, address got);
    /// @notice The prover defaulted on this request before.
    error ProverDefaulted(address prover);
    /// @notice The bid is above the ceiling, or not enough under the best bid.
    error BidTooHigh(uint128 highest, uint128 got);
    /// @notice No round fits before the request expires.
    error NoWindowFits(uint64 neededUntil, uint64 expiresAt);
    /// @notice The prover may still deliver late.
    error GraceNotOver(uint64 until, uint64 now_);
    /// @notice Only the requester may do this.
    error NotRequester(address expected, address got);
    /// @notice There is a bid, which binds both sides.
    error BidStands(address prover);
    /// @notice The request is not over yet.
    error NotExpired(uint64 expiresAt, uint64 now_);
    /// @notice The signature is not the signer's, or not over these values.
    error InvalidSignature(address signer);
    /// @notice The signature counted until `validUntil`.
    error SignatureExpired(uint64 validUntil, uint64 now_);
    /// @notice A market was deployed with parameters that cannot work.
    error InvalidParameters();
}
