#!/bin/sh
# build.sh -- makes cartpole in the folder where it is called: sh build.sh [GRADC]
set -e
here=$(cd "$(dirname "$0")" && pwd)
gradc=${1:-gradc}
"$gradc" -f --emit=lib "$here/policy.dsl"
# shellcheck disable=SC2046,SC2086 # several words
${CC:-cc} -O2 -I. "$here/cartpole.c" policy.c $("$gradc" --cc-flags) -lm -o cartpole
