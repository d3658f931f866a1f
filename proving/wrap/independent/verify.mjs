// A second implementation of `assay proof verify`, on @noble/curves: it shares no code with the Rust one.
//
//   node verify.mjs verifying_key.json proof.json

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { bn254 } from "@noble/curves/bn254.js";

const R = bn254.fields.Fr.ORDER;
const Q = bn254.fields.Fp.ORDER;
/** The order of Goldilocks, which the words of a statement are below. */
const P = 2n ** 64n - 2n ** 32n + 1n;
const WORDS = 24;
const SEAL_BYTES = 256;
const FIELDS = ["format", "inputs", "seal", "verifying_key", "version", "words"];
/** A proof file has about 4 KB. */
const MAX_FILE_BYTES = 64 * 1024;

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

/** Reads a number that has one form: no sign, no space, no leading zero. `BigInt` alone would take all of them. */
function decimal(text, reason) {
  require(typeof text === "string" && /^(0|[1-9][0-9]{0,77})$/.test(text), reason);
  return BigInt(text);
}

/** Reads snarkjs's `verification_key.json`. */
export function readKey(json) {
  require(json.protocol === "groth16" && json.curve === "bn128", "not a Groth16 key over BN254");
  require(json.IC.length === json.nPublic + 1, "nPublic does not fit IC");
  const coordinates = (list) => list.map((text) => decimal(text, "a coordinate is not a decimal number"));
  const first = ([x, y, one]) => {
    require(one === "1", "a point is not affine");
    return g1(...coordinates([x, y]));
  };
  const second = ([x, y, one]) => {
    require(one.length === 2 && one[0] === "1" && one[1] === "0", "a point is not affine");
    return g2(coordinates(x), coordinates(y));
  };
  return {
    alpha: first(json.vk_alpha_1),
    beta: second(json.vk_beta_2),
    gamma: second(json.vk_gamma_2),
    delta: second(json.vk_delta_2),
    inputs: json.IC.map(first),
  };
}

/** Returns the key's name: SHA-256 of a tag and the words of alpha, beta, gamma, delta and the input points. */
export function digestOf(key) {
  const hash = createHash("sha256").update("ASSAYVK1");
  const word = (value) => hash.update(value.toString(16).padStart(64, "0"), "hex");
  const first = ({ x, y }) => [x, y].forEach(word);
  first(key.alpha.toAffine());
  for (const point of [key.beta, key.gamma, key.delta]) {
    const { x, y } = point.toAffine();
    [x.c1, x.c0, y.c1, y.c0].forEach(word);
  }
  for (const point of key.inputs) first(point.toAffine());
  return hash.digest("hex");
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

/**
 * Packs 24 words, three to an input. Words at or above the order of Goldilocks are refused: packing is one-to-one below it
 * only, so that an input would stand for several statements.
 */
export function packWords(words) {
  require(words.length === WORDS, `a statement has ${WORDS} words, got ${words.length}`);
  words.forEach((word, index) => require(word >= 0n && word < P, `word ${index} is not below the field order`));
  const inputs = [];
  for (let at = 0; at < WORDS; at += 3) {
    inputs.push(words[at] + (words[at + 1] << 64n) + (words[at + 2] << 128n));
  }
  return inputs;
}

/** Reads what every input is written as: 0x and 64 hexadecimal digits. */
function readInput(text) {
  require(typeof text === "string" && /^0x[0-9a-fA-F]{64}$/.test(text), "an input is not 64 hexadecimal digits");
  return BigInt(text);
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

/** Reads the text of a proof file. */
export function readFile(text) {
  require(Buffer.byteLength(text) <= MAX_FILE_BYTES, `a proof file has at most ${MAX_FILE_BYTES} bytes`);
  return JSON.parse(text);
}

/** Checks a proof file against a key, and its inputs against its words. */
export function verifyFile(key, file) {
  require(file !== null && typeof file === "object" && !Array.isArray(file), "not a proof file");
  require(Object.keys(file).sort().join() === FIELDS.join(), `a proof file has the fields ${FIELDS.join(", ")}`);
  require(file.format === "assay-proof" && file.version === 1, "not a proof file of version 1");
  const digest = digestOf(key);
  require(file.verifying_key === digest, `the proof is for verifying key ${file.verifying_key}, this one is ${digest}`);
  require(Array.isArray(file.words) && Array.isArray(file.inputs), "words and inputs are lists");
  const inputs = packWords(file.words.map((word, index) => decimal(word, `word ${index} is not a decimal number`)));
  const stated = file.inputs.map(readInput);
  require(
    stated.length === inputs.length && stated.every((input, index) => input === inputs[index]),
    "the inputs do not belong to the words",
  );
  require(typeof file.seal === "string" && /^0x([0-9a-fA-F]{2})*$/.test(file.seal), "the seal is not hexadecimal");
  verify(key, inputs, Buffer.from(file.seal.slice(2), "hex"));
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [keyPath, proofPath] = process.argv.slice(2);
  if (!keyPath || !proofPath) {
    console.error("usage: node verify.mjs verifying_key.json proof.json");
    process.exit(2);
  }
  const read = (path) => readFileSync(path, "utf8");
  try {
    verifyFile(readKey(JSON.parse(read(keyPath))), readFile(read(proofPath)));
    console.log("accepted");
  } catch (error) {
    console.log(`rejected: ${error.message}`);
    process.exit(1);
  }
}
