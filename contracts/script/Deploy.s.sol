// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {AssayToken} from "../src/AssayToken.sol";
import {Parameters} from "../src/interfaces/MarketTypes.sol";
import {StackScript} from "./StackScript.sol";

/// @notice Deploys the whole stack on a development chain and writes the addresses to `DEPLOYMENT_OUT`.
/// @dev The sender owns everything and is the first attester unless `ATTESTER` names another one. Delays are zero,
/// which the contracts allow on chain 31337 only. `script-tools/deploy.sh` is the way to run it.
contract Deploy is StackScript {
    uint256 private constant DEVELOPMENT_CHAIN = 31337;
    /// @dev No delay: on a development chain nobody needs time to leave.
    uint64 private constant DELAY = 0;
    /// @dev A billion dollars at six decimals: a limit that a demonstration does not meet.
    uint128 private constant DAILY_LIMIT = 1_000_000_000e6;

    error NotDevelopmentChain(uint256 chainId);
    error VerifierNotDeployed();

    function run() external {
        require(block.chainid == DEVELOPMENT_CHAIN, NotDevelopmentChain(block.chainid));
        vm.startBroadcast();
        (, address owner,) = vm.readCallers();
        Stack memory s = _deployStack(
            address(new AssayToken()),
            _deployVerifier(),
            owner,
            DELAY,
            vm.envOr("ATTESTER", owner),
            _parameters()
        );
        s.verifierRegistry.proposeVerifier(address(s.verifierAdapter));
        s.verifierRegistry.addVerifier(address(s.verifierAdapter));
        s.vault.proposeModule(address(s.market), DAILY_LIMIT);
        s.vault.activateModule(address(s.market), DAILY_LIMIT);
        vm.stopBroadcast();
        _write(s, vm.envString("DEPLOYMENT_OUT"));
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
    function _parameters() private view returns (Parameters memory) {
        return Parameters({
            minBiddingWindow: uint32(vm.envOr("MIN_BIDDING_WINDOW", uint256(2))),
            minProvingWindow: uint32(vm.envOr("MIN_PROVING_WINDOW", uint256(5))),
            extension: uint32(vm.envOr("EXTENSION", uint256(1))),
            grace: uint32(vm.envOr("GRACE", uint256(5))),
            lateFeeBps: uint16(vm.envOr("LATE_FEE_BPS", uint256(1000))),
            burnedFloor: uint128(vm.envOr("BURNED_FLOOR", uint256(0.5e6))),
            burnedBps: uint32(vm.envOr("BURNED_BPS", uint256(10_000))),
            rewardCap: uint128(vm.envOr("REWARD_CAP", uint256(0.1e6)))
        });
    }
}
