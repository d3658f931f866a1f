#!/bin/sh
# Deploys the contracts unless they are there: `deploy-once.sh RPC_URL DEPLOYMENT_JSON`. A second `compose up` finds the
# file and the market's code, and leaves both; a chain that began anew has no code, and gets new contracts.
set -eu
rpc="$1"
out="$2"
tools="$(dirname "$0")/../contracts/script-tools"
if [ -f "$out" ]; then
  market="$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).market' "$out")"
  code="$(TOOL=cast "$tools/forge.sh" code "$market" --rpc-url "$rpc")"
  if [ "$code" != "0x" ]; then
    echo "the market is at $market"
    exit 0
  fi
fi
exec "$tools/deploy.sh" "$rpc" "$out"
