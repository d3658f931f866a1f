// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../src/interfaces/IVault.sol";
import {IVerifierAdapter} from "../src/interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "../src/interfaces/IVerifierRegistry.sol";
import {Script} from "forge-std/Script.sol";
import {console} from "forge-std/console.sol";

/// @notice The owner's calls, for its wallet to make: what {DeployProduction} left to propose, and what a change to
/// another market or verifier takes. Nothing is sent.
///
/// A new market does not replace the old one in anybody's name: accounts consent to it themselves, and requests of the
/// old one end by their own rules while it is still active. It is retired when no one needs it to lock any more.
contract Proposals is Script {
    /// @notice Prints the proposals of a market and an adapter.
    function propose(address vault, address market, uint128 dailyLimit, address verifiers, address adapter)
        external
        pure
    {
        _print("propose the market", vault, abi.encodeCall(IVault.proposeModule, (market, dailyLimit)));
        _print(
            "propose the verifier", verifiers, abi.encodeCall(IVerifierRegistry.proposeVerifier, (adapter))
        );
    }

    /// @notice Prints what ends a market: no new locks; what it has locked it still settles.
    function retire(address vault, address market) external pure {
        _print("retire the market", vault, abi.encodeCall(IVault.retireModule, (market)));
    }

    /// @notice Prints what ends a verifier: every unsettled request that pins it is void.
    function tombstone(address verifiers, address adapter) external view {
        bytes32 id = IVerifierAdapter(adapter).verifierId();
        _print("tombstone the verifier", verifiers, abi.encodeCall(IVerifierRegistry.tombstone, (id)));
    }

    function _print(string memory what, address to, bytes memory data) private pure {
        console.log(what);
        console.log("  to  ", to);
        console.log("  data", vm.toString(data));
    }
}

/// @notice The second half of a deployment or a migration, by anyone, when the delay is over.
contract Activate is Script {
    function run(address vault, address market, uint128 dailyLimit, address verifiers, address adapter)
        external
    {
        vm.startBroadcast();
        IVerifierRegistry(verifiers).addVerifier(adapter);
        IVault(vault).activateModule(market, dailyLimit);
        vm.stopBroadcast();
    }
}
