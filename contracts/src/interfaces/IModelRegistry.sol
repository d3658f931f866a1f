// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Kind, ProverPolicy} from "./Types.sol";

/// @title Models and the commitments they cannot leave
/// @notice A version is immutable: other weights, circuits or cards are another model. Only prices and the
/// deprecated flag change, and neither touches a request that exists.
///
/// A listing is a provider's: prices, policy and keys belong to (chain, registry, model id, provider). Whoever copies a
/// commitment has another listing, which names the first one: readers show the first and flag the later ones.
/// Nobody owns or administrates this contract.
interface IModelRegistry {
    /// @notice The circuit that proves one kind of statement in one privacy mode.
    struct CircuitVariant {
        Kind kind;
        bool inputPrivate;
        bool outputPrivate;
        bytes32 circuit;
    }

    /// @notice What a provider registers.
    /// @param commitment commitment to weights, biases, multipliers and zero points
    /// @param weightsPrivate whether the commitment is salted
    /// @param circuits one circuit for each kind and privacy mode on offer; the first one names the model
    /// @param cardUri where the model card is
    /// @param cardHash sha-256 of the model card
    /// @param fee what the provider gets for each fulfilled request
    /// @param policy who may bid
    /// @param soleProver the one prover of a `Sole` model, else zero
    /// @param provingPrice what a `Sole` model's prover asks, else zero
    struct Registration {
        bytes32 commitment;
        bool weightsPrivate;
        CircuitVariant[] circuits;
        string cardUri;
        bytes32 cardHash;
        uint128 fee;
        ProverPolicy policy;
        address soleProver;
        uint128 provingPrice;
    }

    /// @notice A registered model.
    struct Model {
        address provider;
        uint64 registeredAt;
        bool deprecated;
        Registration registration;
    }

    /// @notice What a market snapshots when a request is made.
    struct Listing {
        address provider;
        bool deprecated;
        bool weightsPrivate;
        address soleProver;
        bytes32 commitment;
        bytes32 circuit;
        uint128 fee;
        uint128 provingPrice;
    }

    /// @notice Read view in the words of ERC-7992.
    struct ModelCommitment {
        bytes32 modelHash;
        bytes32 circuitHash;
        bytes32 vkHash;
        bytes4 proofSystemId;
        string uri;
    }

    /// @notice A model was registered. `first` is the listing that had this commitment first; this one, if none had.
    event ModelRegistered(
        bytes32 indexed modelId, address indexed provider, bytes32 indexed first, Registration registration
    );
    /// @notice A provider changed prices; requests that exist keep theirs.
    event ModelPriced(bytes32 indexed modelId, uint128 fee, uint128 provingPrice);
    /// @notice A provider stopped taking new requests; open ones go on.
    event ModelDeprecated(bytes32 indexed modelId);

    /// @notice The provider registered this very model before.
    error ModelExists(bytes32 modelId);
    /// @notice There is no such model.
    error UnknownModel(bytes32 modelId);
    /// @notice Only the provider may do this.
    error NotProvider(bytes32 modelId, address caller);
    /// @notice The model was deprecated before.
    error AlreadyDeprecated(bytes32 modelId);
    /// @notice No circuits, or more than the limit.
    error CircuitCount(uint256 limit, uint256 got);
    /// @notice Two circuits for the same kind and privacy mode, or one without a kind.
    error InvalidVariant(uint256 index);
    /// @notice The card address is empty or too long.
    error CardUriLength(uint256 limit, uint256 got);
    /// @notice A sole prover or proving price where the policy has none, or the reverse.
    error InvalidPolicy();
    /// @notice An amount beyond what the ledger counts.
    error AmountTooLarge(uint256 limit, uint256 got);

    /// @notice Registers a model of the caller.
    function register(Registration calldata registration) external returns (bytes32 modelId);

    /// @notice Changes fee and proving price for requests to come. Provider only.
    function setPrices(bytes32 modelId, uint128 fee, uint128 provingPrice) external;

    /// @notice Stops new requests. Provider only; never cancels open ones.
    function deprecate(bytes32 modelId) external;

    /// @notice keccak256(abi.encode(chain id, this registry, provider, circuit, commitment)).
    function modelIdOf(address provider, bytes32 circuit, bytes32 commitment) external view returns (bytes32);

    /// @notice The listing that had a commitment first; zero when none has it.
    function firstOf(bytes32 commitment) external view returns (bytes32 modelId);

    /// @notice The whole record. Reverts for an unknown model.
    function modelOf(bytes32 modelId) external view returns (Model memory);

    /// @notice The circuit of a kind and privacy mode; zero when the model does not offer it.
    function circuitOf(bytes32 modelId, Kind kind, bool inputPrivate, bool outputPrivate)
        external
        view
        returns (bytes32);

    /// @notice What a market snapshots. Reverts for an unknown model; `circuit` is zero when not on offer.
    function listingOf(bytes32 modelId, Kind kind, bool inputPrivate, bool outputPrivate)
        external
        view
        returns (Listing memory);

    /// @notice The read view of ERC-7992; `vkHash` is zero because all models share the market's verifier.
    function getModel(bytes32 modelId) external view returns (ModelCommitment memory);
}
