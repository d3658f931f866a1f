// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../src/AssayToken.sol";
import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {Groth16Adapter} from "../src/Groth16Adapter.sol";
import {MarketViews} from "../src/MarketViews.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {ProofMarket} from "../src/ProofMarket.sol";
import {ProverRegistry} from "../src/ProverRegistry.sol";
import {Vault} from "../src/Vault.sol";
import {VerifierRegistry} from "../src/VerifierRegistry.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {Script} from "forge-std/Script.sol";

/// @notice Deploys the whole stack on a development chain and writes the addresses to `DEPLOYMENT_OUT`.
/// @dev The sender owns everything and is the first attester unless `ATTESTER` names another one. Delays are zero,
/// which the contracts allow on chain 31337 only. `script-tools/deploy.sh` is the way to run it.
contract Deploy is Script {
    uint256 private constant DEVELOPMENT_CHAIN = 31337;
    /// @dev No delay: on a development chain nobody needs time to leave.
    uint64 private constant DELAY = 0;
    /// @dev A billion dollars at six decimals: a cap that a demonstration does not meet.
    uint256 private constant MARKET_CAP = 1_000_000_000e6;

    struct Stack {
        AssayToken token;
        Vault vault;
        CircuitRegistry circuitRegistry;
        ModelRegistry modelRegistry;
        ProverRegistry proverRegistry;
        VerifierRegistry verifierRegistry;
        Groth16Adapter verifierAdapter;
        address groth16Verifier;
        ProofMarket market;
    }

    error NotDevelopmentChain(uint256 chainId);
    error VerifierNotDeployed();

    function run() external {
        require(block.chainid == DEVELOPMENT_CHAIN, NotDevelopmentChain(block.chainid));
        vm.startBroadcast();
        (, address owner,) = vm.readCallers();
        Stack memory stack = _deploy(owner, vm.envOr("ATTESTER", owner));
        vm.stopBroadcast();
        _write(stack, vm.envString("DEPLOYMENT_OUT"));
    }

    function _deploy(address owner, address attester) private returns (Stack memory s) {
        s.token = new AssayToken();
        s.vault = new Vault(s.token, owner, DELAY);
        s.circuitRegistry = new CircuitRegistry(owner, DELAY, attester);
        s.modelRegistry = new ModelRegistry();
        s.proverRegistry = new ProverRegistry();
        s.verifierRegistry = new VerifierRegistry(owner, DELAY);
        s.groth16Verifier = _deployVerifier();
        s.verifierAdapter = new Groth16Adapter(IGroth16Verifier(s.groth16Verifier));
        s.market = new ProofMarket(s.vault, s.modelRegistry, s.verifierRegistry, _parameters());

        s.verifierRegistry.proposeVerifier(address(s.verifierAdapter));
        s.verifierRegistry.addVerifier(address(s.verifierAdapter));
        s.vault.proposeModule(address(s.market), MARKET_CAP);
        s.vault.activateModule(address(s.market), MARKET_CAP);
    }

    /// @dev The generated verifier is looked up by name: it comes from the wrap crate, not from this folder.
    function _deployVerifier() private returns (address verifier) {
        bytes memory code = vm.getCode("Groth16Verifier.sol:Groth16Verifier");
        assembly {
            verifier := create(0, add(code, 0x20), mload(code))
        }
        require(verifier != address(0), VerifierNotDeployed());
    }

    /// @dev Short windows by default, so that a demonstration takes minutes.
    function _parameters() private view returns (MarketViews.Parameters memory) {
        return MarketViews.Parameters({
            minBiddingWindow: uint64(vm.envOr("MIN_BIDDING_WINDOW", uint256(2))),
            minProvingWindow: uint64(vm.envOr("MIN_PROVING_WINDOW", uint256(5))),
            collateralFloor: uint128(vm.envOr("COLLATERAL_FLOOR", uint256(1e6))),
            collateralBps: uint64(vm.envOr("COLLATERAL_BPS", uint256(20_000)))
        });
    }

    function _write(Stack memory s, string memory path) private {
        string memory key = "deployment";
        vm.serializeAddress(key, "token", address(s.token));
        vm.serializeAddress(key, "vault", address(s.vault));
        vm.serializeAddress(key, "circuitRegistry", address(s.circuitRegistry));
        vm.serializeAddress(key, "modelRegistry", address(s.modelRegistry));
        vm.serializeAddress(key, "proverRegistry", address(s.proverRegistry));
        vm.serializeAddress(key, "verifierRegistry", address(s.verifierRegistry));
        vm.serializeAddress(key, "verifierAdapter", address(s.verifierAdapter));
        vm.serializeAddress(key, "groth16Verifier", s.groth16Verifier);
        vm.serializeAddress(key, "market", address(s.market));
        // Nothing of ours is in the logs before this block.
        vm.serializeUint(key, "block", block.number);
        string memory json = vm.serializeUint(key, "chainId", block.chainid);
        vm.writeJson(json, path);
    }
}
