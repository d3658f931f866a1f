// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {Kind, ProverPolicy} from "./interfaces/Types.sol";
import {Goldilocks} from "./lib/Goldilocks.sol";
import {Header} from "./lib/Header.sol";

/// @notice See {IModelRegistry}.
contract ModelRegistry is IModelRegistry {
    /// @notice Every kind in every privacy mode of input and output.
    uint256 public constant MAX_CIRCUITS = 12;
    /// @notice Enough for any content address or web address of a card.
    uint256 public constant MAX_CARD_URI_BYTES = 256;
    /// @notice Leaves room for the market's sums in the vault's 96-bit locks.
    uint128 public constant MAX_AMOUNT = type(uint88).max;
    /// @notice ERC-7992's name of the proof system.
    bytes4 public constant PROOF_SYSTEM_ID = bytes4(keccak256("groth16-bn254-v1"));

    mapping(bytes32 modelId => Model) private _models;
    mapping(bytes32 modelId => mapping(uint32 header => bytes32 circuit)) private _circuits;
    /// @inheritdoc IModelRegistry
    mapping(bytes32 commitment => bytes32 modelId) public firstOf;

    /// @inheritdoc IModelRegistry
    function register(Registration calldata registration) external returns (bytes32 modelId) {
        _checkDigests(registration);
        _checkCard(registration);
        _checkPolicy(registration.policy, registration.soleProver, registration.provingPrice);
        _checkAmounts(registration.fee, registration.provingPrice);
        modelId = modelIdOf(msg.sender, registration.circuits[0].circuit, registration.commitment);
        Model storage model = _models[modelId];
        require(model.provider == address(0), ModelExists(modelId));

        model.provider = msg.sender;
        model.registeredAt = uint64(block.timestamp);
        model.registration = registration;
        _indexCircuits(modelId, registration.circuits);
        bytes32 first = firstOf[registration.commitment];
        if (first == bytes32(0)) firstOf[registration.commitment] = first = modelId;
        emit ModelRegistered(modelId, msg.sender, first, registration);
    }

    /// @inheritdoc IModelRegistry
    function setPrices(bytes32 modelId, uint128 fee, uint128 provingPrice) external {
        Registration storage registration = _ofProvider(modelId).registration;
        _checkPolicy(registration.policy, registration.soleProver, provingPrice);
        _checkAmounts(fee, provingPrice);

        registration.fee = fee;
        registration.provingPrice = provingPrice;
        emit ModelPriced(modelId, fee, provingPrice);
    }

    /// @inheritdoc IModelRegistry
    function deprecate(bytes32 modelId) external {
        Model storage model = _ofProvider(modelId);
        require(!model.deprecated, AlreadyDeprecated(modelId));

        model.deprecated = true;
        emit ModelDeprecated(modelId);
    }

    /// @inheritdoc IModelRegistry
    function modelIdOf(address provider, bytes32 circuit, bytes32 commitment) public view returns (bytes32) {
        return keccak256(abi.encode(block.chainid, address(this), provider, circuit, commitment));
    }

    /// @inheritdoc IModelRegistry
    function modelOf(bytes32 modelId) external view returns (Model memory) {
        return _known(modelId);
    }

    /// @inheritdoc IModelRegistry
    function circuitOf(bytes32 modelId, Kind kind, bool inputPrivate, bool outputPrivate)
        external
        view
        returns (bytes32)
    {
        return _circuits[modelId][Header.pack(kind, inputPrivate, false, outputPrivate)];
    }

    /// @inheritdoc IModelRegistry
    function listingOf(bytes32 modelId, Kind kind, bool inputPrivate, bool outputPrivate)
        external
        view
        returns (Listing memory)
    {
        Model storage model = _known(modelId);
        Registration storage registration = model.registration;
        return Listing({
            provider: model.provider,
            deprecated: model.deprecated,
            weightsPrivate: registration.weightsPrivate,
            soleProver: registration.soleProver,
            commitment: registration.commitment,
            circuit: _circuits[modelId][Header.pack(kind, inputPrivate, false, outputPrivate)],
            fee: registration.fee,
            provingPrice: registration.provingPrice
        });
    }

    /// @inheritdoc IModelRegistry
    function getModel(bytes32 modelId) external view returns (ModelCommitment memory) {
        Registration storage registration = _known(modelId).registration;
        return ModelCommitment({
            modelHash: registration.commitment,
            circuitHash: registration.circuits[0].circuit,
            vkHash: bytes32(0),
            proofSystemId: PROOF_SYSTEM_ID,
            uri: registration.cardUri
        });
    }

    /// @dev Weights are private or not for the whole model, so the index leaves that bit out.
    function _indexCircuits(bytes32 modelId, CircuitVariant[] calldata circuits) private {
        for (uint256 i = 0; i < circuits.length; ++i) {
            CircuitVariant calldata variant = circuits[i];
            uint32 header = Header.pack(variant.kind, variant.inputPrivate, false, variant.outputPrivate);
            require(variant.kind != Kind.None && _circuits[modelId][header] == bytes32(0), InvalidVariant(i));
            _circuits[modelId][header] = variant.circuit;
        }
    }

    function _checkDigests(Registration calldata registration) private pure {
        uint256 count = registration.circuits.length;
        require(count != 0 && count <= MAX_CIRCUITS, CircuitCount(MAX_CIRCUITS, count));
        Goldilocks.requireNonZeroDigest(registration.commitment);
        for (uint256 i = 0; i < count; ++i) {
            Goldilocks.requireNonZeroDigest(registration.circuits[i].circuit);
        }
    }

    function _checkCard(Registration calldata registration) private pure {
        uint256 length = bytes(registration.cardUri).length;
        require(length != 0 && length <= MAX_CARD_URI_BYTES, CardUriLength(MAX_CARD_URI_BYTES, length));
        // A plain sha-256 hash, so any value but zero will do.
        require(registration.cardHash != bytes32(0), Goldilocks.ZeroDigest());
    }

    /// @dev A sole prover has a posted price; with open bidding there is neither.
    function _checkPolicy(ProverPolicy policy, address soleProver, uint128 provingPrice) private pure {
        bool sole = policy == ProverPolicy.Sole;
        require((soleProver != address(0)) == sole && (provingPrice != 0) == sole, InvalidPolicy());
    }

    function _checkAmounts(uint128 fee, uint128 provingPrice) private pure {
        require(fee <= MAX_AMOUNT, AmountTooLarge(MAX_AMOUNT, fee));
        require(provingPrice <= MAX_AMOUNT, AmountTooLarge(MAX_AMOUNT, provingPrice));
    }

    function _known(bytes32 modelId) private view returns (Model storage model) {
        model = _models[modelId];
        require(model.provider != address(0), UnknownModel(modelId));
    }

    function _ofProvider(bytes32 modelId) private view returns (Model storage model) {
        model = _known(modelId);
        require(model.provider == msg.sender, NotProvider(modelId, msg.sender));
    }
}
