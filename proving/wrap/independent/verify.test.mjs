// The recorded proof, and 32 single-byte corruptions of it: the Rust and Solidity tests read the same files, and the
// Rust one bends the same bytes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { readKey, verifyFile } from "./verify.mjs";

// VECTORS names another directory, to check freshly made proofs.
const recorded = new URL("../../../contracts/test/vectors", import.meta.url).pathname;
const directory = process.env.VECTORS ?? recorded;
const read = (name) => JSON.parse(readFileSync(`${directory}/${name}`, "utf8"));
const key = readKey(read("verifying_key.json"));
const proof = read("wrapped_proof.json");

test("the recorded proof is accepted", () => {
  verifyFile(key, proof);
});

test("32 single-byte corruptions are rejected", () => {
  const seal = Buffer.from(proof.seal.slice(2), "hex");
  for (let k = 0; k < 32; k += 1) {
    const bent = Buffer.from(seal);
    bent[8 * k + (k % 8)] ^= 1 << (k % 8);
    const file = { ...proof, seal: `0x${bent.toString("hex")}` };
    assert.throws(() => verifyFile(key, file), `byte ${8 * k + (k % 8)}`);
  }
});

test("each of the 24 words is bound", () => {
  for (let word = 0; word < 24; word += 1) {
    const words = proof.words.map(BigInt);
    words[word] ^= 1n;
    const inputs = [];
    for (let at = 0; at < 24; at += 3) {
      inputs.push(`0x${(words[at] + (words[at + 1] << 64n) + (words[at + 2] << 128n)).toString(16)}`);
    }
    const file = { ...proof, words: words.map(String), inputs };
    assert.throws(() => verifyFile(key, file), /pairing equation/, `word ${word}`);
  }
});
