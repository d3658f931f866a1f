// The recorded proof, and 32 single-byte corruptions of it: the Rust and Solidity tests read the same files, and the
// Rust one bends the same bytes and makes the same edits.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { digestOf, readKey, verifyFile } from "./verify.mjs";

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
      const input = words[at] + (words[at + 1] << 64n) + (words[at + 2] << 128n);
      inputs.push(`0x${input.toString(16).padStart(64, "0")}`);
    }
    const file = { ...proof, words: words.map(String), inputs };
    assert.throws(() => verifyFile(key, file), /pairing equation/, `word ${word}`);
  }
});

/** Makes an edit of `refused_edits.json`, which says what an edit is. */
function apply(file, edit) {
  const keys = edit.at.split("/").slice(1);
  const last = keys.pop();
  const parent = keys.reduce((value, key) => value[key], file);
  if ("set" in edit) parent[last] = edit.set;
  else if ("add" in edit) parent[last] = (BigInt(parent[last]) + BigInt(edit.add)).toString();
  else if ("before" in edit) parent[last] = edit.before + parent[last];
  else if ("after" in edit) parent[last] += edit.after;
  else if (edit.remove && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (edit.remove) delete parent[last];
  else throw new Error(`an unknown edit of ${edit.at}`);
}

test("every edit that the Rust verifier refuses is refused", () => {
  const { cases } = JSON.parse(readFileSync(new URL("../vectors/refused_edits.json", import.meta.url), "utf8"));
  assert.ok(cases.length > 40);
  for (const { about, edits } of cases) {
    const file = structuredClone(proof);
    for (const edit of edits) apply(file, edit);
    assert.notDeepEqual(file, proof, about);
    assert.throws(() => verifyFile(key, file), Error, about);
  }
});

test("a proof for another key is rejected before the pairing", () => {
  assert.equal(digestOf(key), proof.verifying_key);
  const other = { ...key, alpha: key.alpha.negate() };
  assert.throws(() => verifyFile(other, proof), /the proof is for verifying key/);
});
