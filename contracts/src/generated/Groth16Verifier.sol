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
    bytes32 public constant VERIFYING_KEY_DIGEST = 0xec3bb6d36c9c6a91d91f11e8535237f58dc3a624b5377b55990996b5d0959354;

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
    uint256 private constant INPUT_0_X = 0x12f0b0a8b658079719da27cbfa7ded64385aa5811086e2a5c0400e06e8542acc;
    uint256 private constant INPUT_0_Y = 0x1fd50c7617825c15f273eacd9f0777ea7e79487c589372dbee0b362b6f17c952;
    uint256 private constant INPUT_1_X = 0x30613c8d7967b4a0ec0d2170ee75667749ead341be4e0f61f95545e68fa0dc1f;
    uint256 private constant INPUT_1_Y = 0x2f2b03330291021d570ad38816090d3372f22545e7fb9c44a2580e2d94513f36;
    uint256 private constant INPUT_2_X = 0x135849b9e3c3dd417bd442050e2d04ed8b70d217b6fb2d8973f93a167e2e235d;
    uint256 private constant INPUT_2_Y = 0x0ad5efc62dbecc6e54ac7919083cd9cfa0a72931b113fdb2b84605d9893219ff;
    uint256 private constant INPUT_3_X = 0x1ba0ef31b817b55f273d1031927944ce72ff7b89d71e9886a73e38e972fc1127;
    uint256 private constant INPUT_3_Y = 0x2d60a744511de005cb6e0b4f2b1439e6af7a450bc30ba12fbc13e644b36dfff9;
    uint256 private constant INPUT_4_X = 0x053b169b06d9ff55a3d3f432771052fecdca30042bf6d70b9fa4e772693d6d67;
    uint256 private constant INPUT_4_Y = 0x2efbec6f6c9e16edd02238d1678886d00859b4a9c068ffa272bc18ad923da656;
    uint256 private constant INPUT_5_X = 0x2598006e7b0acfa6d4958f2d18e64b03537a6be35d695a7d21e8127ab684f848;
    uint256 private constant INPUT_5_Y = 0x2c3d20dcc3101c4150f49d37e5ce2793b333de69020c435b3feb4d61a4286cb4;
    uint256 private constant INPUT_6_X = 0x2eb4fc8345ea406b8e62a75c7cad80677e01bb771db4b875199fc29e1d8e3d10;
    uint256 private constant INPUT_6_Y = 0x2de197894162edeb8a77dfaad6c753a2950a7162947046161dc9f3d18f705237;
    uint256 private constant INPUT_7_X = 0x128fe95279f3fecb82d929d8815468a0f05d2d7c3edb9fb0bfee72e4c849e213;
    uint256 private constant INPUT_7_Y = 0x056809ab64ca221a7dbf7e3f57a331a97bf169081cd65683c834a4739ffb138a;
    uint256 private constant INPUT_8_X = 0x105c3141e4dc9dfadf053eadce0bf7a85cdbe9c297a3787c74da2055a9ffc1d7;
    uint256 private constant INPUT_8_Y = 0x272bf57413a68b2eb10d2573fb0079cb36e379455b74dbad8968d5d2b64d9684;
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
