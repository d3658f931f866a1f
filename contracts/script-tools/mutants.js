#!/usr/bin/env node
// Mutation testing: breaks the contracts in one place at a time, as contracts/mutants.json lists, and asks the unit
// tests to notice. `mutants.js [--list] [--only NUMBER|WORDS] [--jobs 2]`; a whole run writes contracts/mutants.md.
//
// The tree stays as it is: everything happens in temporary copies. There, tests deploy by artifact (forge's dynamic
// test linking), so a mutant costs one call of the compiler for the contracts that contain it, whose code then takes the
// place of the original's in `out`. Four libraries are part of the tests' own code; with those forge compiles.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const CONTRACTS = path.join(__dirname, '..');
const COPIED = ['src', 'test', 'script', 'script-tools', 'foundry.toml'];
// Stateful suites and the replay of the domain would find much of this, slowly and by luck; and a pin on gas notices
// every change, so it is no evidence.
const LEFT_OUT = ['test/invariant', 'test/market/Differential.t.sol', 'test/Gas.t.sol', 'test/GasFulfill.t.sol'];
const IN_TESTS = /^src\/lib\/(Context|Goldilocks|Header|StatementLib)\.sol$/;
// Few runs of a fuzz test notice most of what many do; what they let pass is run again with many.
const [FEW, MANY] = ['8', '256'];
// Without the optimizer a contract compiles three times as fast.
const ENV = { ...process.env, FOUNDRY_OPTIMIZER: 'false' };

function readMutants() {
  const mutants = JSON.parse(fs.readFileSync(path.join(CONTRACTS, 'mutants.json'), 'utf8'));
  return mutants.map((mutant, index) => ({ ...mutant, number: index + 1 }));
}

/** The mutated source. Throws unless the snippet stands exactly once in its file. */
function mutate({ file, find, replace }) {
  const parts = fs.readFileSync(path.join(CONTRACTS, file), 'utf8').split(find);
  if (parts.length !== 2) throw new Error(`the snippet is found ${parts.length - 1} times`);
  return parts.join(replace);
}

function makeCopy() {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'assay-mutants-'));
  const copy = path.join(root, 'contracts');
  fs.mkdirSync(copy);
  for (const name of COPIED) fs.cpSync(path.join(CONTRACTS, name), path.join(copy, name), { recursive: true });
  for (const name of LEFT_OUT) fs.rmSync(path.join(copy, name), { recursive: true, force: true });
  fs.symlinkSync(fs.realpathSync(path.join(CONTRACTS, 'node_modules')), path.join(copy, 'node_modules'));
  // Test vectors.
  for (const name of ['proving', 'market']) fs.symlinkSync(path.join(CONTRACTS, '..', name), path.join(root, name));
  return copy;
}

/** Runs the unit tests. Returns the first that failed, or null; throws when they did not run. */
function runTests(copy, runs, ...options) {
  const args = ['test', '--fail-fast', '--dynamic-test-linking', ...options];
  const env = { ...ENV, FOUNDRY_FUZZ_RUNS: runs };
  const { stdout, stderr } = spawnSync(path.join(copy, 'script-tools/forge.sh'), args, { env, encoding: 'utf8' });
  const failed = stdout.match(/^Encountered \d+ failing tests? in (\S+?):\S+\n\[FAIL[^]*?\] (\w+)\(/m);
  if (failed) return `${failed[2]} (${path.basename(failed[1])})`;
  if (/ tests passed, 0 failed/.test(stdout)) return null;
  throw new Error(`the tests did not run: ${(stderr + stdout).slice(-2000)}`);
}

// --- Compiling one mutant -----------------------------------------------------------------------------------------

/** Adds a source and all that it imports. */
function collect(copy, file, sources) {
  if (sources[file]) return;
  const content = fs.readFileSync(path.join(copy, file), 'utf8');
  sources[file] = { content };
  for (const [, name] of content.matchAll(/^import [^;]*?"([^"]+)";/gm)) {
    const relative = name.startsWith('.') ? path.join(path.dirname(file), name) : `node_modules/${name}`;
    collect(copy, relative, sources);
  }
}

/** Every contract of src that contains the file, as { file of the contract: its name }, and the sources of all. */
function dependents(copy, mutated) {
  const found = { names: {}, sources: {} };
  for (const entry of fs.readdirSync(path.join(copy, 'src'))) {
    const name = path.basename(entry, '.sol');
    const file = `src/${entry}`;
    if (!entry.endsWith('.sol') || !fs.existsSync(artifact(copy, name))) continue;
    const sources = {};
    collect(copy, file, sources);
    if (!sources[mutated]) continue;
    found.names[file] = name;
    Object.assign(found.sources, sources);
  }
  return found;
}

function artifact(copy, name) {
  return path.join(copy, 'out', `${name}.sol`, `${name}.json`);
}

/** Compiles the mutant and puts its code into `out`. Throws when it does not compile. */
function replaceCode(copy, solc, mutant) {
  const { names, sources } = dependents(copy, mutant.file);
  sources[mutant.file] = { content: mutate(mutant) };
  const outputs = ['evm.bytecode.object', 'evm.deployedBytecode'];
  const outputSelection = Object.fromEntries(Object.entries(names).map(([file, name]) => [file, { [name]: outputs }]));
  const settings = {
    remappings: ['@openzeppelin/contracts/=node_modules/@openzeppelin/contracts/'],
    optimizer: { enabled: false },
    evmVersion: 'cancun',
    metadata: { bytecodeHash: 'none', appendCBOR: false },
    outputSelection,
  };
  const compiled = JSON.parse(solc.compile(JSON.stringify({ language: 'Solidity', sources, settings })));
  const error = (compiled.errors ?? []).find((e) => e.severity === 'error');
  if (error) throw new Error(`does not compile: ${error.message}`);
  let changed = false;
  for (const [file, name] of Object.entries(names)) {
    const { bytecode, deployedBytecode } = compiled.contracts[file][name].evm;
    // An abstract contract has none.
    if (bytecode.object === '') continue;
    const json = JSON.parse(fs.readFileSync(artifact(copy, name), 'utf8'));
    changed ||= json.bytecode.object !== `0x${bytecode.object}`;
    json.bytecode.object = `0x${bytecode.object}`;
    json.deployedBytecode.object = `0x${deployedBytecode.object}`;
    json.deployedBytecode.immutableReferences = deployedBytecode.immutableReferences;
    fs.writeFileSync(artifact(copy, name), JSON.stringify(json));
  }
  if (!changed) throw new Error('the code is the same');
}

/** Returns the test that kills the mutant, or null. */
function tryMutant(copy, solc, mutant) {
  if (!IN_TESTS.test(mutant.file)) {
    replaceCode(copy, solc, mutant);
    return runTests(copy, FEW) ?? runTests(copy, MANY);
  }
  const original = fs.readFileSync(path.join(copy, mutant.file));
  fs.writeFileSync(path.join(copy, mutant.file), mutate(mutant));
  try {
    // Where such a library is tested comes first: compiling everything takes a minute.
    return runTests(copy, MANY, '--match-path', 'test/statement/*') ?? runTests(copy, MANY);
  } finally {
    fs.writeFileSync(path.join(copy, mutant.file), original);
  }
}

/** One copy, one mutant after the other. */
function work(base) {
  const copy = makeCopy();
  // The wasm compiler takes a second to load, and gets faster as it runs.
  const solc = require(path.join(CONTRACTS, 'node_modules', 'solc'));
  parentPort.on('message', (mutant) => {
    if (!mutant) {
      fs.rmSync(path.dirname(copy), { recursive: true });
      return parentPort.close();
    }
    const result = { mutant, started: Date.now() };
    for (const name of ['out', 'cache']) {
      fs.rmSync(path.join(copy, name), { recursive: true, force: true });
      fs.cpSync(path.join(base, name), path.join(copy, name), { recursive: true });
    }
    try {
      result.killer = tryMutant(copy, solc, mutant);
    } catch (error) {
      result.error = error.message;
    }
    parentPort.postMessage(result);
  });
  parentPort.postMessage(null);
}

// --- All of them ----------------------------------------------------------------------------------------------------

function describe({ mutant, killer, error }) {
  const end = error ? `ERROR: ${error}` : killer ?? 'SURVIVED';
  return `| ${mutant.number} | ${path.basename(mutant.file)} | ${mutant.about} | ${end} |`;
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function main() {
  const all = readMutants();
  all.forEach((mutant) => {
    try {
      mutate(mutant);
    } catch (error) {
      throw new Error(`mutant ${mutant.number} (${mutant.about}): ${error.message}`);
    }
  });
  const only = option('--only');
  const wanted = (m) => !only || `${m.number}` === only || `${m.file} ${m.about}`.includes(only);
  const queue = all.filter(wanted);
  if (process.argv.includes('--list')) return queue.forEach((m) => console.log(`${m.number}\t${m.file}\t${m.about}`));

  const base = makeCopy();
  const begun = Date.now();
  const failed = runTests(base, FEW);
  if (failed) throw new Error(`a test fails without any mutant: ${failed}`);
  console.log(`The tests pass without a mutant, after ${Math.round((Date.now() - begun) / 1000)} s.`);

  const results = [];
  const worker = () => new Promise((resolve, reject) => {
    const thread = new Worker(__filename, { workerData: base });
    thread.on('message', (result) => {
      if (result) {
        results.push(result);
        console.log(describe(result), `${((Date.now() - result.started) / 1000).toFixed(0)} s`);
      }
      thread.postMessage(queue.shift() ?? null);
    });
    thread.on('error', reject);
    thread.on('exit', resolve);
  });
  await Promise.all(Array.from({ length: Number(option('--jobs') ?? 2) }, worker));
  fs.rmSync(path.dirname(base), { recursive: true });

  results.sort((a, b) => a.mutant.number - b.mutant.number);
  const alive = results.filter((r) => !r.killer);
  const seconds = Math.round((Date.now() - begun) / 1000);
  console.log(`${results.length} mutants, ${alive.length} not killed, ${seconds} s.`);
  alive.forEach((result) => console.log(describe(result)));
  if (!only) {
    const head = '# Mutants\n\nWritten by `make mutants`: what was broken, and a unit test that noticed.\n\n';
    const table = ['| number | file | what was broken | killed by |', '|---|---|---|---|', ...results.map(describe)];
    fs.writeFileSync(path.join(CONTRACTS, 'mutants.md'), `${head}${table.join('\n')}\n`);
  }
  if (alive.length > 0) process.exitCode = 1;
}

if (isMainThread) {
  main().catch((error) => {
    console.error(`mutants.js: ${error.message}`);
    process.exitCode = 1;
  });
} else {
  work(workerData);
}
