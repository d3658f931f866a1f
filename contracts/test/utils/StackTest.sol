// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {MarketViews} from "../../src/MarketViews.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {IProofMarket} from "../../src/interfaces/IProofMarket.sol";
import {Kind, ProverPolicy, Statement} from "../../src/interfaces/Types.sol";
import {Context} from "../../src/lib/Context.sol";
import {Header} from "../../src/lib/Header.sol";
import {MarkerVerifier} from "./MarkerVerifier.sol";
import {StatementHarness} from "./StatementHarness.sol";
import {Test} from "forge-std/Test.sol";

/// @notice The whole stack with the marker verifier, a model and people with money.
abstract contract StackTest is Test {
    uint256 internal constant DOLLAR = 1e6;
    uint128 internal constant FEE = 0.1e6;
    uint64 internal constant BIDDING = 60;
    uint64 internal constant PROVING = 600;
    uint64 internal constant LIFETIME = 1 days;
    bytes32 internal constant INPUT = bytes32(uint256(0x1111));
    bytes32 internal constant OUTPUT = bytes32(uint256(0x2222));
    bytes32 internal constant COMMITMENT = bytes32(uint256(0x3333));
    bytes32 internal constant CIRCUIT = bytes32(uint256(0x4444));
    bytes32 internal constant KEY_DIGEST = keccak256("marker verifying key");
    uint256 internal constant FUNDS = 1000 * DOLLAR;

    address internal owner = makeAddr("owner");
    address internal provider = makeAddr("provider");
    address internal requester = makeAddr("requester");
    address internal alice = makeAddr("alice");
    address internal bob = makeAddr("bob");
    address internal carol = makeAddr("carol");
    address internal anyone = makeAddr("anyone");

    AssayToken internal token;
    Vault internal vault;
    ModelRegistry internal models;
    VerifierRegistry internal verifiers;
    MarkerVerifier internal groth16;
    Groth16Adapter internal adapter;
    ProofMarket internal market;
    StatementHarness internal harness;
    bytes32 internal modelId;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        _deployStack(_parameters());
        modelId = _register(provider, _registration());
        address[5] memory people = [requester, alice, bob, carol, anyone];
        for (uint256 i = 0; i < people.length; ++i) {
            _fund(people[i], FUNDS);
        }
    }

    function _deployStack(MarketViews.Parameters memory parameters) internal {
        token = new AssayToken();
        vault = new Vault(token, owner, 0);
        models = new ModelRegistry();
        verifiers = new VerifierRegistry(owner, 0);
        groth16 = _newVerifier();
        adapter = new Groth16Adapter(groth16);
        market = new ProofMarket(vault, models, verifiers, parameters);
        harness = new StatementHarness();
        vm.startPrank(owner);
        verifiers.proposeVerifier(address(adapter));
        vault.proposeModule(address(market), type(uint128).max);
        vm.stopPrank();
        verifiers.addVerifier(address(adapter));
        vault.activateModule(address(market), type(uint128).max);
    }

    function _newVerifier() internal virtual returns (MarkerVerifier) {
        return new MarkerVerifier(KEY_DIGEST);
    }

    function _parameters() internal pure returns (MarketViews.Parameters memory) {
        return MarketViews.Parameters({
            minBiddingWindow: 10,
            minProvingWindow: 60,
            collateralFloor: uint128(DOLLAR),
            collateralBps: 20_000
        });
    }

    function _registration() internal pure returns (IModelRegistry.Registration memory registration) {
        registration.commitment = COMMITMENT;
        registration.circuits = new IModelRegistry.CircuitVariant[](2);
        registration.circuits[0] = IModelRegistry.CircuitVariant(Kind.Inference, false, false, CIRCUIT);
        registration.circuits[1] =
            IModelRegistry.CircuitVariant(Kind.Inference, true, true, bytes32(uint256(0x5555)));
        registration.cardUri = "sha256:card";
        registration.cardHash = keccak256("card");
        registration.fee = FEE;
    }

    function _soleRegistration(address prover, uint128 price)
        internal
        pure
        returns (IModelRegistry.Registration memory registration)
    {
        registration = _registration();
        registration.weightsPrivate = true;
        registration.commitment = bytes32(uint256(0x6666));
        registration.policy = ProverPolicy.Sole;
        registration.soleProver = prover;
        registration.provingPrice = price;
    }

    function _register(address who, IModelRegistry.Registration memory registration)
        internal
        returns (bytes32)
    {
        vm.prank(who);
        return models.register(registration);
    }

    function _fund(address who, uint256 amount) internal {
        token.mint(who, amount);
        vm.startPrank(who);
        token.approve(address(vault), amount);
        vault.deposit(who, amount);
        vm.stopPrank();
    }

    /// @dev Ten dollars at most, six at once, an hour of open bidding windows.
    function _terms() internal view returns (IProofMarket.Terms memory terms) {
        terms.modelId = modelId;
        terms.kind = Kind.Inference;
        terms.inputDigest = INPUT;
        terms.inlineInput = hex"0102030405";
        terms.verifierId = KEY_DIGEST;
        terms.maxPrice = uint128(10 * DOLLAR);
        terms.instantPrice = uint128(6 * DOLLAR);
        terms.maxFee = FEE;
        terms.biddingWindow = BIDDING;
        terms.provingWindow = PROVING;
        terms.expiresAt = uint64(block.timestamp) + LIFETIME;
    }

    function _request(IProofMarket.Terms memory terms, uint64 nonce) internal returns (bytes32) {
        vm.prank(requester);
        return market.request(terms, nonce);
    }

    function _request() internal returns (bytes32) {
        return _request(_terms(), 1);
    }

    function _bid(address prover, bytes32 requestId, uint32 round, uint128 price) internal {
        vm.prank(prover);
        market.bid(requestId, round, price);
    }

    /// @dev A request that `prover` got at once for six dollars.
    function _assigned(address prover) internal returns (bytes32 requestId) {
        requestId = _request();
        _bid(prover, requestId, 1, uint128(6 * DOLLAR));
    }

    /// @dev A delivery whose seal is true for exactly this payee, round and output.
    function _delivery(bytes32 requestId, uint32 round, address payee)
        internal
        view
        returns (IProofMarket.Delivery memory delivery)
    {
        delivery.outputDigest = OUTPUT;
        delivery.result = [uint64(7), 0, 0];
        delivery.output = hex"07";
        delivery.seal = _seal(_statement(address(market), block.chainid, requestId, round, payee, delivery));
    }

    /// @dev Built from the request's public state, not by the code under test.
    function _statement(
        address market_,
        uint256 chainId,
        bytes32 requestId,
        uint32 round,
        address payee,
        IProofMarket.Delivery memory delivery
    ) internal view returns (Statement memory s) {
        IProofMarket.Request memory r = market.requestOf(requestId);
        s.header = r.header;
        s.circuit = r.circuit;
        s.model = r.commitment;
        s.input = r.inputDigest;
        s.output = delivery.outputDigest;
        // Not by reference: tests bend the one and keep the other.
        s.result = [delivery.result[0], delivery.result[1], delivery.result[2]];
        s.context = Context.compute(chainId, market_, Header.kindOf(r.header), requestId, round, payee);
    }

    function _seal(Statement memory s) internal view returns (bytes memory) {
        return abi.encode(groth16.markerOf(harness.toInputs(s)));
    }

    function _fulfill(bytes32 requestId, uint32 round, address payee) internal {
        IProofMarket.Delivery memory delivery = _delivery(requestId, round, payee);
        vm.prank(anyone);
        market.fulfill(requestId, round, delivery);
    }

    /// @dev The ledger's promise: everything accounted for, nothing more than there is.
    function _assertConserved() internal view {
        uint256 sum = vault.freeOf(vault.sink()) + vault.freeOf(provider) + vault.lockedOf(provider);
        address[5] memory people = [requester, alice, bob, carol, anyone];
        for (uint256 i = 0; i < people.length; ++i) {
            sum += vault.freeOf(people[i]) + vault.lockedOf(people[i]);
        }
        assertEq(sum, vault.total(), "ledger");
        assertEq(vault.total(), token.balanceOf(address(vault)), "tokens");
    }
}
