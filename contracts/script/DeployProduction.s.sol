// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGroth16Verifier} from "../src/interfaces/IGroth16Verifier.sol";
import {Parameters} from "../src/interfaces/MarketTypes.sol";
import {StackScript} from "./StackScript.sol";
import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";

/// @notice Deploys the whole stack on a real chain and writes the addresses to `DEPLOYMENT_OUT`. The check list before
/// and after it is in the README of this folder's parent; {Activate} is the second half, `DELAY` later.
/// @dev Nothing has a default: whoever deploys says each value, and the sender ends up with no rights at all.
/// `OWNER` proposes market and verifier itself: {Proposals} prints the calls.
contract DeployProduction is StackScript {
    uint256 private constant DEVELOPMENT_CHAIN = 31337;

    error DevelopmentChain();
    error NoCode(string what, address at);
    error InsecureVerifier(address verifier);
    error WrongVerifyingKey(bytes32 expected, bytes32 got);
    error TokenNotChecked();

    function run() external returns (Stack memory s) {
        require(block.chainid != DEVELOPMENT_CHAIN, DevelopmentChain());
        s = deploy();
        _write(s, vm.envString("DEPLOYMENT_OUT"));
    }

    /// @notice As {run}, on any chain and without the file: what a rehearsal calls.
    function deploy() public returns (Stack memory s) {
        address token = vm.envAddress("TOKEN");
        address verifier = vm.envAddress("VERIFIER");
        address owner = vm.envAddress("OWNER");
        check(
            token, verifier, owner, vm.envBytes32("VERIFYING_KEY_DIGEST"), vm.envBool("TOKEN_DOES_NOT_REBASE")
        );
        vm.startBroadcast();
        s = _deployStack(
            token, verifier, owner, uint64(vm.envUint("DELAY")), vm.envAddress("ATTESTER"), _parameters()
        );
        vm.stopBroadcast();
    }

    /// @notice What a script can see of the check list.
    /// @param digest of the verifying key that the verifier was exported with
    /// @param tokenChecked what no script can see: that the token keeps balances as they are, and that nobody can
    /// change that
    function check(address token, address verifier, address owner, bytes32 digest, bool tokenChecked)
        public
        view
    {
        require(token.code.length != 0, NoCode("token", token));
        IERC20Metadata(token).decimals();
        // One key must not be able to propose, pause and tombstone: a multi-signature wallet or a governor is a contract.
        require(owner.code.length != 0, NoCode("owner", owner));
        require(verifier.code.length != 0, NoCode("verifier", verifier));
        require(!IGroth16Verifier(verifier).INSECURE_DEV(), InsecureVerifier(verifier));
        bytes32 got = IGroth16Verifier(verifier).VERIFYING_KEY_DIGEST();
        require(got == digest, WrongVerifyingKey(digest, got));
        require(tokenChecked, TokenNotChecked());
    }

    function _parameters() private view returns (Parameters memory) {
        return Parameters({
            minBiddingWindow: uint32(vm.envUint("MIN_BIDDING_WINDOW")),
            minProvingWindow: uint32(vm.envUint("MIN_PROVING_WINDOW")),
            extension: uint32(vm.envUint("EXTENSION")),
            grace: uint32(vm.envUint("GRACE")),
            lateFeeBps: uint16(vm.envUint("LATE_FEE_BPS")),
            burnedFloor: uint128(vm.envUint("BURNED_FLOOR")),
            burnedBps: uint32(vm.envUint("BURNED_BPS")),
            rewardCap: uint128(vm.envUint("REWARD_CAP"))
        });
    }
}
