#!/bin/sh
# Deploys the whole stack on a development chain: `deploy.sh RPC_URL OUT_JSON [SENDER]`.
# SENDER is an account that the node signs for; the default is anvil's first one.
set -eu
if [ $# -lt 2 ]; then
  echo "usage: deploy.sh RPC_URL OUT_JSON [SENDER]" >&2
  exit 2
fi
rpc="$1"
out="$2"
sender="${3:-0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266}"
case "$out" in
  /*) ;;
  *) out="$PWD/$out" ;;
esac
here="$(dirname "$0")"
# The deploy profile may write anywhere; the default one may not.
DEPLOYMENT_OUT="$out" FOUNDRY_PROFILE=deploy "$here/forge.sh" script script/Deploy.s.sol:Deploy \
  --rpc-url "$rpc" --broadcast --unlocked --sender "$sender" --slow --skip-simulation
