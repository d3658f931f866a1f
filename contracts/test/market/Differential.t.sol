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
import {IMarketErrors} from "../../src/interfaces/IMarketErrors.sol";
import {IMarketEvents} from "../../src/interfaces/IMarketEvents.sol";
import {IModelRegistry} from "../../src/interfaces/IModelRegistry.sol";
import {Parameters, Request, Snapshot, Terms} from "../../src/interfaces/MarketTypes.sol";
import {Kind, ProverPolicy} from "../../src/interfaces/Types.sol";
import {MarkerVerifier} from "../utils/MarkerVerifier.sol";
import {RefusingWallet, Wallet} from "../utils/Wallet.sol";
import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

/// @notice Runs the random operations that the Rust domain wrote, and must come to the same answers, refusals, logs and
/// state after every single one. scripts/differential.sh writes them and names their folder; without it there is nothing
/// to compare.
contract DifferentialTest is Test {
    struct Contracts {
        address owner;
        address token;
        address vault;
        address models;
        address verifiers;
        address rules;
        address market;
        address lens;
    }

    struct Verifier {
        bytes32 id;
        address adapter;
        address groth16;
    }

    struct Person {
        address at;
        bool isContract;
        bool takesCallbacks;
        uint256 deposit;
        uint256 held;
        uint96 allowance;
    }

    struct Model {
        bytes32 id;
        bool weightsPrivate;
        address soleProver;
        uint128 provingPrice;
        uint128 fee;
        bytes32 commitment;
    }

    /// @dev What a file begins with.
    struct Setup {
        uint64 start;
        Contracts contracts;
        Parameters parameters;
        uint128 dailyLimit;
        Verifier[] verifiers;
        Person[] people;
        address provider;
        bytes32 publicCircuit;
        bytes32 privateCircuit;
        Model[] models;
    }

    /// @dev One operation and what it comes to. `gas` is zero for as much as there is; `target` is the request to look at
    /// afterwards, counted from 1.
    struct Step {
        uint64 at;
        address caller;
        address to;
        uint256 gas;
        bytes data;
        bool succeeds;
        bytes answer;
        bytes32 logs;
        uint256 target;
        bool everything;
        bytes32 state;
    }

    Vault private _vault;
    ProofMarket private _market;
    MarketLens private _lens;
    address[] private _people;
    bytes32[] private _ids;
    mapping(bytes32 requestId => Request) private _made;

    function test_RandomOperations_ComeOutTheSame() external {
        string memory folder = vm.envOr("DIFFERENTIAL_FOLDER", string(""));
        vm.skip(bytes(folder).length == 0);
        Vm.DirEntry[] memory files = vm.readDir(folder);
        uint256 count;
        for (uint256 i = 0; i < files.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            // Calls itself, so that the memory of a file is given back.
            count += this.replay(files[i].path);
            vm.revertToStateAndDelete(snapshot);
        }
        assertEq(count, vm.envUint("DIFFERENTIAL_OPERATIONS"), "operations");
    }

    function replay(string calldata path) external returns (uint256) {
        (Setup memory setup, Step[] memory steps) = abi.decode(vm.readFileBinary(path), (Setup, Step[]));
        _deploy(setup);
        vm.recordLogs();
        for (uint256 i = 0; i < steps.length; ++i) {
            string memory at = string.concat(path, ":", vm.toString(i));
            vm.warp(steps[i].at);
            bool succeeded = _run(steps[i], at);
            // What a call wrote before it was refused is recorded too, and is not on the chain.
            Vm.Log[] memory logs = vm.getRecordedLogs();
            if (succeeded) assertEq(_logsHash(logs), steps[i].logs, string.concat("logs ", at));
            assertEq(_stateHash(steps[i]), steps[i].state, string.concat("state ", at));
        }
        return steps.length;
    }

    function _run(Step memory step, string memory at) private returns (bool succeeded) {
        bytes memory answer;
        vm.prank(step.caller);
        (succeeded, answer) = step.gas == 0 ? step.to.call(step.data) : step.to.call{gas: step.gas}(step.data);
        assertEq(succeeded, step.succeeds, string.concat("success ", at, " ", vm.toString(answer)));
        if (!succeeded && bytes4(answer) == IMarketErrors.TooLittleGas.selector) {
            // Its last word is how much gas was left.
            assembly ("memory-safe") {
                mstore(answer, 36)
            }
        }
        assertEq(answer, step.answer, string.concat("answer ", at));
    }

    /// @dev One word for all logs of market and vault: the hash so far, then emitter, topics and data of the next one.
    function _logsHash(Vm.Log[] memory logs) private returns (bytes32 hash) {
        for (uint256 i = 0; i < logs.length; ++i) {
            address emitter = logs[i].emitter;
            if (emitter != address(_market) && emitter != address(_vault)) continue;
            hash = keccak256(abi.encodePacked(hash, emitter, logs[i].topics, logs[i].data));
            if (logs[i].topics[0] == IMarketEvents.Requested.selector) _remember(logs[i]);
        }
    }

    /// @dev Keeps a request as the market told it.
    function _remember(Vm.Log memory log) private {
        (uint64 nonce, Terms memory terms, Snapshot memory snapshot,,) =
            abi.decode(log.data, (uint64, Terms, Snapshot, bytes, uint64));
        bytes32 id = log.topics[1];
        _ids.push(id);
        _made[id] = Request(address(uint160(uint256(log.topics[2]))), nonce, terms, snapshot);
    }

    /// @dev One word for the clock, every balance, the request that the operation was about, and now and then every
    /// request and consent.
    function _stateHash(Step memory step) private view returns (bytes32) {
        bytes memory state = abi.encodePacked(_balances());
        if (step.everything) {
            for (uint256 i = 0; i < _ids.length; ++i) {
                state = abi.encodePacked(state, _requestWords(_ids[i]));
            }
            for (uint256 i = 0; i < _people.length; ++i) {
                (uint256 allowance, uint256 used, uint256 today) =
                    _vault.consentOf(_people[i], address(_market));
                state = abi.encodePacked(state, allowance, used, today);
            }
        } else if (step.target != 0) {
            state = abi.encodePacked(state, _requestWords(_ids[step.target - 1]));
        }
        return keccak256(state);
    }

    function _balances() private view returns (uint256[] memory words) {
        uint256 count = _people.length;
        words = new uint256[](3 + 2 * count);
        words[0] = _market.clock();
        words[1] = _market.isPaused() ? 1 : 0;
        words[2] = _vault.freeOf(_vault.sink());
        for (uint256 i = 0; i < count; ++i) {
            words[3 + 2 * i] = _vault.freeOf(_people[i]);
            words[4 + 2 * i] = _vault.lockedOf(_people[i]);
        }
    }

    /// @dev The hash that the market keeps, and all that the lens tells.
    function _requestWords(bytes32 id) private view returns (bytes memory) {
        return abi.encode(_market.hashOf(id), _lens.viewOf(id, _made[id]));
    }

    // --- The stack, where the file says --------------------------------------------------------------------

    function _deploy(Setup memory setup) private {
        Contracts memory c = setup.contracts;
        vm.warp(setup.start);
        _put(c.token, type(AssayToken).creationCode, "");
        _put(c.vault, type(Vault).creationCode, abi.encode(c.token, c.owner, 0));
        _put(c.models, type(ModelRegistry).creationCode, "");
        _put(c.verifiers, type(VerifierRegistry).creationCode, abi.encode(c.owner, 0));
        _put(c.rules, type(RequestRules).creationCode, abi.encode(c.models, c.verifiers, setup.parameters));
        _put(c.market, type(ProofMarket).creationCode, abi.encode(c.vault, c.rules));
        _put(c.lens, type(MarketLens).creationCode, abi.encode(c.market));
        (_vault, _market, _lens) = (Vault(c.vault), ProofMarket(c.market), MarketLens(c.lens));

        vm.prank(c.owner);
        _vault.proposeModule(c.market, setup.dailyLimit);
        _vault.activateModule(c.market, setup.dailyLimit);
        for (uint256 i = 0; i < setup.verifiers.length; ++i) {
            _list(c, setup.verifiers[i]);
        }
        for (uint256 i = 0; i < setup.people.length; ++i) {
            _join(c, setup.people[i]);
        }
        for (uint256 i = 0; i < setup.models.length; ++i) {
            _register(setup, setup.models[i]);
        }
    }

    /// @dev Runs a constructor at a place of our choice: ids and contexts contain addresses.
    function _put(address where, bytes memory creation, bytes memory arguments) private {
        vm.etch(where, abi.encodePacked(creation, arguments));
        (bool ok, bytes memory runtime) = where.call("");
        assertTrue(ok, "constructor");
        vm.etch(where, runtime);
    }

    function _list(Contracts memory c, Verifier memory verifier) private {
        _put(verifier.groth16, type(MarkerVerifier).creationCode, abi.encode(verifier.id));
        _put(verifier.adapter, type(Groth16Adapter).creationCode, abi.encode(verifier.groth16));
        vm.prank(c.owner);
        VerifierRegistry(c.verifiers).proposeVerifier(verifier.adapter);
        VerifierRegistry(c.verifiers).addVerifier(verifier.adapter);
    }

    function _join(Contracts memory c, Person memory person) private {
        if (person.isContract) {
            bytes memory code =
                person.takesCallbacks ? type(Wallet).runtimeCode : type(RefusingWallet).runtimeCode;
            vm.etch(person.at, code);
        }
        _people.push(person.at);
        AssayToken(c.token).mint(person.at, person.deposit + person.held);
        vm.startPrank(person.at);
        AssayToken(c.token).approve(c.vault, type(uint256).max);
        if (person.deposit != 0) _vault.deposit(person.at, person.deposit);
        _vault.consent(c.market, person.allowance);
        vm.stopPrank();
    }

    function _register(Setup memory setup, Model memory model) private {
        IModelRegistry.Registration memory registration;
        registration.commitment = model.commitment;
        registration.weightsPrivate = model.weightsPrivate;
        registration.circuits = new IModelRegistry.CircuitVariant[](2);
        registration.circuits[0] =
            IModelRegistry.CircuitVariant(Kind.Inference, false, false, setup.publicCircuit);
        registration.circuits[1] =
            IModelRegistry.CircuitVariant(Kind.Inference, true, true, setup.privateCircuit);
        registration.cardUri = "sha256:card";
        registration.cardHash = keccak256("card");
        registration.fee = model.fee;
        registration.policy = model.soleProver == address(0) ? ProverPolicy.Open : ProverPolicy.Sole;
        registration.soleProver = model.soleProver;
        registration.provingPrice = model.provingPrice;
        vm.prank(setup.provider);
        assertEq(ModelRegistry(setup.contracts.models).register(registration), model.id, "model");
    }
}
