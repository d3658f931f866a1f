#!/usr/bin/env bash
# Runs the same random operations on the Rust domain and on the contracts; they must agree after every single one.
# differential.sh [--operations N] [--seed S]
set -euo pipefail
cd "$(dirname "$0")/.."
operations=10000
seed=1
while (($#)); do
    case "$1" in
    --operations) operations="$2" ;;
    --seed) seed="$2" ;;
    *)
        echo "usage: differential.sh [--operations N] [--seed S]" >&2
        exit 2
        ;;
    esac
    shift 2
done

# One forge run's worth: some files of 500 operations, together about 150 MB.
batch=100000
file_operations=500
# Here and not in CARGO_TARGET_DIR, which forge may not read.
folder="target/differential/$$"
trap 'rm -rf "$folder"' EXIT

domain() { cargo run --release --locked --quiet -p assay-market --example differential -- --seed "$seed" "$@"; }

for ((done = 0; done < operations; done += batch)); do
    now=$((operations - done < batch ? operations - done : batch))
    rm -rf "$folder"
    domain --operations "$now" --first $((done / file_operations)) --out "$folder"
    # All files are one transaction to forge.
    if ! DIFFERENTIAL_FOLDER="../$folder" DIFFERENTIAL_OPERATIONS="$now" contracts/script-tools/forge.sh test \
        --match-contract DifferentialTest --gas-limit 1000000000000000; then
        echo "What the domain comes to, with the numbers after $folder/ in the message above:"
        echo "cargo run --release -p assay-market --example differential -- --seed $seed --explain FILE:STEP"
        exit 1
    fi
done
echo "domain and contracts agree on $operations operations of seed $seed"
