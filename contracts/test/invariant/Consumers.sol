// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofConsumer} from "../../src/interfaces/IProofConsumer.sol";
import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @dev How a requester's contract answers its callback.
enum Temper {
    Polite,
    Burner,
    Bomb,
    Reentrant
}

interface IReentered {
    function reenter(bytes32 requestId) external;
}

/// @notice A requester that is a contract. It signs whatever its one friend, the handler, has approved.
contract Consumer is IProofConsumer, IERC1271 {
    Temper public immutable temper;
    IReentered private immutable _handler;
    uint256 public calls;
    bytes32 public approved;

    constructor(Temper temper_) {
        (temper, _handler) = (temper_, IReentered(msg.sender));
    }

    function approve(bytes32 digest) external {
        approved = digest;
    }

    function isValidSignature(bytes32 hash, bytes calldata) external view returns (bytes4) {
        return hash == approved ? IERC1271.isValidSignature.selector : bytes4(0xffffffff);
    }

    function onFulfilled(bytes32 requestId, bytes32, uint64[3] calldata result) external {
        ++calls;
        if (temper == Temper.Burner) {
            while (true) {}
        } else if (temper == Temper.Bomb) {
            // As much as its gas pays for; half of the time it is an error's data.
            uint256 size = result[0] % 2 == 0 ? 100_000 : 30_000;
            assembly {
                if lt(size, 50000) { return(0, size) }
                revert(0, size)
            }
        } else if (temper == Temper.Reentrant) {
            _handler.reenter(requestId);
        }
    }
}

/// @notice A module that the owner let in and that takes whatever it is given. Its caller is pranked.
contract Rogue {
    /// @dev So that it has code of its own.
    function name() external pure returns (string memory) {
        return "rogue";
    }
}
