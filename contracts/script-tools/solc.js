#!/usr/bin/env node
// The compiler that forge calls: npm's solc (WebAssembly) behind the two switches forge uses, so that
// a build needs the package registry and nothing else.
'use strict';
const fs = require('fs');
const path = require('path');
const solc = require(path.join(__dirname, '..', 'node_modules', 'solc'));

const args = process.argv.slice(2);
if (args.includes('--version')) {
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${solc.version()}\n`);
} else if (args.includes('--standard-json')) {
  // forge inlines every source, so imports need no callback.
  const output = solc.compile(fs.readFileSync(0, 'utf8'));
  let at = 0;
  const bytes = Buffer.from(output);
  while (at < bytes.length) {
    try {
      at += fs.writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
    }
  }
} else {
  process.stderr.write('solc.js answers --version and --standard-json\n');
  process.exit(2);
}
