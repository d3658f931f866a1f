//! The Solidity verifier of a verifying key.

use ark_bn254::{G1Affine, G2Affine};
use std::fmt::Write;

use super::keys::hex;
use super::points::{g1_to_words, g2_to_words};
use super::verifying_key::VerifyingKey;

/// The contract; `//{{NAME}}` lines and `/*{{NAME}}*/` marks are replaced.
const TEMPLATE: &str = include_str!("Groth16Verifier.sol.template");

/// Returns the source of `Groth16Verifier.sol` for keys of [`super::InsecureDevSetup`].
///
/// The contract has `INSECURE_DEV = true` and its constructor reverts unless the chain id is 31337: keys made
/// from a public seed are the only ones there are, so there is no other form to export yet.
pub fn solidity_verifier(vk: &VerifyingKey) -> String {
    let key = vk.key();
    // The pairing equation with every sign in a constant:
    // e(A, B) · e(alpha, -beta) · e(inputs, -gamma) · e(C, -delta) = 1.
    let points = [
        g1_constants("ALPHA", &key.alpha_g1),
        g2_constants("BETA_NEG", &-key.beta_g2),
        g2_constants("GAMMA_NEG", &-key.gamma_g2),
        g2_constants("DELTA_NEG", &-key.delta_g2),
    ]
    .concat();
    let mut inputs = String::new();
    for (index, point) in key.gamma_abc_g1.iter().enumerate() {
        inputs += &g1_constants(&format!("INPUT_{index}"), point);
    }
    let mut additions = String::new();
    for index in 1..key.gamma_abc_g1.len() {
        writeln!(
            additions,
            "            ok := accumulate(ok, sum, INPUT_{index}_X, INPUT_{index}_Y, {})",
            input_word(index - 1)
        )
        .expect("writing to a string never fails");
    }
    TEMPLATE
        .replace("{{KEY_DIGEST}}", &format!("0x{}", hex(&vk.digest())))
        .replace("{{NUM_INPUTS}}", &vk.num_public_inputs().to_string())
        .replace("//{{POINTS}}\n", &points)
        .replace("//{{INPUT_POINTS}}\n", &inputs)
        .replace("            //{{ACCUMULATE}}\n", &additions)
}

/// Where assembly finds an input.
fn input_word(index: usize) -> String {
    format!("calldataload(add(inputs, {:#x}))", index * 32)
}

fn g1_constants(name: &str, point: &G1Affine) -> String {
    let [x, y] = g1_to_words(point);
    constant(name, "X", &x) + &constant(name, "Y", &y)
}

fn g2_constants(name: &str, point: &G2Affine) -> String {
    let [x_c1, x_c0, y_c1, y_c0] = g2_to_words(point);
    [("X1", x_c1), ("X0", x_c0), ("Y1", y_c1), ("Y0", y_c0)]
        .map(|(part, word)| constant(name, part, &word))
        .concat()
}

fn constant(name: &str, part: &str, word: &[u8]) -> String {
    let digits = hex(word);
    format!("    uint256 private constant {name}_{part} = 0x{digits};\n")
}
