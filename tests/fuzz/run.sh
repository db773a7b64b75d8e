#!/bin/sh
# run.sh FOLDER SECONDS TARGET... -- runs the targets that fuzz.mk built in FOLDER, so many seconds each.
# New inputs that reach something stay in FOLDER/found, what broke something in FOLDER/broken.  The exit
# status is 1 if anything was found; each target says how many inputs it tried.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
cd "$1"
seconds=$2
shift 2
sh "$here/seeds.sh" seeds
mkdir -p broken
FUZZ_LIBRARY=$top/lib/std
export FUZZ_LIBRARY

# The words of the language, for mutations that mean something.
{
    sed -n 's/^\([a-z|]*\)  *{.*return.*/\1/p' "$top/frontend/lexer.l" | tr '|' '\n'
    sed -n 's/^    {"\([a-z0-9_]*\)", .*/\1/p' "$top/frontend/builtins.c"
    sed -n 's/^\(def\|module\|optimizer\) \([a-z0-9_]*\).*/\2/p' "$top"/lib/std/*.dsl
    echo "input state output data option metric train step batch epochs f32 f64 i8 i32 i64 u8 bool axis" | tr ' ' '\n'
} | sed '/^$/d; s/.*/"&"/' | sort -u >model.dict
sed -n 's/^OP([A-Z_0-9]*, *"\([a-z0-9_]*\)".*/"\1"/p' "$top/ir/ops.def" | cat - model.dict | sort -u >ir.dict

status=0
for target in "$@"; do
    mkdir -p "found/$target"
    dictionary=
    case $target in source | model) dictionary=-dict=model.dict ;; ir) dictionary=-dict=ir.dict ;; esac
    if ./fuzz_"$target" $dictionary -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -max_len=16384 \
        -artifact_prefix="broken/$target-" -print_final_stats=1 "found/$target" "seeds/$target" >"$target.log" 2>&1; then
        awk -v target="$target" '/^stat::number_of_executed_units:/ { print target ": " $2 " inputs, nothing found" }' "$target.log"
    else
        echo "$target: FOUND something (see fuzz/$target.log, fuzz/broken)"
        grep -m 8 -E 'ERROR|SUMMARY|runtime error|fuzz: broken|internal error|Test unit written' "$target.log" || tail -n 20 "$target.log"
        status=1
    fi
done
exit $status
