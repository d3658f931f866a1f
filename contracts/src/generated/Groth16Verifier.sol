// SPDX-License-Identifier: MIT OR Apache-2.0
// Generated from the verifying key, do not edit; refresh with `make bless`.
pragma solidity ^0.8.24;

/// @title Groth16Verifier
/// @notice Verifies Groth16 proofs over BN254 for one verifying key. DEVELOPMENT KEY: it was made from a public
/// seed, so anyone can forge proofs. The constructor reverts on every chain but 31337.
contract Groth16Verifier {
    /// @notice The pairing equation does not hold, or a point is malformed or the point at infinity.
    error ProofInvalid();
    /// @notice A public input is not below the scalar field's order. Inputs are never reduced.
    error InputNotInField(uint256 index);
    /// @notice This key must not be used where money is real.
    error DevVerifierOnPublicChain(uint256 chainId);

    /// @notice Whether anyone can forge proofs under this key.
    bool public constant INSECURE_DEV = true;

    /// @notice SHA-256 digest of the verifying key's binary form.
    bytes32 public constant VERIFYING_KEY_DIGEST = 0x290bf0c6660805517a9d6f79eb8d444a34d9ce46c08af59ccbf91d0f21295abb;

    /// @dev Order of the scalar field.
    uint256 private constant R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001;

    // The verifying key. Points of the second group are negated, coordinates in the order of the pairing precompile.
    uint256 private constant ALPHA_X = 0x2c01086b7cf2a157b6ebe66146bf8ae69795ebd9094228cd8eea4aa2a224e34a;
    uint256 private constant ALPHA_Y = 0x28222fde6b24486d16c7279effba621dd45c8bd267fcc99d2e3603be1198cadd;
    uint256 private constant BETA_NEG_X1 = 0x2bbb0cfa9d1fe499b507b4afb509ad55d25fe453c8590e678cdf04c7350efdcf;
    uint256 private constant BETA_NEG_X0 = 0x11e06d7d26893f2aaeb7a1d35f81f1aecf2ab09dd09cf43c7a79f6a91338c8a2;
    uint256 private constant BETA_NEG_Y1 = 0x2a1dda41dd54e88b840e2068a07eb402951b82c58fea29f5567f6a79ebe17701;
    uint256 private constant BETA_NEG_Y0 = 0x1696285c97ad983bf9bd9f8dbd669a3d0efa790a83c879edb5e32308389cc30d;
    uint256 private constant GAMMA_NEG_X1 = 0x2cd6a40271f0d50b30fdbf092cc9d0cda885c9b1b2314b0f0cb2c28d59b97d72;
    uint256 private constant GAMMA_NEG_X0 = 0x20fda9c9a7f6015d5a125363d0efa3b1bc4c3d3e90ea4d27a3290fae83c5aca9;
    uint256 private constant GAMMA_NEG_Y1 = 0x04db9761bc9c67e53e0fbeb28ca78a4ae394dc4195f6f87db519d5eae27dd8be;
    uint256 private constant GAMMA_NEG_Y0 = 0x2e09616d466653c18dab0f1f39b1daacaba4737064f2ecd3badf5e3bdeadb1bf;
    uint256 private constant DELTA_NEG_X1 = 0x102f2d93d9dada21af6f8320034d331cdd0235e67dbe73b05a25167293088750;
    uint256 private constant DELTA_NEG_X0 = 0x2756151040b5bfd300aeb20999ac81876795ddd6a40bb860ecf043b16ca01d08;
    uint256 private constant DELTA_NEG_Y1 = 0x085a2fa032ae8766ad4e7ed8f03e26c429b0686a6a12d314875a45f66bd77beb;
    uint256 private constant DELTA_NEG_Y0 = 0x2755e6745e58d9f1015a69494a23577e17b7756523ec92159532dfb64e7c5ace;
    // The points that public inputs are multiplied with; the first one stands alone.
    uint256 private constant INPUT_0_X = 0x0f888541a2ff5b6831af9167ac35e775ede535ab87a1c7ff6c991dbf22930dd2;
    uint256 private constant INPUT_0_Y = 0x19cdfded1ec936fc295718ce3929e269fa52987239f3cecffe591468685ed5a4;
    uint256 private constant INPUT_1_X = 0x3025cbe37d387e812d683c49714f242ce3936e7ab773429ee1a258d5d71e59d3;
    uint256 private constant INPUT_1_Y = 0x0fbad34ff8d3260529d7ea36eaf15eb1a435753983ba640bc6ef73c04df76f4c;
    uint256 private constant INPUT_2_X = 0x200e5e65f915dfa81969a1ff487a10f360b51877496c8752d28958938a7b7c30;
    uint256 private constant INPUT_2_Y = 0x041d4326eced45d6bd40e7cba429ede63d83a3f0ba6e7d6eceab6a0f007e9aac;
    uint256 private constant INPUT_3_X = 0x2c33065c33762c1d3feeeeb3e5c90b72a8a489a8d4cb722ef7eb0023482ef462;
    uint256 private constant INPUT_3_Y = 0x16b28e3dccce064159b5f120c967e7e7d5d3e317d5cef5eb7c458a529ea9a95b;
    uint256 private constant INPUT_4_X = 0x1493af2a6bcf6dd3a7e65c75379b416a87b281af545794e90ff34c18013c5ab7;
    uint256 private constant INPUT_4_Y = 0x2dcb3d027a60c4fe1322386426d5492ecb27b84f50b4f812b6570c0069e964b2;
    uint256 private constant INPUT_5_X = 0x1fed0de8415f0de4ed81e0c6ca85ae4d6bb28280ce7b10b3765cf265579ee905;
    uint256 private constant INPUT_5_Y = 0x2d4c2b197bee2228d16451a17925ace9159c4cee7dc4ade13a509592840162b7;
    uint256 private constant INPUT_6_X = 0x2d7acba71d7f41ed585c9ad38d80ce04b62f5f369f18e12becea5088c88895d7;
    uint256 private constant INPUT_6_Y = 0x29ae51696d12e0ed8c7ca1231656c4cab5f5cef9f32890b565b270f58e433f53;
    uint256 private constant INPUT_7_X = 0x25f63b4d03a0eb421d2a3673a3432d24905e238f730710bc37dc115f9206e2c1;
    uint256 private constant INPUT_7_Y = 0x0afcf7fe14b621c9f42bd5593c4a8e6f229c2d43a42b1647c4124f52c7cb204b;
    uint256 private constant INPUT_8_X = 0x25af8c15331655b2c864df2a3606624bad6c1b1bd503afe45a8911a6f7c11aed;
    uint256 private constant INPUT_8_Y = 0x1ce7fed0bb5e3860daf8af3955f436b39b29a005df2ad18872cf7bdc17b0e999;
    constructor() {
        if (block.chainid != 31337) revert DevVerifierOnPublicChain(block.chainid);
    }

    /// @notice Returns if `proof` proves the statement with these inputs, reverts otherwise.
    /// @dev Checks e(A, B) · e(alpha, -beta) · e(inputs, -gamma) · e(C, -delta) = 1. The precompiles refuse
    /// coordinates that are not below the base field's order, points off the curve and points outside the subgroup.
    /// They accept the point at infinity, so that is refused here.
    /// @param proof A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y.
    /// @param inputs The public inputs.
    function verifyProof(uint256[8] calldata proof, uint256[8] calldata inputs) external view {
        for (uint256 i = 0; i < 8; ++i) {
            if (inputs[i] >= R) revert InputNotInField(i);
        }
        bool valid;
        assembly ("memory-safe") {
            /// Adds scalar · (x, y) to the point at `sum`, with `sum + 0x40 .. sum + 0xa0` as scratch space.
            function accumulate(before, sum, x, y, scalar) -> ok {
                let term := add(sum, 0x40)
                mstore(term, x)
                mstore(add(term, 0x20), y)
                mstore(add(term, 0x40), scalar)
                ok := and(before, staticcall(gas(), 0x07, term, 0x60, term, 0x40))
                ok := and(staticcall(gas(), 0x06, sum, 0x80, sum, 0x40), ok)
            }

            let p := mload(0x40)

            // The four pairs lie at p .. p + 0x300; inputs are summed up in the third one.
            let sum := add(p, 0x180)
            let ok := 1
            mstore(sum, INPUT_0_X)
            mstore(add(sum, 0x20), INPUT_0_Y)
            ok := accumulate(ok, sum, INPUT_1_X, INPUT_1_Y, calldataload(add(inputs, 0x0)))
            ok := accumulate(ok, sum, INPUT_2_X, INPUT_2_Y, calldataload(add(inputs, 0x20)))
            ok := accumulate(ok, sum, INPUT_3_X, INPUT_3_Y, calldataload(add(inputs, 0x40)))
            ok := accumulate(ok, sum, INPUT_4_X, INPUT_4_Y, calldataload(add(inputs, 0x60)))
            ok := accumulate(ok, sum, INPUT_5_X, INPUT_5_Y, calldataload(add(inputs, 0x80)))
            ok := accumulate(ok, sum, INPUT_6_X, INPUT_6_Y, calldataload(add(inputs, 0xa0)))
            ok := accumulate(ok, sum, INPUT_7_X, INPUT_7_Y, calldataload(add(inputs, 0xc0)))
            ok := accumulate(ok, sum, INPUT_8_X, INPUT_8_Y, calldataload(add(inputs, 0xe0)))

            calldatacopy(p, proof, 0xc0)
            mstore(add(p, 0xc0), ALPHA_X)
            mstore(add(p, 0xe0), ALPHA_Y)
            mstore(add(p, 0x100), BETA_NEG_X1)
            mstore(add(p, 0x120), BETA_NEG_X0)
            mstore(add(p, 0x140), BETA_NEG_Y1)
            mstore(add(p, 0x160), BETA_NEG_Y0)
            mstore(add(p, 0x1c0), GAMMA_NEG_X1)
            mstore(add(p, 0x1e0), GAMMA_NEG_X0)
            mstore(add(p, 0x200), GAMMA_NEG_Y1)
            mstore(add(p, 0x220), GAMMA_NEG_Y0)
            calldatacopy(add(p, 0x240), add(proof, 0xc0), 0x40)
            mstore(add(p, 0x280), DELTA_NEG_X1)
            mstore(add(p, 0x2a0), DELTA_NEG_X0)
            mstore(add(p, 0x2c0), DELTA_NEG_Y1)
            mstore(add(p, 0x2e0), DELTA_NEG_Y0)

            // None of A, B, C is the point at infinity.
            let a := or(mload(p), mload(add(p, 0x20)))
            let b := or(
                or(mload(add(p, 0x40)), mload(add(p, 0x60))),
                or(mload(add(p, 0x80)), mload(add(p, 0xa0)))
            )
            let c := or(mload(add(p, 0x240)), mload(add(p, 0x260)))
            ok := and(ok, iszero(or(iszero(a), or(iszero(b), iszero(c)))))

            ok := and(staticcall(gas(), 0x08, p, 0x300, 0x00, 0x20), ok)
            // A chain without the precompile would answer with nothing.
            valid := and(and(ok, eq(returndatasize(), 0x20)), mload(0x00))
        }
        if (!valid) revert ProofInvalid();
    }
}
