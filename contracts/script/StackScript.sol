// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {CircuitRegistry} from "../src/CircuitRegistry.sol";
import {Gateway} from "../src/Gateway.sol";
import {Groth16Adapter} from "../src/Groth16Adapter.sol";
import {MarketLens} from "../src/MarketLens.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {ProofMarket} from "../src/ProofMarket.sol";
import {ProverRegistry} from "../src/ProverRegistry.sol";
import {RequestRules} from "../src/RequestRules.sol";
import {Vault} from "../src/Vault.sol";
import {VerifierRegistry} from "../src/VerifierRegistry.sol";
import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {Parameters} from "../src/interfaces/MarketTypes.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Script} from "forge-std/Script.sol";

/// @notice What the deployments of development and of real chains have in common: which contracts there are, in
/// which order they are made, and the file that says where they are.
abstract contract StackScript is Script {
    struct Stack {
        address token;
        Vault vault;
        CircuitRegistry circuitRegistry;
        ModelRegistry modelRegistry;
        ProverRegistry proverRegistry;
        VerifierRegistry verifierRegistry;
        Groth16Adapter verifierAdapter;
        address groth16Verifier;
        RequestRules rules;
        ProofMarket market;
        MarketLens lens;
        Gateway gateway;
    }

    /// @dev Everything but token and verifier, which differ.
    function _deployStack(
        address token,
        address groth16Verifier,
        address owner,
        uint64 delay,
        address attester,
        Parameters memory parameters
    ) internal returns (Stack memory s) {
        (s.token, s.groth16Verifier) = (token, groth16Verifier);
        s.vault = new Vault(IERC20(token), owner, delay);
        s.circuitRegistry = new CircuitRegistry(owner, delay, attester);
        s.modelRegistry = new ModelRegistry();
        s.proverRegistry = new ProverRegistry();
        s.verifierRegistry = new VerifierRegistry(owner, delay);
        s.verifierAdapter = new Groth16Adapter(IGroth16Verifier(groth16Verifier));
        s.rules = new RequestRules(s.modelRegistry, s.verifierRegistry, parameters);
        s.market = new ProofMarket(s.vault, s.rules);
        s.lens = new MarketLens(s.market);
        s.gateway = new Gateway(s.vault, s.market);
    }

    function _write(Stack memory s, string memory path) internal {
        string memory key = "deployment";
        vm.serializeAddress(key, "token", s.token);
        vm.serializeAddress(key, "vault", address(s.vault));
        vm.serializeAddress(key, "circuitRegistry", address(s.circuitRegistry));
        vm.serializeAddress(key, "modelRegistry", address(s.modelRegistry));
        vm.serializeAddress(key, "proverRegistry", address(s.proverRegistry));
        vm.serializeAddress(key, "verifierRegistry", address(s.verifierRegistry));
        vm.serializeAddress(key, "verifierAdapter", address(s.verifierAdapter));
        vm.serializeAddress(key, "groth16Verifier", s.groth16Verifier);
        vm.serializeAddress(key, "rules", address(s.rules));
        vm.serializeAddress(key, "market", address(s.market));
        vm.serializeAddress(key, "lens", address(s.lens));
        vm.serializeAddress(key, "gateway", address(s.gateway));
        // Nothing of ours is in the logs before this block.
        vm.serializeUint(key, "block", block.number);
        string memory json = vm.serializeUint(key, "chainId", block.chainid);
        vm.writeJson(json, path);
    }
}
