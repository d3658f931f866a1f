// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, Statement, Status} from "./Types.sol";

/// @title The proof market
/// @notice A requester escrows a price limit and the provider's fee; provers undercut each other; the best bidder
/// is assigned, proves, and is paid its own bid when the proof verifies. Money moves inside the vault's ledger.
///
/// Windows are half-open: at `t = deadline` the window is over. Rounds count from 1. Bidding windows of a round
/// start one after the other at `openedAt`; the first bid fixes the end of its window as the bidding deadline.
interface IProofMarket {
    /// @notice What a requester asks for; the request id commits to all of it.
    /// @param modelId the model
    /// @param kind kind of statement
    /// @param inputPrivate whether `inputDigest` is a salted commitment
    /// @param outputPrivate whether the output stays with the requester
    /// @param inputDigest commitment to the input
    /// @param inputBlob sha-256 of the blob that holds the input; zero when it is inline
    /// @param inlineInput the input's bytes, when public and small
    /// @param verifierId the listed verifier that will decide
    /// @param maxPrice price limit
    /// @param instantPrice a bid at or under it is assigned at once; at most `maxPrice`
    /// @param maxFee the highest provider fee the requester accepts
    /// @param biddingWindow seconds
    /// @param provingWindow seconds from assignment
    /// @param expiresAt time at which the request ends whatever its state
    struct Terms {
        bytes32 modelId;
        Kind kind;
        bool inputPrivate;
        bool outputPrivate;
        bytes32 inputDigest;
        bytes32 inputBlob;
        bytes inlineInput;
        bytes32 verifierId;
        uint128 maxPrice;
        uint128 instantPrice;
        uint128 maxFee;
        uint64 biddingWindow;
        uint64 provingWindow;
        uint64 expiresAt;
    }

    /// @notice What the market fixed when the request was made; nothing that anybody does later changes it.
    /// @param soleProver the only address that may bid; zero when all may
    struct Snapshot {
        address provider;
        address soleProver;
        address verifier;
        uint32 header;
        bytes32 circuit;
        bytes32 commitment;
        uint128 fee;
        uint128 collateral;
        uint64 openedAt;
    }

    /// @notice A request at this moment.
    /// @param status effective status: stored state and time taken together
    /// @param round current round, from 1
    /// @param openedAt start of the round's first bidding window
    /// @param prover best bidder while open, assigned prover after
    /// @param price its bid
    /// @param biddingDeadline end of bidding; zero while there is no bid
    /// @param provingDeadline end of proving if the best bid stands; zero while there is no bid
    /// @param settled whether the escrow's money has moved
    struct Request {
        Status status;
        uint32 round;
        address requester;
        address provider;
        address soleProver;
        address verifier;
        bytes32 modelId;
        uint32 header;
        bytes32 circuit;
        bytes32 commitment;
        bytes32 inputDigest;
        uint128 maxPrice;
        uint128 instantPrice;
        uint128 fee;
        uint128 collateral;
        uint64 biddingWindow;
        uint64 provingWindow;
        uint64 openedAt;
        uint64 expiresAt;
        address prover;
        uint128 price;
        uint64 biddingDeadline;
        uint64 provingDeadline;
        bool settled;
        bytes32 outputDigest;
        uint64[3] result;
    }

    /// @notice What a prover delivers.
    /// @param outputDigest commitment to the output
    /// @param result the statement's three result words
    /// @param outputBlob sha-256 of the blob that holds the output; zero when it is inline
    /// @param seal the 256-byte Groth16 proof
    /// @param output the output's bytes, when public and small. No proof binds these bytes or `outputBlob`, only
    /// `outputDigest`: readers recompute it, and treat what does not match as not delivered
    struct Delivery {
        bytes32 outputDigest;
        uint64[3] result;
        bytes32 outputBlob;
        bytes seal;
        bytes output;
    }

    /// @notice A request was made: escrow is locked and round 1 is open.
    event Requested(
        bytes32 indexed requestId,
        address indexed requester,
        bytes32 indexed modelId,
        uint64 nonce,
        Terms terms,
        Snapshot snapshot
    );
    /// @notice A bid became the best one; the collateral of `outbid`, if any, is free again.
    event BidPlaced(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint128 collateral,
        uint64 biddingDeadline,
        address outbid
    );
    /// @notice The best bidder is assigned since `assignedAt`. When time made the assignment, the next transaction
    /// that touches the request emits this before its own events.
    event Assigned(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint64 assignedAt,
        uint64 provingDeadline
    );
    /// @notice The proof verified and the escrow is settled.
    event Fulfilled(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 price,
        uint128 fee,
        uint128 refund,
        Delivery delivery
    );
    /// @notice The assigned prover missed the proving deadline; its collateral is slashed.
    event Defaulted(
        bytes32 indexed requestId,
        address indexed prover,
        uint32 round,
        uint128 burned,
        uint128 reward,
        address caller
    );
    /// @notice Another round is open.
    event RoundOpened(bytes32 indexed requestId, uint32 round, uint64 openedAt);
    /// @notice The requester withdrew the request; `refund` is free again.
    event Cancelled(bytes32 indexed requestId, uint128 refund);
    /// @notice The request ended without a proof; `refund` is free again.
    event Expired(bytes32 indexed requestId, uint128 refund);

    /// @notice There is no such request.
    error UnknownRequest(bytes32 requestId);
    /// @notice The same requester made this very request with this nonce before.
    error RequestExists(bytes32 requestId);
    /// @notice The effective status does not allow this.
    error WrongStatus(Status got);
    /// @notice The call names another round than the current one.
    error WrongRound(uint32 expected, uint32 got);
    /// @notice The model takes no new requests.
    error ModelIsDeprecated(bytes32 modelId);
    /// @notice The model offers no circuit for this kind and privacy mode.
    error VariantNotOffered(bytes32 modelId);
    /// @notice The provider's fee is above `maxFee`.
    error FeeTooHigh(uint128 maxFee, uint128 fee);
    /// @notice The price limit is zero or beyond what the ledger counts.
    error InvalidMaxPrice(uint128 got);
    /// @notice The instant price is above the price limit.
    error InstantPriceTooHigh(uint128 maxPrice, uint128 got);
    /// @notice A model with a sole prover is requested at its posted price: limit and instant price equal it.
    error PriceNotPosted(uint128 expected, uint128 got);
    /// @notice The bidding window is outside its limits.
    error InvalidBiddingWindow(uint64 minimum, uint64 maximum, uint64 got);
    /// @notice The proving window is outside its limits.
    error InvalidProvingWindow(uint64 minimum, uint64 maximum, uint64 got);
    /// @notice `expiresAt` leaves no room for one bidding and one proving window, or lies too far ahead.
    error InvalidExpiry(uint64 earliest, uint64 latest, uint64 got);
    /// @notice Bytes given inline exceed the limit.
    error InlineTooLong(uint256 limit, uint256 got);
    /// @notice A private input or output given inline, or an input given both inline and as a blob.
    error InvalidInline();
    /// @notice Only `expected` may bid on this request.
    error ProverNotAdmitted(address expected, address got);
    /// @notice The prover defaulted on this request before.
    error ProverDefaulted(address prover);
    /// @notice The bid is above the ceiling, or not enough under the best bid.
    error BidTooHigh(uint128 highest, uint128 got);
    /// @notice No bidding and proving window fits before the request expires.
    error NoWindowFits(uint64 neededUntil, uint64 expiresAt);
    /// @notice Only the requester may do this.
    error NotRequester(address expected, address got);
    /// @notice There is a bid, which binds both sides.
    error BidStands(address prover);
    /// @notice The request is not over yet.
    error NotExpired(uint64 expiresAt, uint64 now_);
    /// @notice A market was deployed with parameters that cannot work.
    error InvalidParameters();

    /// @notice Makes a request and locks price limit plus fee from the caller's free balance.
    /// @param nonce tells equal requests of one requester apart
    function request(Terms calldata terms, uint64 nonce) external returns (bytes32 requestId);

    /// @notice Bids on the current round; locks the collateral and frees the one of the bid it beats.
    function bid(bytes32 requestId, uint32 round, uint128 price) external;

    /// @notice Delivers a proof for the assigned prover, who alone is paid. Anyone may relay it.
    function fulfill(bytes32 requestId, uint32 round, Delivery calldata delivery) external;

    /// @notice Slashes an overdue assignment and opens the next round, or ends the request when none fits.
    function declareDefault(bytes32 requestId) external;

    /// @notice Withdraws a request without a standing bid. Requester only.
    function cancel(bytes32 requestId) external;

    /// @notice Ends a request at `expiresAt`, slashing an overdue assignment. Anyone.
    function close(bytes32 requestId) external;

    /// @notice The effective status now: a function of stored state and time.
    function status(bytes32 requestId) external view returns (Status);

    /// @notice The request as of now; all zero when unknown.
    function requestOf(bytes32 requestId) external view returns (Request memory);

    /// @notice keccak256(abi.encode(chain id, market, requester, nonce, keccak256(abi.encode(terms)))).
    function requestIdOf(address requester, uint64 nonce, Terms calldata terms)
        external
        view
        returns (bytes32);

    /// @notice The context that a proof for this request, round and payee must carry.
    function contextOf(bytes32 requestId, uint32 round, address payee) external view returns (bytes32);

    /// @notice The statement that {fulfill} would have verified for the current best bidder.
    function statementOf(bytes32 requestId, bytes32 outputDigest, uint64[3] calldata result)
        external
        view
        returns (Statement memory);

    /// @notice The highest price that a bid may name now; reverts when no bid is possible.
    function highestBidOf(bytes32 requestId) external view returns (uint128);

    /// @notice Whether the prover defaulted on this request.
    function hasDefaulted(bytes32 requestId, address prover) external view returns (bool);

    /// @notice Collateral that a request with this price limit asks from its bidders.
    function collateralFor(uint128 maxPrice) external view returns (uint128);

    /// @notice The vault that holds the money.
    function vault() external view returns (address);

    /// @notice The models that can be requested.
    function modelRegistry() external view returns (address);

    /// @notice The verifiers that can be pinned.
    function verifierRegistry() external view returns (address);

    /// @notice Shortest bidding window, in seconds.
    function minBiddingWindow() external view returns (uint64);

    /// @notice Shortest proving window, in seconds.
    function minProvingWindow() external view returns (uint64);

    /// @notice Least collateral.
    function collateralFloor() external view returns (uint128);

    /// @notice Collateral per price limit, in basis points.
    function collateralBps() external view returns (uint64);
}
