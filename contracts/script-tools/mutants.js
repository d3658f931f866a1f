#!/usr/bin/env node
// Mutation testing: breaks the contracts in one place at a time, as mutants.json lists, and wants a unit test to notice.
// `mutants.js [--list] [--only NUMBER|FIRST-LAST|WORDS] [--sample COUNT] [--jobs 2]`; writes mutants.md, or some of its rows. A
// sample writes nothing.
//
// The tree stays as it is: everything happens in temporary copies. There, tests deploy by artifact (forge's dynamic test
// linking), so a mutant costs one call of the compiler for the contracts that contain it, whose code then takes the
// place of the original's in `out`. (A file of tests with an adapter of its own was not
// linked in this way: helpers belong into test/utils.) Six files are part of the tests' own code; with those forge compiles.
'use strict';
const fs = require('fs');
const os = require('os');
const path = require('path');
const { spawnSync } = require('child_process');
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');

const CONTRACTS = path.join(__dirname, '..');
const COPIED = ['src', 'test', 'script', 'script-tools', 'foundry.toml'];
// Stateful suites and the replay of the domain would find much of this, slowly and by luck. A pin on gas notices every
// change, so it is no evidence. Left out as files: a filter makes forge look through everything for a minute.
const LEFT_OUT = ['test/invariant', 'test/market/Differential.t.sol', 'test/Gas.t.sol', 'test/GasFulfill.t.sol', 'test/Size.t.sol'];
const IN_TESTS = /^src\/(lib\/(Context|Goldilocks|Header|Rebasing|StatementLib)|Timelocked)\.sol$/;
// Few runs of a fuzz test notice most of what many do; what they let pass is run again with many.
const [FEW, MANY] = ['8', '256'];
// Without the optimizer a contract compiles three times as fast. A mutant may leave something unused.
const ENV = { ...process.env, FOUNDRY_OPTIMIZER: 'false', FOUNDRY_DENY: 'never' };

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
  // Tests read vectors there.
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

// --- One mutant -----------------------------------------------------------------------------------------------------

/** Adds a source and all that it imports. */
function collect(copy, file, sources) {
  if (sources[file]) return;
  const content = fs.readFileSync(path.join(copy, file), 'utf8');
  sources[file] = { content };
  for (const [, name] of content.matchAll(/^import [^;]*?"([^"]+)";/gm)) {
    collect(copy, name.startsWith('.') ? path.join(path.dirname(file), name) : `node_modules/${name}`, sources);
  }
}

/** Compiles the contracts of src that contain the mutant and puts their code into `out`. */
function replaceCode(copy, solc, mutant) {
  const sources = {};
  const outputSelection = {};
  for (const entry of fs.readdirSync(path.join(copy, 'src')).filter((name) => name.endsWith('.sol'))) {
    const own = {};
    collect(copy, `src/${entry}`, own);
    if (!own[mutant.file]) continue;
    Object.assign(sources, own);
    outputSelection[`src/${entry}`] = { [path.basename(entry, '.sol')]: ['evm.bytecode', 'evm.deployedBytecode'] };
  }
  sources[mutant.file] = { content: mutate(mutant) };
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
  for (const contracts of Object.values(compiled.contracts)) {
    for (const [name, { evm }] of Object.entries(contracts)) {
      // An abstract contract has no code.
      if (evm.bytecode.object === '') continue;
      const artifact = path.join(copy, 'out', `${name}.sol`, `${name}.json`);
      const json = JSON.parse(fs.readFileSync(artifact, 'utf8'));
      changed ||= json.bytecode.object !== `0x${evm.bytecode.object}`;
      json.bytecode.object = `0x${evm.bytecode.object}`;
      json.deployedBytecode.object = `0x${evm.deployedBytecode.object}`;
      json.deployedBytecode.immutableReferences = evm.deployedBytecode.immutableReferences;
      fs.writeFileSync(artifact, JSON.stringify(json));
    }
  }
  if (!changed) throw new Error('the code is the same');
}

/** Returns the test that kills the mutant, or null. */
function tryMutant(copy, solc, mutant) {
  if (!IN_TESTS.test(mutant.file)) {
    replaceCode(copy, solc, mutant);
    return runTests(copy, FEW) ?? runTests(copy, MANY);
  }
  const source = path.join(copy, mutant.file);
  const original = fs.readFileSync(source);
  fs.writeFileSync(source, mutate(mutant));
  try {
    // Where such a library is tested comes first: everything takes a minute to compile.
    return runTests(copy, MANY, '--match-path', 'test/{statement,registry,vault}/*') ?? runTests(copy, MANY);
  } finally {
    fs.writeFileSync(source, original);
  }
}

/** Tries one mutant after the other in a copy that starts each time from what was compiled without one. */
function work({ base, copy }) {
  // In one process: the wasm compiler takes a second to load, and gets faster as it runs.
  const solc = require(path.join(CONTRACTS, 'node_modules', 'solc'));
  parentPort.on('message', (mutant) => {
    if (!mutant) return parentPort.close();
    const begun = Date.now();
    const result = { mutant };
    try {
      for (const name of ['out', 'cache']) {
        fs.rmSync(path.join(copy, name), { recursive: true, force: true });
        fs.cpSync(path.join(base, name), path.join(copy, name), { recursive: true });
      }
      result.killer = tryMutant(copy, solc, mutant);
    } catch (error) {
      result.error = error.message;
    }
    parentPort.postMessage({ ...result, seconds: Math.round((Date.now() - begun) / 1000) });
  });
  parentPort.postMessage(null);
}

// --- All of them ----------------------------------------------------------------------------------------------------

function row({ mutant, killer, error }) {
  const end = error ? `ERROR: ${error}` : killer ?? 'SURVIVED';
  return `| ${mutant.number} | ${mutant.file.replace('src/', '')} | ${mutant.about} | ${end} |`;
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function readMutants() {
  const listed = JSON.parse(fs.readFileSync(path.join(CONTRACTS, 'mutants.json'), 'utf8'));
  return listed.map((mutant, index) => {
    try {
      mutate(mutant);
    } catch (error) {
      throw new Error(`mutant ${index + 1} (${mutant.about}): ${error.message}`);
    }
    return { ...mutant, number: index + 1 };
  });
}

/** Whether `--only` names a mutant: by its number, by a range of numbers or by words. */
function isMeant({ number, file, about }, only) {
  const [, first, last] = only.match(/^(\d+)(?:-(\d+))?$/) ?? [];
  if (first) return number >= Number(first) && number <= Number(last ?? first);
  return `${file} ${about}`.includes(only);
}

/** So many of a list, spread evenly over it, the same every time. */
function sampleOf(list, count) {
  const step = Math.max(1, list.length / count);
  return Array.from({ length: Math.min(count, list.length) }, (_, index) => list[Math.floor(index * step)]);
}

/** Lets a worker per copy take mutants off the queue, and returns the results. */
async function runAll(queue, base, copies) {
  const results = [];
  await Promise.all(copies.map((copy) => new Promise((resolve, reject) => {
    const worker = new Worker(__filename, { workerData: { base, copy } });
    worker.on('message', (result) => {
      if (result) results.push(result);
      if (result) console.log(row(result), `${result.seconds} s`);
      worker.postMessage(queue.shift() ?? null);
    });
    worker.on('error', reject);
    worker.on('exit', resolve);
  })));
  return results.sort((a, b) => a.mutant.number - b.mutant.number);
}

/** Writes the table; a run of some mutants renews their rows in it. */
function writeTable(results, only) {
  const file = path.join(CONTRACTS, 'mutants.md');
  const before = only && fs.existsSync(file) ? fs.readFileSync(file, 'utf8').match(/^\| \d+ .*$/gm) ?? [] : [];
  const numberOf = (line) => Number(line.match(/\d+/)[0]);
  const renewed = new Map([...before, ...results.map(row)].map((line) => [numberOf(line), line]));
  const rows = [...renewed.values()].sort((a, b) => numberOf(a) - numberOf(b));
  const head = ['# Mutants', '', 'Written by `make mutants`: what was broken, and a unit test that noticed.', ''];
  const table = ['| number | file | what was broken | killed by |', '|---|---|---|---|', ...rows];
  fs.writeFileSync(file, `${[...head, ...table].join('\n')}\n`);
}

async function main() {
  const [only, sample] = [option('--only'), option('--sample')];
  const matching = readMutants().filter((mutant) => !only || isMeant(mutant, only));
  const queue = sample ? sampleOf(matching, Number(sample)) : matching;
  if (process.argv.includes('--list')) return queue.forEach((m) => console.log(`${m.number}\t${m.file}\t${m.about}`));

  const begun = Date.now();
  const copies = Array.from({ length: Number(option('--jobs') ?? 2) + 1 }, makeCopy);
  process.on('exit', () => copies.forEach((copy) => fs.rmSync(path.dirname(copy), { recursive: true, force: true })));
  const base = copies[0];
  const failed = runTests(base, FEW);
  if (failed) throw new Error(`a test fails without any mutant: ${failed}`);

  const results = await runAll(queue, base, copies.slice(1));
  const alive = results.filter((result) => !result.killer);
  console.log(`${results.length} mutants, ${alive.length} not killed, ${Math.round((Date.now() - begun) / 1000)} s.`);
  alive.forEach((result) => console.log(row(result)));
  if (!sample) writeTable(results, only);
  // As test runners sum: scripts/test.sh adds it up.
  const [verdict, killed] = [alive.length === 0 ? 'ok' : 'FAILED', results.length - alive.length];
  console.log(`test result: ${verdict}. ${killed} passed; ${alive.length} failed; mutants noticed by a test`);
  if (alive.length > 0 || results.length === 0) process.exitCode = 1;
}

if (isMainThread) {
  main().catch((error) => {
    console.error(`mutants.js: ${error.message}`);
    process.exit(1);
  });
} else {
  work(workerData);
}
