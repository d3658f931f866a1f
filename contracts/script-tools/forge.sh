#!/bin/sh
# Runs the pinned forge of node_modules from the contracts folder: `script-tools/forge.sh test`.
# TOOL=anvil or TOOL=cast runs the pinned sibling instead.
set -eu
cd "$(dirname "$0")/.."
tool="${TOOL:-forge}"
binary="node_modules/@foundry-rs/${tool}-linux-amd64/bin/${tool}"
if [ ! -x "$binary" ]; then
  echo "forge.sh: $binary is missing; run 'npm ci' in contracts/ first" >&2
  exit 1
fi
exec "$binary" "$@"
