// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IProofConsumer} from "../../src/interfaces/IProofConsumer.sol";

/// @notice Keeps what it is told, and how much gas it had.
contract RecordingConsumer is IProofConsumer {
    uint256 public calls;
    uint256 public gasSeen;
    address public caller;
    bytes32 public requestId;
    bytes32 public outputDigest;
    uint64[3] private _result;

    function onFulfilled(bytes32 requestId_, bytes32 outputDigest_, uint64[3] calldata result_)
        external
        virtual
    {
        gasSeen = gasleft();
        ++calls;
        (caller, requestId, outputDigest, _result) = (msg.sender, requestId_, outputDigest_, result_);
    }

    function result() external view returns (uint64[3] memory) {
        return _result;
    }
}

/// @notice Does not want it.
contract RevertingConsumer is IProofConsumer {
    error NotWanted();

    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external pure {
        revert NotWanted();
    }
}

/// @notice Burns all the gas it gets.
contract BurningConsumer is IProofConsumer {
    uint256 public turns;

    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external {
        while (true) ++turns;
    }
}

/// @notice Answers with as many bytes as its gas can buy, for whoever copies them to pay again.
contract BombConsumer is IProofConsumer {
    uint256 private immutable _bytes;
    bool private immutable _reverts;

    constructor(uint256 bytes_, bool reverts) {
        (_bytes, _reverts) = (bytes_, reverts);
    }

    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external view {
        (uint256 length, bool reverts) = (_bytes, _reverts);
        assembly ("memory-safe") {
            if reverts { revert(0, length) }
            return(0, length)
        }
    }
}

/// @notice Answers with calls of its own, and keeps what came of them.
contract ReenteringConsumer is IProofConsumer {
    address private immutable _target;
    bytes[] private _data;
    bool[] private _accepted;
    bytes[] private _answers;

    constructor(address target) {
        _target = target;
    }

    function add(bytes calldata data) external {
        _data.push(data);
    }

    function onFulfilled(bytes32, bytes32, uint64[3] calldata) external {
        for (uint256 i = 0; i < _data.length; ++i) {
            (bool accepted, bytes memory answer) = _target.call(_data[i]);
            _accepted.push(accepted);
            _answers.push(answer);
        }
    }

    function answerOf(uint256 i) external view returns (bool accepted, bytes memory answer) {
        return (_accepted[i], _answers[i]);
    }
}
