// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {IMarketErrors} from "../interfaces/IMarketErrors.sol";
import {Terms} from "../interfaces/MarketTypes.sol";
import {Hashing} from "./Hashing.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";

/// @title Requests and bids that somebody signed and somebody else carries
/// @notice EIP-712 structs of their own, so that no signature counts for two things.
library Signed {
    bytes private constant TERMS_TYPE =
        "Terms(bytes32 modelId,uint8 kind,bool inputPrivate,bool outputPrivate,bytes32 inputDigest,bytes32 inputHash,bytes32 verifierId,uint128 firstCeiling,uint128 ceilingStep,uint128 maxPrice,uint128 instantPrice,uint128 maxFee,uint64 biddingWindow,uint64 provingWindow,uint64 expiresAt,uint32 callbackGas)";
    bytes32 private constant TERMS_TYPEHASH = keccak256(TERMS_TYPE);
    bytes32 private constant REQUEST_TYPEHASH = keccak256(
        abi.encodePacked("Request(address requester,uint64 nonce,uint64 validUntil,Terms terms)", TERMS_TYPE)
    );
    bytes32 private constant BID_TYPEHASH =
        keccak256("Bid(address prover,bytes32 requestId,uint32 round,uint128 price,uint64 validUntil)");

    /// @notice hashStruct of a signed request. All of the terms are words, which stand
    /// in the calldata as EIP-712 lays them out.
    function hashRequest(address requester, uint64 nonce, uint64 validUntil, Terms calldata terms)
        internal
        pure
        returns (bytes32)
    {
        bytes32 termsHash = Hashing.hashStruct(TERMS_TYPEHASH, terms);
        return keccak256(abi.encode(REQUEST_TYPEHASH, requester, nonce, validUntil, termsHash));
    }

    /// @notice hashStruct of a signed bid.
    function hashBid(address prover, bytes32 requestId, uint32 round, uint128 price, uint64 validUntil)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encode(BID_TYPEHASH, prover, requestId, round, price, validUntil));
    }

    /// @notice Reverts unless `signer`, a key or a contract, signed `digest` and the signature still counts.
    function requireValid(address signer, bytes32 digest, uint64 validUntil, bytes calldata signature)
        internal
        view
    {
        require(
            block.timestamp < validUntil, IMarketErrors.SignatureExpired(validUntil, uint64(block.timestamp))
        );
        require(
            SignatureChecker.isValidSignatureNowCalldata(signer, digest, signature),
            IMarketErrors.InvalidSignature(signer)
        );
    }
}
