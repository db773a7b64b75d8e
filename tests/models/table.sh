#!/bin/sh
# table.sh -- `make models`: trains the models of models.txt here and in PyTorch, measures both, and writes
# their rows of docs/models.md.
#
#     make models                      all rows (hours)
#     make models MODELS=lenet         one row: the others stay
#
# For each: the program is compiled and trained, OMP_NUM_THREADS as it is set (1 by default); its result must be
# what models.txt states.  Where NAME.py and PyTorch are there, the first 100 losses of both are compared in f64 and
# in f32, and PyTorch trains the whole model, too.
set -u
SRC=$(cd "$(dirname "$0")/../.." && pwd)
SHARED=${SHARED:-$SRC/../shared}
: "${GRADC:=./gradc}" "${OMP_NUM_THREADS:=1}"
case $GRADC in /*) ;; *) GRADC=$PWD/$GRADC ;; esac
export GRADC OMP_NUM_THREADS SHARED PYTHONDONTWRITEBYTECODE=1
. "$SRC/tests/models/train.sh"
mkdir -p models && cd models || exit 3
# shellcheck disable=SC2086 # CC may be several words
${CC:-cc} -O1 "$SRC/bench/measure.c" -o measure || exit 1
for python in ${PYTHON:-} python3 /usr/bin/python3; do
    "$python" -c 'import torch, numpy' 2>/dev/null && break
    python=
done

field() { awk -v name="$1" '$1 == name { print $2; exit }' "$2"; }
megabytes() { awk -v n="$1" 'BEGIN { printf n < 1e5 ? "%.2f MB" : n < 1e8 ? "%.1f MB" : "%.0f MB", n / 1e6 }'; }
seconds() { awk -v s="$1" 'BEGIN { printf s < 10 ? "%.2g s" : "%.0f s", s }'; }

# Sets $theirs, $overlap, $their_time, of PyTorch.
torch_figures() {
    theirs='-' overlap='-' their_time='-'
    [ -n "$python" ] && [ -f "$SRC/tests/models/$1.py" ] || return 0
    # shellcheck disable=SC2046 # several flags
    for width in '' --f32; do
        "$python" "$SRC/tests/models/$1.py" compare $width $(model_field "$1" 2) >compare.txt || return 1
        cat compare.txt >&2
        off=$(sed -n 's/.*difference //p' compare.txt)
        apart=$(sed -n 's/.* 1 % apart at step \([0-9]*\).* at step \(.*\)/1 % at step \1 (its own: \2)/p' compare.txt) && off=${apart:-$off}
        case $overlap in -) overlap=$off ;; *) overlap="$overlap, $off" ;; esac
    done
    "$python" "$SRC/tests/models/$1.py" train $(model_field "$1" 2) >"$1-torch.log" || return 1
    theirs=$(sed -n 's/^\([a-z]*\): \(.*\)  (.*/\1 \2/p' "$1-torch.log" | tail -n 1)
    their_time=$(seconds "$(sed -n 's/.*(\(.*\) s)$/\1/p' "$1-torch.log")")
}

# The row, in the place of its name in models.txt; the others stay as they are.
write_row() { # write_row ROW
    model_names >names.txt
    awk -v row="$1" '
        function name_of(line) { sub(/^\| \[/, "", line); sub(/\].*/, "", line); return line }
        FNR == NR { order[++names] = $1; next }
        FNR == 1 { rows[name_of(row)] = row }
        /^\| \[/ { if (name_of($0) != name_of(row)) rows[name_of($0)] = $0; next }
        /^<!-- end of the table -->/ { for (i = 1; i <= names; i++) if (order[i] in rows) print rows[order[i]] }
        { print }' names.txt "$SRC/docs/models.md" >new.md && cp new.md "$SRC/docs/models.md"
}

one_model() {
    model_build "$1" >&2 && model_train "$1" ./measure took.txt || return 1
    result=$(model_result "$1") || { echo "$1: $result" >&2; return 1; }
    ours=$(seconds "$(field cpu took.txt)") peak=$(megabytes "$(field peak took.txt)")
    { [ ! -d "$SRC/examples/$1" ] && "./$1" info || echo; } >info.txt
    parameters=$(awk '/^parameters/ { on = 1 } on && $1 == "total" { print $2; exit }' info.txt)
    # A folder's program is not a trainer: its library's header has the number.
    [ ! -d "$SRC/examples/$1" ] || parameters=$(cat ./*.h | sed -n 's/.*_PARAMETERS INT64_C(\([0-9]*\)).*/\1/p')
    cp "$1" stripped && strip stripped
    size=$(awk -v n="$(wc -c <stripped)" 'BEGIN { printf "%.0f kB", n / 1000 }')
    torch_figures "$1" || return 1
    path=$1.dsl
    [ ! -d "$SRC/examples/$1" ] || path=$1
    flags=$(model_field "$1" 2)
    write_row \
        "| [$1](../examples/$path)${flags:+ \`$flags\`} | ${parameters:--} | $(model_field "$1" 5) | $result | $theirs | $overlap | $ours | $their_time | $peak | $size |"
}

failed=0
for model in ${MODELS:-$(model_names)}; do
    echo "$model" >&2
    model_has_data "$model" || { echo "$model: its data is not here" >&2; continue; }
    one_model "$model" || { echo "$model: its row stays" >&2; failed=1; }
done
exit $failed
