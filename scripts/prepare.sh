#!/usr/bin/env bash
# Makes sure that everything the build and the tests need is there. Installs npm packages into the tree, and Debian
# packages where this user may; otherwise says in one line what to install.
# prepare.sh test: also what only the tests need.
set -euo pipefail
cd "$(dirname "$0")/.."

need_command() { # command, what it is
    command -v "$1" >/dev/null || { echo "missing: $2 ($1). Install it and run again." >&2; exit 1; }
}
need_command cargo "Rust, https://rustup.rs"
need_command node "Node.js 20 or later"
need_command npm "npm, which comes with Node.js"
node_major="$(node -p 'process.versions.node.split(".")[0]')"
if ((node_major < 20)); then
    echo "Node.js $(node --version) is too old: install 20 or later and run again." >&2
    exit 1
fi

# cc links Rust programs and compiles SQLite; git lists the files that the tidy tests read.
missing=()
command -v cc >/dev/null || missing+=(build-essential)
command -v git >/dev/null || missing+=(git)
if [[ ${1:-} == test ]]; then
    command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
fi
if ((${#missing[@]})); then
    if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
        apt-get update -qq && apt-get install -y -qq "${missing[@]}"
    else
        echo "missing packages: sudo apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi

# npm ci only when the lockfile is newer than what it installed.
install_npm() { # folder
    local stamp="$1/node_modules/.package-lock.json"
    if [[ ! -f $stamp || $1/package-lock.json -nt $stamp ]]; then
        echo "installing npm packages of $1"
        (cd "$1" && npm ci --no-audit --no-fund --loglevel=error)
    fi
}
install_npm contracts
install_npm proving/wrap/independent

# The contracts are compiled here, where a person expects to wait, and not in the middle of the demo.
contracts/script-tools/forge.sh build --quiet
