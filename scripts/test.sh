#!/usr/bin/env bash
# Runs every test and sums them. Each step goes on when an earlier one failed, so that one run shows all that is
# wrong. The last line is `N passed, N failed`; the exit code is 0 only when nothing failed and every step ran.
set -uo pipefail
cd "$(dirname "$0")/.."
log_dir="${CARGO_TARGET_DIR:-target}/test-logs"
mkdir -p "$log_dir"
passed=0
failed=0
started=$SECONDS

# step NAME COMMAND...: runs it, shows and keeps its output, counts a failure that no test runner counted.
step() {
    local name="$1" log="$log_dir/$1.log" begun=$SECONDS code plain step_failed
    shift
    echo "== $name: $*"
    "$@" 2>&1 | tee "$log"
    code=${PIPESTATUS[0]}
    # cargo test: "test result: ok. 3 passed; 0 failed; ..."; forge: "... tests passed, 0 failed, 0 skipped (3 total tests)"
    plain="$(sed -E 's/\x1b\[[0-9;]*m//g' "$log")"
    passed=$((passed + $(sed -nE 's/^test result: .* ([0-9]+) passed;.*/\1/p; s/^Ran .*: ([0-9]+) tests passed, .*total tests.*/\1/p' <<<"$plain" | sum)))
    step_failed=$(sed -nE 's/^test result: .* ([0-9]+) failed;.*/\1/p; s/^Ran .* tests passed, ([0-9]+) failed,.*total tests.*/\1/p' <<<"$plain" | sum)
    if ((code != 0 && step_failed == 0)); then
        echo "== $name: exit code $code"
        step_failed=1
    fi
    failed=$((failed + step_failed))
    echo "== $name: $((SECONDS - begun)) s"
}

sum() { awk '{ total += $1 } END { print total + 0 }'; }

step build cargo build --release --locked --workspace --all-targets
# A gas figure that differs from its snapshot is a failure: `contracts/script-tools/forge.sh test` writes the new one.
step contracts env FORGE_SNAPSHOT_CHECK=true contracts/script-tools/forge.sh test
step differential scripts/differential.sh
# The end-to-end tests wait for deadlines more than they compute: four at a time keep two cores busy.
cores="$(nproc)"
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((cores > 4 ? cores : 4))}"
step rust scripts/with-postgres.sh cargo test --release --locked --workspace --no-fail-fast
# A sample, the same every time; `make mutants` runs all.
step mutants node scripts/mutants.js --crate circuit --sample 10

echo "== all: $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
((failed == 0 && passed > 0))
