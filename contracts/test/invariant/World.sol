// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Gateway} from "../../src/Gateway.sol";
import {Groth16Adapter} from "../../src/Groth16Adapter.sol";
import {MarketLens} from "../../src/MarketLens.sol";
import {ModelRegistry} from "../../src/ModelRegistry.sol";
import {ProofMarket} from "../../src/ProofMarket.sol";
import {RequestRules} from "../../src/RequestRules.sol";
import {Vault} from "../../src/Vault.sol";
import {VerifierRegistry} from "../../src/VerifierRegistry.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Parameters} from "../../src/interfaces/MarketTypes.sol";
import {Kind, ProverPolicy} from "../../src/interfaces/Types.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {StatementHarness} from "../utils/StatementHarness.sol";
import {Consumer, Rogue, Temper} from "./Consumers.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {CommonBase} from "forge-std/Base.sol";
import {StdAssertions} from "forge-std/StdAssertions.sol";

interface IMintable {
    function mint(address to, uint256 amount) external;
}

/// @notice The contracts, the people and the numbers of a campaign.
abstract contract World is CommonBase, StdAssertions {
    /// @dev A stream of choices out of one fuzzed word, so that a counterexample is a list of calls with one number each.
    struct Dice {
        uint256 seed;
    }

    /// @dev What a provider has registered, as the ghost knows it.
    struct Listing {
        bytes32 id;
        address provider;
        address soleProver;
        bytes32 commitment;
        bool weightsPrivate;
        bool deprecated;
        uint128 fee;
        uint128 provingPrice;
    }

    uint256 internal constant PEOPLE = 6;
    uint256 internal constant SOLE_PROVER = 2;
    uint256 internal constant CONSUMERS = 4;
    uint256 internal constant VERIFIERS = 12;
    uint256 internal constant FIRST_KEY = 0xA55A;
    uint128 internal constant FUNDS = 500e6;
    uint64 internal constant EXTENSION = 5;
    uint64 internal constant GRACE = 30;
    uint256 internal constant LATE_FEE_BPS = 1000;
    uint256 internal constant BURNED_FLOOR = 1e6;
    // Odd, so that rounding matters.
    uint256 internal constant BURNED_BPS = 20_001;
    uint256 internal constant REWARD_CAP = 0.5e6;
    uint64 internal constant DELAY = 2 hours;
    uint128 internal constant DAILY_LIMIT = 1000e6;
    bytes32 internal constant CIRCUIT = bytes32(uint256(0x4444));
    bytes32 internal constant PRIVATE_CIRCUIT = bytes32(uint256(0x5555));

    address internal owner = address(0xA55A0001);
    address internal provider = address(0xA55A0002);
    address internal copier = address(0xA55A0003);
    /// @dev Ends what is left at the end of a run.
    address public closer = address(0xA55A0004);

    ERC20 public token;
    Vault public vault;
    ProofMarket public market;
    ModelRegistry internal models;
    VerifierRegistry internal verifiers;
    MarketLens internal lens;
    Gateway internal gateway;
    MarkerVerifier internal groth16;
    StatementHarness internal harness;
    Rogue internal rogue;
    Consumer[] internal consumers;
    bytes32[] internal verifierIds;
    Listing[] internal listings;
    mapping(bytes32 verifierId => address) internal adapterOf;
    /// @dev People, consumers, providers, the closer and the sink.
    address[] public accounts;
    address internal sink;

    function _build(ERC20 token_) internal {
        token = token_;
        vault = new Vault(token_, owner, DELAY);
        sink = vault.sink();
        models = new ModelRegistry();
        verifiers = new VerifierRegistry(owner, DELAY);
        RequestRules rules = new RequestRules(models, verifiers, _parameters());
        market = new ProofMarket(vault, rules);
        lens = new MarketLens(market);
        gateway = new Gateway(vault, market);
        harness = new StatementHarness();
        rogue = new Rogue();
        for (uint256 i = 0; i < VERIFIERS; ++i) {
            groth16 = new MarkerVerifier(keccak256(abi.encode("key", i)));
            verifierIds.push(groth16.VERIFYING_KEY_DIGEST());
            adapterOf[verifierIds[i]] = address(new Groth16Adapter(groth16));
        }
        _populate();
        _list(provider, bytes32(uint256(0x3333)), address(0));
        _list(provider, bytes32(uint256(0x6666)), accounts[SOLE_PROVER]);
        // The same private model, listed by somebody else for everybody to prove.
        _list(copier, bytes32(uint256(0x6666)), address(0));
    }

    function _populate() private {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            accounts.push(vm.addr(FIRST_KEY + i));
        }
        for (uint256 i = 0; i < CONSUMERS; ++i) {
            consumers.push(new Consumer(Temper(i)));
            accounts.push(address(consumers[i]));
        }
        accounts.push(provider);
        accounts.push(copier);
        accounts.push(closer);
        accounts.push(sink);
    }

    function _parameters() private pure returns (Parameters memory) {
        return Parameters({
            minBiddingWindow: 10,
            minProvingWindow: 60,
            extension: uint32(EXTENSION),
            grace: uint32(GRACE),
            lateFeeBps: uint16(LATE_FEE_BPS),
            burnedFloor: uint128(BURNED_FLOOR),
            burnedBps: uint32(BURNED_BPS),
            rewardCap: uint128(REWARD_CAP)
        });
    }

    function _list(address who, bytes32 commitment, address soleProver) internal {
        bool sole = soleProver != address(0);
        Listing memory l;
        (l.provider, l.soleProver, l.commitment) = (who, soleProver, commitment);
        l.weightsPrivate = who == copier || sole;
        (l.fee, l.provingPrice) = (who == copier ? 0 : 0.1e6, sole ? 5e6 : 0);
        IModelRegistry.Registration memory registration = _registration(l);
        vm.prank(who);
        l.id = models.register(registration);
        listings.push(l);
    }

    function _registration(Listing memory l) internal pure returns (IModelRegistry.Registration memory r) {
        r.commitment = l.commitment;
        r.weightsPrivate = l.weightsPrivate;
        r.circuits = new IModelRegistry.CircuitVariant[](2);
        r.circuits[0] = IModelRegistry.CircuitVariant(Kind.Inference, false, false, CIRCUIT);
        r.circuits[1] = IModelRegistry.CircuitVariant(Kind.Inference, true, true, PRIVATE_CIRCUIT);
        r.cardUri = "sha256:card";
        r.cardHash = keccak256("card");
        r.fee = l.fee;
        r.policy = l.soleProver == address(0) ? ProverPolicy.Open : ProverPolicy.Sole;
        r.soleProver = l.soleProver;
        r.provingPrice = l.provingPrice;
    }

    // --- Choices ---------------------------------------------------------------------------------------------

    function _dice(uint256 seed) internal pure returns (Dice memory) {
        return Dice(seed);
    }

    /// @dev A number below `n`.
    function _roll(Dice memory d, uint256 n) internal pure returns (uint256) {
        uint256 seed = uint256(keccak256(abi.encode(d.seed)));
        d.seed = seed;
        return seed % n;
    }

    function _one(Dice memory d, uint256 n) internal pure returns (bool) {
        return _roll(d, n) == 0;
    }

    function _person(Dice memory d) internal view returns (address) {
        return accounts[_roll(d, PEOPLE)];
    }

    /// @dev The second address of somebody: people come in pairs.
    function _second(address who) internal view returns (address) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (accounts[i] == who) return accounts[i ^ 1];
        }
        return accounts[0];
    }

    function _keyOf(address who) internal view returns (uint256) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            if (accounts[i] == who) return FIRST_KEY + i;
        }
        return 0;
    }
}
