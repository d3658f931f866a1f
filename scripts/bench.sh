#!/usr/bin/env bash
# Measures our proofs and EZKL's on the same files in one run, and writes table and picture. Arguments go to `assay bench`.
# EZKL and the plotting library are installed once, outside the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
environment="${XDG_CACHE_HOME:-$HOME/.cache}/assay/bench-python"
stamp="$environment/requirements.txt"
if ! cmp -s bench/requirements.txt "$stamp"; then
    echo "installing EZKL into $environment"
    rm -rf "$environment"
    python3 -m venv "$environment" || { echo "missing: Python 3.11 with venv. sudo apt-get install python3-venv" >&2; exit 1; }
    "$environment/bin/pip" install --quiet --disable-pip-version-check -r bench/requirements.txt
    cp bench/requirements.txt "$stamp"
fi
scripts/run.sh assay bench --out bench/results --ezkl-python "$environment/bin/python" "$@"
"$environment/bin/python" bench/report.py
