#!/usr/bin/env bash
# Runs one of the built programs: run.sh PROGRAM ARGUMENTS...
set -euo pipefail
cd "$(dirname "$0")/.."
target="${CARGO_TARGET_DIR:-target}"
program="$1"
shift
exec "$target/release/$program" "$@"
