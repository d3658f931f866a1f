#!/usr/bin/env node
// Mutation testing of the wrap: breaks its constraints and checks in one place at a time, as proving/mutants.json lists, and
// wants a test to notice that compares no pinned digest or count. `mutants.js [--list] [--only NUMBER|WORDS] [--jobs 2]`;
// writes proving/mutants.md, or some of its rows.
//
// Rust compiles for minutes, so there is one build for all: in a copy of the sources, below `target`, every mutated place
// becomes `if mutants::on(N) { mutated } else { original }`, and the environment variable MUTANT says which one is on. A
// place is an expression, or whole statements; what a constant is cannot be mutated, where it is used can.
'use strict';
const fs = require('fs');
const path = require('path');
const { spawn, spawnSync } = require('child_process');

const ROOT = path.join(__dirname, '..');
const LIST = path.join(ROOT, 'proving/mutants.json');
const TABLE = path.join(ROOT, 'proving/mutants.md');
const CRATE = 'assay-wrap';
const COPY = path.join(ROOT, 'target/mutants');
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
function place({ file, within, find }) {
  const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const once = (haystack, needle) => {
    const parts = haystack.split(needle);
    if (parts.length !== 2) throw new Error(`is found ${parts.length - 1} times: ${needle}`);
    return parts[0].length;
  };
  return within ? once(text, within) + once(within, find) : once(text, find);
}

function readMutants() {
  return JSON.parse(fs.readFileSync(LIST, 'utf8')).map((mutant, index) => {
    const number = index + 1;
    try {
      return { ...mutant, number, at: place(mutant) };
    } catch (error) {
      throw new Error(`mutant ${number} (${mutant.about}): ${error.message}`);
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
function put(target, text, made) {
  const time = Math.max(...[made, LIST, __filename].map((file) => fs.statSync(file).mtimeMs)) / 1000;
  fs.writeFileSync(target, text);
  fs.utimesSync(target, time, time);
}

/** Makes a workspace of the crate, what it needs and what its tests read. */
function makeCopy(mutants) {
  for (const name of ['crates', 'contracts', 'Cargo.toml', 'Cargo.lock']) fs.rmSync(path.join(COPY, name), { recursive: true, force: true });
  fs.mkdirSync(path.join(COPY, 'crates'), { recursive: true });
  let manifest = fs.readFileSync(path.join(ROOT, 'Cargo.toml'), 'utf8');
  const own = /^(assay-[a-z-]+) = \{ path = "([^"]+)" \}$/gm;
  const needed = closure(CRATE, Object.fromEntries([...manifest.matchAll(own)].map(([, name, folder]) => [name, folder])));
  // Elsewhere than in the tree, so that what a target folder holds of the real crates stays.
  manifest = manifest.replace(own, (line, name, folder) => (needed[name] ? line.replace(folder, `crates/${name}`) : ''));
  const members = Object.keys(needed).map((name) => `    "crates/${name}",\n`);
  manifest = manifest.replace(/members = \[[^\]]*\]/, `members = [\n${members.join('')}]`);
  fs.writeFileSync(path.join(COPY, 'Cargo.toml'), manifest);
  fs.copyFileSync(path.join(ROOT, 'Cargo.lock'), path.join(COPY, 'Cargo.lock'));
  const skip = (source) => !/\/(node_modules|target)$/.test(source);
  for (const [name, folder] of Object.entries(needed)) {
    const target = path.join(COPY, 'crates', name);
    fs.cpSync(path.join(ROOT, folder), target, { recursive: true, filter: skip, preserveTimestamps: true });
  }
  fs.symlinkSync(path.join(ROOT, 'contracts'), path.join(COPY, 'contracts'));
  const folder = needed[CRATE];
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const text = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const target = path.join(COPY, 'crates', CRATE, path.relative(folder, file));
    put(target, switched(text, mutants.filter((mutant) => mutant.file === file)), path.join(ROOT, file));
  }
  const source = path.join(COPY, 'crates', CRATE, 'src');
  put(path.join(source, 'mutants.rs'), SWITCH, __filename);
  const lib = path.join(source, 'lib.rs');
  put(lib, `#![allow(warnings)]\n${fs.readFileSync(lib, 'utf8')}\nmod mutants;\n`, lib);
}

/** Builds the tests of the copy once and returns their program. */
function build() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(ROOT, 'target');
  const args = ['test', '--release', '--offline', '-p', CRATE, '--lib', '--no-run', '--message-format=json-render-diagnostics'];
  const env = { ...process.env, CARGO_TARGET_DIR: target };
  const { status, stdout } = spawnSync('cargo', args, {
    cwd: COPY, env, encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('the copy with all mutants does not compile');
  const messages = stdout.trim().split('\n').map((line) => JSON.parse(line));
  return messages.findLast((message) => message.executable && message.profile?.test).executable;
}

// --- Runs -----------------------------------------------------------------------------------------------------------

/** Runs tests with a mutant on; resolves to the first that failed, or null. */
function runTests(program, number, filters) {
  const args = [...filters, ...PINS.flatMap((name) => ['--skip', name]), '--test-threads', '1'];
  const cwd = path.join(COPY, 'crates', CRATE);
  const env = { ...process.env, MUTANT: `${number}`, RUST_BACKTRACE: '0', BLESS: undefined };
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    let stdout = '';
    let killer;
    const end = (name) => {
      killer ??= name;
      child.kill('SIGKILL');
    };
    const limit = number === 0 ? LIMIT_WITHOUT_MUTANT_SECONDS : LIMIT_SECONDS;
    const timer = setTimeout(() => end('takes too long'), limit * 1000);
    child.stdout.on('data', (data) => {
      stdout += data;
      const failed = stdout.match(/^test (\S+).* \.\.\. FAILED$/m);
      if (failed) end(failed[1].replace(/::tests?::/g, '::'));
    });
    child.on('close', (status) => {
      clearTimeout(timer);
      const ran = Number(stdout.match(/^running (\d+) tests?$/m)?.[1] ?? 0);
      if (killer) resolve(killer);
      else if (ran === 0) reject(new Error(`no test is named like ${filters.join(', ')}`));
      else resolve(status === 0 ? null : 'ended by a signal');
    });
  });
}

async function runAll(program, queue, jobs) {
  const results = [];
  const worker = async () => {
    for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
      const begun = Date.now();
      const killer = await runTests(program, mutant.number, mutant.tests);
      results.push({ mutant, killer });
      console.log(row({ mutant, killer }), `${Math.round((Date.now() - begun) / 1000)} s`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results.sort((a, b) => a.mutant.number - b.mutant.number);
}

// --- The table ------------------------------------------------------------------------------------------------------

function row({ mutant, killer }) {
  const file = mutant.file.replace('proving/wrap/src/', '');
  return `| ${mutant.number} | ${file} | ${mutant.about} | ${killer ?? 'SURVIVED'} |`;
}

/** Writes the table; a run of some mutants renews their rows in it. */
function writeTable(results, only) {
  const before = only && fs.existsSync(TABLE) ? fs.readFileSync(TABLE, 'utf8').match(/^\| \d+ .*$/gm) ?? [] : [];
  const numberOf = (line) => Number(line.match(/\d+/)[0]);
  const renewed = new Map([...before, ...results.map(row)].map((line) => [numberOf(line), line]));
  const rows = [...renewed.values()].sort((a, b) => numberOf(a) - numberOf(b));
  const head = [
    '# Mutants of the wrap', '',
    'Written by `make mutants` (`node scripts/mutants.js`): what was broken, and a test that noticed. Tests that compare pinned',
    'digests, counts or vectors do not run.', '',
    '| number | file | what was broken | killed by |', '|---|---|---|---|',
  ];
  fs.writeFileSync(TABLE, `${[...head, ...rows].join('\n')}\n`);
}

function option(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

async function main() {
  const only = option('--only');
  const mutants = readMutants();
  const chosen = mutants.filter((m) => !only || `${m.number}` === only || `${m.file} ${m.about}`.includes(only));
  if (process.argv.includes('--list')) return chosen.forEach((m) => console.log(`${m.number}\t${m.file}\t${m.about}`));

  const begun = Date.now();
  const seconds = () => Math.round((Date.now() - begun) / 1000);
  makeCopy(mutants);
  const program = build();
  console.log(`built in ${seconds()} s`);
  const filters = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  if (process.argv.includes('--build')) return console.log(program);
  const failed = await runTests(program, 0, filters);
  if (failed) throw new Error(`a test fails without any mutant: ${failed}`);

  const results = await runAll(program, [...chosen], Number(option('--jobs') ?? 2));
  const alive = results.filter((result) => !result.killer);
  console.log(`${results.length} mutants, ${alive.length} survive, ${seconds()} s.`);
  alive.forEach((result) => console.log(row(result)));
  writeTable(results, only);
  if (alive.length > 0 || results.length === 0) process.exitCode = 1;
}

main().catch((error) => {
  console.error(`mutants.js: ${error.message}`);
  process.exit(1);
});
