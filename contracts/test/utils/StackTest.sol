// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../../src/AssayToken.sol";
import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {MarketLens} from "../../src/MarketLens.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {RequestRules} from "../../src/RequestRules.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IMarketLens} from "../../src/interfaces/IMarketLens.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Delivery, Parameters, Request, Snapshot, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, ProverPolicy, Statement, Status} from "../../src/interfaces/Types.sol";
import {Context} from "../../src/lib/Context.sol";
import {Header} from "../../src/lib/Header.sol";
import {MarkerVerifier} from "./MarkerVerifier.sol";
import {StatementHarness} from "./StatementHarness.sol";
import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice The whole stack with the marker verifier, a model and people with money.
abstract contract StackTest is Test {
    uint256 internal constant DOLLAR = 1e6;
    uint128 internal constant FEE = 0.1e6;
    uint64 internal constant BIDDING = 60;
    uint64 internal constant PROVING = 600;
    uint64 internal constant LIFETIME = 1 days;
    uint64 internal constant EXTENSION = 5;
    uint64 internal constant GRACE = 120;
    /// @dev What a default burns at least of a request with the usual terms is twice the limit; half of the collateral.
    uint128 internal constant COLLATERAL = 40e6;
    uint128 internal constant REWARD_CAP = 0.5e6;
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
    RequestRules internal rules;
    ProofMarket internal market;
    MarketLens internal lens;
    StatementHarness internal harness;
    bytes32 internal modelId;
    /// @dev What the chain keeps only a hash of, as the event told it.
    mapping(bytes32 requestId => Request) private _made;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        _deployStack(_parameters());
        modelId = _register(provider, _registration());
        address[5] memory people = [requester, alice, bob, carol, anyone];
        for (uint256 i = 0; i < people.length; ++i) {
            _fund(people[i], FUNDS);
        }
    }

    function _deployStack(Parameters memory parameters) internal {
        if (address(token) == address(0)) token = new AssayToken();
        vault = new Vault(token, owner, 0);
        models = new ModelRegistry();
        verifiers = new VerifierRegistry(owner, 0);
        groth16 = _newVerifier();
        adapter = new Groth16Adapter(groth16);
        rules = new RequestRules(models, verifiers, parameters);
        market = new ProofMarket(vault, rules);
        lens = new MarketLens(market);
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

    function _parameters() internal pure returns (Parameters memory) {
        return Parameters({
            minBiddingWindow: 10,
            minProvingWindow: 60,
            extension: uint32(EXTENSION),
            grace: uint32(GRACE),
            lateFeeBps: 1000,
            burnedFloor: uint128(DOLLAR),
            burnedBps: 20_000,
            rewardCap: REWARD_CAP
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

    /// @dev Tokens in the vault, and a consent to the market without a limit.
    function _fund(address who, uint256 amount) internal {
        token.mint(who, amount);
        vm.startPrank(who);
        token.approve(address(vault), amount);
        vault.deposit(who, amount);
        vault.consent(address(market), type(uint96).max);
        vm.stopPrank();
    }

    /// @dev Ten dollars at most, six at once, the first ceiling at eight and a dollar more for each empty window.
    function _terms() internal view returns (Terms memory terms) {
        terms.modelId = modelId;
        terms.kind = Kind.Inference;
        terms.inputDigest = INPUT;
        terms.inputHash = sha256(_input());
        terms.verifierId = KEY_DIGEST;
        terms.firstCeiling = uint128(8 * DOLLAR);
        terms.ceilingStep = uint128(DOLLAR);
        terms.maxPrice = uint128(10 * DOLLAR);
        terms.instantPrice = uint128(6 * DOLLAR);
        terms.maxFee = FEE;
        terms.biddingWindow = BIDDING;
        terms.provingWindow = PROVING;
        terms.expiresAt = uint64(block.timestamp) + LIFETIME;
    }

    function _input() internal pure returns (bytes memory) {
        return hex"0102030405";
    }

    function _request(Terms memory terms, uint64 nonce) internal returns (bytes32) {
        return _requestOf(requester, terms, nonce);
    }

    function _requestOf(address who, Terms memory terms, uint64 nonce) internal returns (bytes32 id) {
        bytes memory input = terms.inputPrivate ? bytes("") : _input();
        vm.recordLogs();
        vm.prank(who);
        id = market.request(terms, nonce, input);
        _remember(who, nonce);
    }

    /// @dev Keeps the request that the last recorded logs tell of.
    function _remember(address who, uint64 nonce) internal {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; ++i) {
            if (logs[i].emitter != address(market) || logs[i].topics.length != 4) continue;
            (, Terms memory terms, Snapshot memory snapshot,,) =
                abi.decode(logs[i].data, (uint64, Terms, Snapshot, bytes, uint64));
            _made[logs[i].topics[1]] = Request(who, nonce, terms, snapshot);
        }
    }

    function _request() internal returns (bytes32) {
        return _request(_terms(), 1);
    }

    /// @dev The request as it was made: what every later call brings along.
    function _madeOf(bytes32 requestId) internal view returns (Request memory) {
        return _made[requestId];
    }

    function _viewOf(bytes32 requestId) internal view returns (IMarketLens.RequestView memory) {
        return lens.viewOf(requestId, _made[requestId]);
    }

    function _statusOf(bytes32 requestId) internal view returns (Status) {
        return lens.statusOf(requestId, _made[requestId]);
    }

    function _bid(address prover, bytes32 requestId, uint32 round, uint128 price) internal {
        Request memory made = _madeOf(requestId);
        vm.prank(prover);
        market.bid(requestId, made, round, price);
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
        returns (Delivery memory delivery)
    {
        delivery.outputDigest = OUTPUT;
        delivery.result = [uint64(7), 0, 0];
        delivery.output = hex"07";
        delivery.outputHash = sha256(delivery.output);
        delivery.seal = _seal(_statement(address(market), block.chainid, requestId, round, payee, delivery));
    }

    /// @dev Built from what was asked for, not by the code under test.
    function _statement(
        address market_,
        uint256 chainId,
        bytes32 requestId,
        uint32 round,
        address payee,
        Delivery memory delivery
    ) internal view returns (Statement memory s) {
        Request memory r = _made[requestId];
        s.header = r.snapshot.header;
        s.circuit = r.snapshot.circuit;
        s.model = r.snapshot.commitment;
        s.input = r.terms.inputDigest;
        s.output = delivery.outputDigest;
        // Not by reference: tests bend the one and keep the other.
        s.result = [delivery.result[0], delivery.result[1], delivery.result[2]];
        s.context = Context.compute(
            chainId,
            market_,
            Header.kindOf(s.header),
            requestId,
            round,
            payee,
            delivery.outputHash,
            delivery.output.length != 0
        );
    }

    function _seal(Statement memory s) internal view returns (bytes memory) {
        return abi.encode(groth16.markerOf(harness.toInputs(s)));
    }

    function _fulfill(bytes32 requestId, uint32 round, address payee) internal {
        Delivery memory delivery = _delivery(requestId, round, payee);
        Request memory made = _madeOf(requestId);
        vm.prank(anyone);
        market.fulfill(requestId, made, round, delivery);
    }

    function _declareDefault(address caller, bytes32 requestId) internal {
        Request memory made = _madeOf(requestId);
        vm.prank(caller);
        market.declareDefault(requestId, made);
    }

    function _cancel(address caller, bytes32 requestId) internal {
        Request memory made = _madeOf(requestId);
        vm.prank(caller);
        market.cancel(requestId, made);
    }

    function _close(address caller, bytes32 requestId) internal {
        Request memory made = _madeOf(requestId);
        vm.prank(caller);
        market.close(requestId, made);
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
