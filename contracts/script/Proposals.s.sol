// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "../src/interfaces/IVault.sol";
import {IVerifierAdapter} from "../src/interfaces/IVerifierAdapter.sol";
import {IVerifierRegistry} from "../src/interfaces/IVerifierRegistry.sol";
import {Script} from "forge-std/Script.sol";
import {console} from "forge-std/console.sol";

/// @notice The owner's calls, for its wallet to make: what {DeployProduction} left to propose, and what a change to
/// another market or verifier takes. It prints and returns them, and sends nothing.
///
/// A new market does not replace the old one in anybody's name: accounts consent to it themselves, and requests of the
/// old one end by their own rules while it is still active. It is retired when no one needs it to lock any more.
contract Proposals is Script {
    /// @notice One transaction of the owner.
    struct Call {
        address to;
        bytes data;
    }

    /// @notice The proposals of a market and an adapter.
    function propose(address vault, address market, uint128 dailyLimit, address verifiers, address adapter)
        external
        pure
        returns (Call[] memory calls)
    {
        calls = new Call[](2);
        calls[0] = Call(vault, abi.encodeCall(IVault.proposeModule, (market, dailyLimit)));
        _print("propose the market", calls[0]);
        calls[1] = Call(verifiers, abi.encodeCall(IVerifierRegistry.proposeVerifier, (adapter)));
        _print("propose the verifier", calls[1]);
    }

    /// @notice What ends a market: no new locks; what it has locked it still settles.
    function retire(address vault, address market) external pure returns (Call memory call) {
        call = Call(vault, abi.encodeCall(IVault.retireModule, (market)));
        _print("retire the market", call);
    }

    /// @notice What ends a verifier: every unsettled request that pins it is void.
    function tombstone(address verifiers, address adapter) external view returns (Call memory call) {
        bytes32 id = IVerifierAdapter(adapter).verifierId();
        call = Call(verifiers, abi.encodeCall(IVerifierRegistry.tombstone, (id)));
        _print("tombstone the verifier", call);
    }

    function _print(string memory what, Call memory call) private pure {
        console.log(what);
        console.log("  to  ", call.to);
        console.log("  data", vm.toString(call.data));
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
