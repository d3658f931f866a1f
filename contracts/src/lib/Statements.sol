// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Request} from "../interfaces/MarketTypes.sol";
import {Statement} from "../interfaces/Types.sol";
import {Context} from "./Context.sol";
import {Header} from "./Header.sol";

/// @title The statement that fulfills a request
library Statements {
    /// @notice Every word comes from the request as it was made, or from the delivery, which the proof binds.
    function build(
        address market,
        bytes32 requestId,
        Request calldata request,
        uint32 round,
        address payee,
        bytes32 outputDigest,
        uint64[3] calldata result,
        bytes32 outputHash,
        bool outputInline
    ) internal view returns (Statement memory s) {
        s.header = request.snapshot.header;
        s.circuit = request.snapshot.circuit;
        s.model = request.snapshot.commitment;
        s.input = request.terms.inputDigest;
        s.output = outputDigest;
        s.result = result;
        s.context = Context.compute(
            block.chainid, market, Header.kindOf(s.header), requestId, round, payee, outputHash, outputInline
        );
    }
}
