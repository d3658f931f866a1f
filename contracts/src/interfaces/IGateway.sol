// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IVault} from "./IVault.sol";
import {Terms} from "./MarketTypes.sol";

/// @title Deposit, consent and request in one transaction
/// @notice Carries what a requester signed to where it belongs. It has no rights, holds nothing, and adds nothing: the
/// vault and the market check the signatures themselves. Anyone may send it, the requester included.
interface IGateway {
    /// @notice A request as its requester signed it for the market.
    struct SignedRequest {
        address requester;
        Terms terms;
        uint64 nonce;
        bytes inlineInput;
        uint64 validUntil;
        bytes signature;
    }

    /// @notice Deposits and consents as signed for the vault, then makes the request as signed for the market.
    function depositAndRequest(
        IVault.Authorization calldata authorization,
        IVault.Permit calldata permit,
        bytes calldata authorizationSignature,
        SignedRequest calldata signed
    ) external returns (bytes32 requestId);
}
