#!/usr/bin/env bash
# Runs a command with a PostgreSQL cluster of its own: with-postgres.sh COMMAND ARGUMENTS...
# The command finds its empty database in ASSAY_TEST_POSTGRES_URL. The cluster listens on a socket in a temporary
# folder only, and is stopped and deleted at the end, also when the command fails.
set -euo pipefail

bin="$(dirname "$(readlink -f "$(command -v initdb || ls -1 /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1 || true)")")"
[[ -x $bin/initdb && -x $bin/postgres ]] || { echo "missing: PostgreSQL's server programs (Debian package postgresql)" >&2; exit 1; }

# PostgreSQL refuses to run as root; its Debian package brings a user for it.
as_owner() { "$@"; }
if [[ $(id -u) == 0 ]]; then
    as_owner() { setpriv --reuid=postgres --regid=postgres --init-groups env --chdir=/ "$@"; }
fi

# Short, because the path of a socket is limited to about a hundred bytes.
folder="$(mktemp -d /tmp/assay-pg.XXXXXX)"
cleanup() {
    [[ ! -f $folder/data/postmaster.pid ]] || as_owner "$bin/pg_ctl" stop --pgdata="$folder/data" --mode=immediate >/dev/null || true
    rm -rf "$folder"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# quietly COMMAND...: its output only if it fails.
quietly() {
    local output
    output="$("$@" 2>&1)" || { echo "$output" >&2; exit 1; }
}

[[ $(id -u) != 0 ]] || chown postgres "$folder"
quietly as_owner "$bin/initdb" --pgdata="$folder/data" --username=assay --auth=trust --encoding=UTF8 --no-sync
quietly as_owner "$bin/pg_ctl" start --wait --pgdata="$folder/data" --log="$folder/log" \
    --options="-k $folder -c listen_addresses= -c fsync=off"
quietly "$bin/createdb" --host="$folder" --username=assay assay

export ASSAY_TEST_POSTGRES_URL="postgres://assay@localhost/assay?host=$folder"
"$@"
