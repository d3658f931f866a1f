// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IGateway} from "./interfaces/IGateway.sol";
import {IProofMarket} from "./interfaces/IProofMarket.sol";
import {IVault} from "./interfaces/IVault.sol";

/// @notice See {IGateway}.
contract Gateway is IGateway {
    IVault public immutable vault;
    IProofMarket public immutable market;

    constructor(IVault vault_, IProofMarket market_) {
        (vault, market) = (vault_, market_);
    }

    /// @inheritdoc IGateway
    function depositAndRequest(
        IVault.Authorization calldata authorization,
        IVault.Permit calldata permit,
        bytes calldata authorizationSignature,
        SignedRequest calldata signed
    ) external returns (bytes32) {
        // Whoever saw the authorization may have carried it already; then its nonce is used and its work is done.
        if (vault.nonces(authorization.account) == authorization.nonce) {
            vault.authorize(authorization, permit, authorizationSignature);
        }
        return market.requestBySig(
            signed.requester,
            signed.terms,
            signed.nonce,
            signed.inlineInput,
            signed.validUntil,
            signed.signature
        );
    }
}
