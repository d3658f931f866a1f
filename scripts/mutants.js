#!/usr/bin/env node
// Mutation testing of the proof stack: breaks constraints and checks of a crate in one place at a time, as its mutants.json
// lists, and wants a test to notice that compares no pinned digest or count.
// `mutants.js [--crate NAME] [--only NUMBER|WORDS] [--sample COUNT] [--list] [--jobs 2]`; writes the crate's mutants.md, or
// some of its rows. A sample is the same every time and leaves the tables as they are.
//
// Rust compiles for minutes, so there is one build of a crate: in a copy of the sources, below `target`, every mutated place
// becomes `if mutants::on(N) { mutated } else { original }`, and the environment variable MUTANT says which one is on. A
// place is an expression, or whole statements; what a constant is cannot be mutated, where it is used can.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, spawnSync } = require('child_process');

const ROOT = path.join(__dirname, '..');
// The crates with a list, and what of each is tested.
const CRATES = [
  { name: 'wrap', tests: ['--lib'] },
  { name: 'circuit', tests: ['--lib'], support: 'circuit.rs' },
  { name: 'prover', tests: ['--lib', '--test', 'main'] },
].map(({ name, tests, support }) => ({
  name,
  tests,
  // What its mutants call.
  support: support && path.join(__dirname, 'mutants', support),
  package: `assay-${name}`,
  folder: `proving/${name}`,
  list: path.join(ROOT, 'proving', name, 'mutants.json'),
  table: path.join(ROOT, 'proving', name, 'mutants.md'),
  copy: path.join(ROOT, 'target/mutants', name),
}));
// What tests read beside the crates.
const READ = ['bench', 'contracts', 'examples'];
// Tests whose evidence is a pin: a digest, a count or a vector that `make bless` writes again.
const PINS = ['pinned', 'is_fresh', 'are_current', 'recorded_vectors', 'recorded_circuit', 'budget', 'exported_contract'];
// A mutant may loop for ever; the slowest tests take half a minute on two cores, and much longer where others work.
const LIMIT_SECONDS = 600;
const LIMIT_WITHOUT_MUTANT_SECONDS = 1800;

const SWITCH = `//! Which mutant is on. Injected by scripts/mutants.js.

/// Says whether this mutant is the one that the environment names.
pub(crate) fn on(number: u32) -> bool {
    static NUMBER: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").ok().and_then(|n| n.parse().ok()).unwrap_or(0));
    *NUMBER == number
}
`;

// --- The list -------------------------------------------------------------------------------------------------------

/** Where a mutant's snippet begins in its file. Throws unless it stands there exactly once, within its surroundings. */
function place(crate, { file, within, find }) {
  const text = fs.readFileSync(path.join(ROOT, crate.folder, file), 'utf8');
  const once = (haystack, needle) => {
    const parts = haystack.split(needle);
    if (parts.length !== 2) throw new Error(`is found ${parts.length - 1} times: ${needle}`);
    return parts[0].length;
  };
  return within ? once(text, within) + once(within, find) : once(text, find);
}

function readMutants(crate) {
  return JSON.parse(fs.readFileSync(crate.list, 'utf8')).map((mutant, index) => {
    const number = index + 1;
    try {
      return { ...mutant, number, at: place(crate, mutant) };
    } catch (error) {
      throw new Error(`mutant ${number} of ${crate.name} (${mutant.about}): ${error.message}`);
    }
  });
}

// --- The copy -------------------------------------------------------------------------------------------------------

/** The sources of a file with a switch at each mutated place. */
function switched(text, mutants) {
  const places = new Map();
  for (const mutant of mutants) {
    const key = `${mutant.at}:${mutant.find.length}`;
    places.set(key, [...(places.get(key) ?? []), mutant]);
  }
  const sorted = [...places.values()].sort((a, b) => b[0].at - a[0].at);
  let before = Infinity;
  for (const group of sorted) {
    const [{ at, find, number }] = group;
    if (at + find.length > before) throw new Error(`mutant ${number} overlaps another one`);
    before = at;
    const branches = group.map((m) => `if crate::mutants::on(${m.number}) { ${m.replace} } else `).join('');
    const whole = `${branches}{ ${find} }`;
    const isStatement = /[;}]$/.test(find.trim());
    text = text.slice(0, at) + (isStatement ? whole : `(${whole})`) + text.slice(at + find.length);
  }
  return text;
}

/** The crates of ours that a crate needs, by name, with their folders. */
function closure(name, folders, found = {}) {
  if (found[name]) return found;
  found[name] = folders[name];
  const manifest = fs.readFileSync(path.join(ROOT, folders[name], 'Cargo.toml'), 'utf8');
  for (const [, next] of manifest.matchAll(/^(assay-[a-z-]+)\.workspace/gm)) closure(next, folders, found);
  return found;
}

/** Writes a file that is as old as what it is made of: cargo builds again only what has changed. */
function put(target, text, ...made) {
  const time = Math.max(...[...made, __filename].map((file) => fs.statSync(file).mtimeMs)) / 1000;
  fs.writeFileSync(target, text);
  fs.utimesSync(target, time, time);
}

/** Makes a workspace of the crate, what it needs and what its tests read. */
function makeCopy(crate, mutants) {
  const copy = (...names) => path.join(crate.copy, ...names);
  for (const name of ['crates', ...READ, 'Cargo.toml', 'Cargo.lock']) fs.rmSync(copy(name), { recursive: true, force: true });
  fs.mkdirSync(copy('crates'), { recursive: true });
  let manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8');
  const own = /^(assay-[a-z-]+) = \{ path = "([^"]+)" \}$/gm;
  const folders = Object.fromEntries([...manifest.matchAll(own)].map(([, name, folder]) => [name, folder]));
  const needed = closure(crate.package, folders);
  // Elsewhere than in the tree, so that what a target folder holds of the real crates stays.
  manifest = manifest.replace(own, (line, name, folder) => (needed[name] ? line.replace(folder, `crates/${name}`) : ''));
  const members = Object.keys(needed).map((name) => `    "crates/${name}",\n`);
  manifest = manifest.replace(/members = \[[^\]]*\]/, `members = [\n${members.join('')}]`);
  fs.writeFileSync(copy('Cargo.toml'), manifest);
  fs.copyFileSync(path.join(ROOT, 'Cargo.lock'), copy('Cargo.lock'));
  const skip = (source) => !/\/(node_modules|target)$/.test(source);
  for (const [name, folder] of Object.entries(needed)) {
    fs.cpSync(path.join(ROOT, folder), copy('crates', name), { recursive: true, filter: skip, preserveTimestamps: true });
  }
  for (const name of READ) fs.symlinkSync(path.join(ROOT, name), copy(name));
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const original = path.join(ROOT, crate.folder, file);
    const text = switched(fs.readFileSync(original, 'utf8'), mutants.filter((mutant) => mutant.file === file));
    put(copy('crates', crate.package, file), text, original, crate.list);
  }
  const source = copy('crates', crate.package, 'src');
  const support = crate.support ? [crate.support] : [];
  put(path.join(source, 'mutants.rs'), [SWITCH, ...support.map((file) => fs.readFileSync(file, 'utf8'))].join('\n'), ...support);
  const lib = path.join(source, 'lib.rs');
  put(lib, `#![allow(warnings)]\n${fs.readFileSync(lib, 'utf8')}\nmod mutants;\n`, lib);
}

/** Builds the tests of the copy once and returns their programs. */
function build(crate) {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
  const args = ['test', '--release', '--offline', '-p', crate.package, ...crate.tests, '--no-run', '--message-format=json-render-diagnostics'];
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  const { status, stdout } = spawnSync('cargo', args, {
    cwd: crate.copy, env, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`the copy of ${crate.name} with all mutants does not compile`);
  const messages = stdout.trim().split('\n').map((line) => JSON.parse(line));
  return messages.filter((message) => message.executable && message.profile?.test).map((message) => message.executable);
}

// --- Runs -----------------------------------------------------------------------------------------------------------

/** Runs tests of a program with a mutant on; resolves to how many ran and the first that failed, or null. */
function runProgram(crate, program, number, filters) {
  // Without a mutant all tests run, before others do.
  const threads = number === 0 ? option('--jobs') ?? '2' : '1';
  const args = [...filters, ...PINS.flatMap((name) => ['--skip', name]), '--test-threads', threads];
  const cwd = path.join(crate.copy, 'crates', crate.package);
  const env = { ...process.env, MUTANT: `${number}`, RUST_BACKTRACE: '0', BLESS: undefined };
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    let killer = null;
    const end = (name) => {
      killer ??= name;
      child.kill('SIGKILL');
    };
    const limit = number === 0 ? LIMIT_WITHOUT_MUTANT_SECONDS : LIMIT_SECONDS;
    const timer = setTimeout(() => end('takes too long'), limit * 1000);
    child.stdout.on('data', (data) => {
      stdout += data;
      const failed = stdout.match(/^test (\S+).* \.\.\. FAILED$/m);
      if (failed) end(failed[1].replace(/(^|::)tests?::/g, '$1'));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      const ran = Number(stdout.match(/^running (\d+) tests?$/m)?.[1] ?? 0);
      resolve({ ran, killer: killer ?? (status === 0 ? null : 'ended by a signal') });
    });
  });
}

/** Runs tests with a mutant on, those of one filter after the other; resolves to the first that failed, or null. */
async function runTests(crate, programs, number, filters) {
  // Without a mutant nothing ends early: all at once.
  for (const together of number === 0 ? [filters] : filters.map((filter) => [filter])) {
    let ran = 0;
    for (const program of programs) {
      const result = await runProgram(crate, program, number, together);
      if (result.killer) return result.killer;
      ran += result.ran;
    }
    if (ran === 0) throw new Error(`no test is named like ${together.join(', ')}`);
  }
  return null;
}

async function runAll(crate, programs, queue, jobs) {
  const results = [];
  const worker = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const begun = Date.now();
      const killer = await runTests(crate, programs, mutant.number, mutant.tests);
      results.push({ mutant, killer });
      console.log(row({ mutant, killer }), `${Math.round((Date.now() - begun) / 1000)} s`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results.sort((a, b) => a.mutant.number - b.mutant.number);
}

// --- The table ------------------------------------------------------------------------------------------------------

function row({ mutant, killer }) {
  return `| ${mutant.number} | ${mutant.file.replace('src/', '')} | ${mutant.about} | ${killer ?? 'SURVIVED'} |`;
}

/** Writes the table; a run of some mutants renews their rows in it. */
function writeTable(crate, results, whole) {
  const before = !whole && fs.existsSync(crate.table) ? fs.readFileSync(crate.table, 'utf8').match(/^\| \d+ .*$/gm) ?? [] : [];
  const numberOf = (line) => Number(line.match(/\d+/)[0]);
  const renewed = new Map([...before, ...results.map(row)].map((line) => [numberOf(line), line]));
  const rows = [...renewed.values()].sort((a, b) => numberOf(a) - numberOf(b));
  const head = [
    `# Mutants of ${crate.package}`, '',
    'Written by `make mutants` (`node scripts/mutants.js`): what was broken, and a test that noticed. Tests that compare pinned',
    'digests, counts or vectors do not run.', '',
    '| number | file | what was broken | killed by |', '|---|---|---|---|',
  ];
  fs.writeFileSync(crate.table, `${[...head, ...rows].join('\n')}\n`);
}

// --- The command ----------------------------------------------------------------------------------------------------

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

/** Every so many of a list that `count` are left, the same every time. */
function sampleOf(list, count) {
  return list.filter((_, index) => Math.floor((index * count) / list.length) !== Math.floor(((index - 1) * count) / list.length));
}

/** Runs a crate's mutants, or those chosen; resolves to how many ran and how many survived. */
async function runCrate(crate) {
  const [only, sample] = [option('--only'), option('--sample')];
  const mutants = readMutants(crate);
  const matching = mutants.filter((m) => !only || `${m.number}` === only || `${m.file} ${m.about}`.includes(only));
  const chosen = sample ? sampleOf(matching, Number(sample)) : matching;
  if (process.argv.includes('--list')) {
    chosen.forEach((m) => console.log(`${m.number}\t${crate.folder}/${m.file}\t${m.about}`));
    return { ran: 0, alive: 0 };
  }
  if (chosen.length === 0) return { ran: 0, alive: 0 };

  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  makeCopy(crate, mutants);
  const programs = build(crate);
  console.log(`${crate.name}: built in ${seconds()} s`);
  const filters = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const failed = await runTests(crate, programs, 0, filters);
  if (failed) throw new Error(`a test of ${crate.name} fails without any mutant: ${failed}`);

  const results = await runAll(crate, programs, [...chosen], Number(option('--jobs') ?? 2));
  const alive = results.filter((result) => !result.killer);
  console.log(`${crate.name}: ${results.length} mutants, ${alive.length} survive, ${seconds()} s.`);
  alive.forEach((result) => console.log(row(result)));
  if (!sample) writeTable(crate, results, chosen.length === mutants.length);
  return { ran: results.length, alive: alive.length };
}

async function main() {
  const name = option('--crate');
  const crates = CRATES.filter((crate) => !name || crate.name === name);
  if (crates.length === 0) throw new Error(`no list is of ${name}: expected one of ${CRATES.map((crate) => crate.name).join(', ')}`);
  const total = { ran: 0, alive: 0 };
  for (const crate of crates) {
    const { ran, alive } = await runCrate(crate);
    total.ran += ran;
    total.alive += alive;
  }
  if (process.argv.includes('--list')) return;
  // As test runners sum: scripts/test.sh adds it up.
  console.log(`test result: ${total.alive === 0 ? 'ok' : 'FAILED'}. ${total.ran - total.alive} passed; ${total.alive} failed; mutants noticed by a test`);
  if (total.alive > 0 || total.ran === 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(`mutants.js: ${error.message}`);
  process.exit(1);
});
