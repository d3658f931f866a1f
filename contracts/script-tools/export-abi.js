#!/usr/bin/env node
// Writes abi/*.json from forge's build in out/: plain ABI arrays in one fixed order, so that a change of the
// ABI is the only thing that changes them. `--check` compares instead of writing and exits 1 on a difference.
'use strict';
const fs = require('fs');
const path = require('path');

const root = path.join(__dirname, '..');
// name of the ABI file -> the source that it is built from
const exported = {
  AssayToken: 'AssayToken',
  CircuitRegistry: 'CircuitRegistry',
  Gateway: 'Gateway',
  Groth16Adapter: 'Groth16Adapter',
  Groth16Verifier: 'IGroth16Verifier',
  MarketLens: 'MarketLens',
  ModelRegistry: 'ModelRegistry',
  ProofMarket: 'ProofMarket',
  ProverRegistry: 'ProverRegistry',
  RequestRules: 'RequestRules',
  Vault: 'Vault',
  VerifierRegistry: 'VerifierRegistry',
};

const types = (items) => (items || []).map((item) => item.type).join(',');
const order = (item) => `${item.type} ${item.name || ''}(${types(item.inputs)})`;

function abiOf(source) {
  const file = path.join(root, 'out', `${source}.sol`, `${source}.json`);
  if (!fs.existsSync(file)) {
    throw new Error(`${path.relative(root, file)} is missing; run 'script-tools/forge.sh build' first`);
  }
  const abi = JSON.parse(fs.readFileSync(file, 'utf8')).abi;
  abi.sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : 0));
  return JSON.stringify(abi, null, 2) + '\n';
}

const check = process.argv.includes('--check');
let stale = 0;
for (const [name, source] of Object.entries(exported)) {
  const file = path.join(root, 'abi', `${name}.json`);
  const text = abiOf(source);
  if (!check) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  } else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    process.stderr.write(`abi/${name}.json is stale; run 'node script-tools/export-abi.js'\n`);
    stale += 1;
  }
}
process.exit(stale ? 1 : 0);
