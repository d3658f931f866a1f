// A second implementation of `assay proof verify`, on @noble/curves: it shares no code with the Rust one.
//
//   node verify.mjs verifying_key.json proof.json

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bn254 } from "@noble/curves/bn254.js";

const R = bn254.fields.Fr.ORDER;
const Q = bn254.fields.Fp.ORDER;
const SEAL_BYTES = 256;

function require(condition, reason) {
  if (!condition) throw new Error(reason);
}

function coordinate(value) {
  require(value >= 0n && value < Q, "coordinate is not below the field order");
  return value;
}

function g1(x, y) {
  const point = bn254.G1.Point.fromAffine({ x: coordinate(x), y: coordinate(y) });
  require(!point.is0(), "point at infinity");
  point.assertValidity();
  return point;
}

function g2([x0, x1], [y0, y1]) {
  const x = { c0: coordinate(x0), c1: coordinate(x1) };
  const y = { c0: coordinate(y0), c1: coordinate(y1) };
  const point = bn254.G2.Point.fromAffine({ x, y });
  require(!point.is0(), "point at infinity");
  point.assertValidity();
  require(point.isTorsionFree(), "point outside the subgroup");
  return point;
}

/** Reads snarkjs's `verification_key.json`. */
export function readKey(json) {
  require(json.protocol === "groth16" && json.curve === "bn128", "not a Groth16 key over BN254");
  require(json.IC.length === json.nPublic + 1, "nPublic does not fit IC");
  const first = ([x, y]) => g1(BigInt(x), BigInt(y));
  const second = ([x, y]) => g2(x.map(BigInt), y.map(BigInt));
  return {
    alpha: first(json.vk_alpha_1),
    beta: second(json.vk_beta_2),
    gamma: second(json.vk_gamma_2),
    delta: second(json.vk_delta_2),
    inputs: json.IC.map(first),
  };
}

/** Reads 256 bytes: A.x, A.y, B.x.c1, B.x.c0, B.y.c1, B.y.c0, C.x, C.y. */
export function readSeal(bytes) {
  require(bytes.length === SEAL_BYTES, `a proof has ${SEAL_BYTES} bytes, got ${bytes.length}`);
  const words = [];
  for (let at = 0; at < SEAL_BYTES; at += 32) {
    words.push(BigInt(`0x${Buffer.from(bytes.subarray(at, at + 32)).toString("hex")}`));
  }
  return {
    a: g1(words[0], words[1]),
    b: g2([words[3], words[2]], [words[5], words[4]]),
    c: g1(words[6], words[7]),
  };
}

/** Packs 24 words, three to an input. */
export function packWords(words) {
  require(words.length === 24, `a statement has 24 words, got ${words.length}`);
  const inputs = [];
  for (let at = 0; at < 24; at += 3) {
    inputs.push(words[at] + (words[at + 1] << 64n) + (words[at + 2] << 128n));
  }
  return inputs;
}

/** Throws unless e(A, B) = e(alpha, beta) · e(inputs, gamma) · e(C, delta). */
export function verify(key, inputs, sealBytes) {
  require(inputs.length === key.inputs.length - 1, "wrong number of inputs");
  const seal = readSeal(sealBytes);
  let sum = key.inputs[0];
  inputs.forEach((input, index) => {
    require(input >= 0n && input < R, `input ${index} is not below the field order`);
    // A multiplication by zero adds nothing, and the library refuses it.
    if (input !== 0n) sum = sum.add(key.inputs[index + 1].multiply(input));
  });
  const product = bn254.pairingBatch([
    { g1: seal.a.negate(), g2: seal.b },
    { g1: key.alpha, g2: key.beta },
    { g1: sum, g2: key.gamma },
    { g1: seal.c, g2: key.delta },
  ]);
  require(bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE), "the pairing equation does not hold");
}

/** Checks a proof file against a key, and its inputs against its words. */
export function verifyFile(key, file) {
  require(file.format === "assay-proof" && file.version === 1, "not a proof file of version 1");
  const inputs = packWords(file.words.map(BigInt));
  const stated = file.inputs.map(BigInt);
  require(
    stated.length === inputs.length && stated.every((input, index) => input === inputs[index]),
    "the inputs do not belong to the words",
  );
  require(/^0x([0-9a-f]{2})*$/.test(file.seal), "the seal is not hexadecimal");
  verify(key, inputs, Buffer.from(file.seal.slice(2), "hex"));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [keyPath, proofPath] = process.argv.slice(2);
  if (!keyPath || !proofPath) {
    console.error("usage: node verify.mjs verifying_key.json proof.json");
    process.exit(2);
  }
  const read = (path) => JSON.parse(readFileSync(path, "utf8"));
  try {
    verifyFile(readKey(read(keyPath)), read(proofPath));
    console.log("accepted");
  } catch (error) {
    console.log(`rejected: ${error.message}`);
    process.exit(1);
  }
}
