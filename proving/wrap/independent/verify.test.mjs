// The recorded proof, and 32 single-byte corruptions of it: the Rust and Solidity tests read the same files, and the
// Rust one bends the same bytes and makes the same edits.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { bn254 } from "@noble/curves/bn254.js";
import { digestOf, packWords, readFile, readKey, readSeal, verify, verifyFile } from "./verify.mjs";

// VECTORS names another directory, to check freshly made proofs.
const recorded = new URL("../../../contracts/test/vectors", import.meta.url).pathname;
const directory = process.env.VECTORS ?? recorded;
const read = (name) => JSON.parse(readFileSync(`${directory}/${name}`, "utf8"));
const keyFile = read("verifying_key.json");
const key = readKey(keyFile);
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
  else if ("cut" in edit) parent[last] = parent[last].slice(edit.cut);
  else if (edit.remove && Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (edit.remove) delete parent[last];
  else throw new Error(`an unknown edit of ${edit.at}`);
}

const refused = JSON.parse(readFileSync(new URL("../vectors/refused_edits.json", import.meta.url), "utf8"));

test("every edit that the Rust verifier refuses is refused", () => {
  const { cases } = refused;
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

test("every edit of the key that the Rust verifier refuses is refused", () => {
  const { key_cases: cases } = refused;
  assert.ok(cases.length > 15);
  for (const { about, edits } of cases) {
    const file = structuredClone(keyFile);
    for (const edit of edits) apply(file, edit);
    assert.notDeepEqual(file, keyFile, about);
    assert.throws(() => readKey(file), Error, about);
  }
});

/** The seal with each of its eight numbers as a function makes it. */
function sealWith(change) {
  const digits = proof.seal.slice(2);
  const words = Array.from({ length: 8 }, (_, k) => BigInt(`0x${digits.slice(64 * k, 64 * (k + 1))}`));
  return Buffer.from(words.map((word, k) => change(word, k).toString(16).padStart(64, "0")).join(""), "hex");
}

test("numbers over their orders and what is no point are refused by name", () => {
  const Q = bn254.fields.Fp.ORDER;
  const R = bn254.fields.Fr.ORDER;
  for (let k = 0; k < 8; k += 1) {
    const over = sealWith((word, at) => (at === k ? word + Q : word));
    assert.throws(() => readSeal(over), /coordinate is not below the field order/, `number ${k}`);
    const off = sealWith((word, at) => (at === k ? (word + 1n) % Q : word));
    assert.throws(() => readSeal(off), /bad point/, `number ${k}`);
  }
  for (const [from, to] of [[0, 2], [2, 6], [6, 8]]) {
    const infinity = sealWith((word, at) => (from <= at && at < to ? 0n : word));
    assert.throws(() => readSeal(infinity), /point at infinity/, `numbers ${from} to ${to}`);
  }
  const seal = sealWith((word) => word);
  const inputs = packWords(proof.words.map(BigInt));
  verify(key, inputs, seal);
  for (let k = 0; k < 8; k += 1) {
    for (const input of [inputs[k] + R, inputs[k] - R, R]) {
      const bent = inputs.with(k, input);
      assert.throws(() => verify(key, bent, seal), new RegExp(`input ${k} is not below`));
    }
  }
  assert.throws(() => verify(key, inputs.slice(1), seal), /wrong number of inputs/);
  for (const word of [2n ** 64n - 2n ** 32n + 1n, 2n ** 64n, -1n]) {
    assert.throws(() => packWords(proof.words.map(BigInt).with(3, word)), /word 3 is not below the field order/);
  }
});

test("a point of the twist outside the subgroup is refused", () => {
  const { Fp2 } = bn254.fields;
  const { b } = bn254.G2.Point.CURVE();
  const root = (x) => {
    try {
      return Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), b));
    } catch {
      return undefined;
    }
  };
  let x = { c0: 1n, c1: 0n };
  while (!root(x)) x = { c0: x.c0 + 1n, c1: 0n };
  const y = root(x);
  const outside = sealWith((word, at) => [word, word, x.c1, x.c0, y.c1, y.c0, word, word][at]);
  assert.throws(() => readSeal(outside), /subgroup/);
});

test("files of another form are refused by name", () => {
  for (const file of [null, [], "0x", 1]) assert.throws(() => verifyFile(key, file), /not a proof file/);
  for (const lists of [{ words: {} }, { inputs: {} }, { words: "1" }]) {
    assert.throws(() => verifyFile(key, { ...proof, ...lists }), /words and inputs are lists/);
  }
  const inputs = proof.inputs.with(2, proof.inputs[2].slice(2));
  assert.throws(() => verifyFile(key, { ...proof, inputs }), /not 64 hexadecimal digits/);
  assert.throws(() => verifyFile(key, { ...proof, seal: proof.seal.slice(2) }), /seal is not hexadecimal/);
  assert.deepEqual(readFile(JSON.stringify(proof)), proof);
  assert.throws(() => readFile(JSON.stringify(proof) + " ".repeat(64 * 1024)), /at most 65536 bytes/);
});
