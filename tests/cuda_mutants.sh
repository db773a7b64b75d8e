#!/bin/sh
# cuda_mutants.sh -- generated CUDA programs with one thing wrong: are all of them noticed?
#
#     sh tests/cuda_mutants.sh                    in `make check`: one mutant in 150 of each rule, of two models
#     CUDA_MUTANTS=1 sh tests/cuda_mutants.sh     `make check-cuda-mutants`: all
#
# tests/cudahost/mutants has models, and rules (mutate.awk) that leave out barriers, bounds, guards, joins, launches and
# waits, and change indices, strides and turns. A program has all its mutants in it, and is built once, with the checker
# of the test bed (tests/cudahost). A mutant is noticed if it is reported, ends otherwise than C, has other losses or
# other parameters, or other bits in another order of threads; or if ASan tells of it. What is not noticed stands in
# mutants/unnoticed.txt with the reason.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
CUDA_ON=host cuda_needs
if [ "${CUDA_MUTANTS:=150}" -eq 1 ]; then
    : "${CUDA_MUTANT_MODELS:=classify convolve attend bad_index not_finite}"
fi
: "${CUDA_MUTANT_MODELS:=classify bad_index}"
BED=$SRC/tests/cudahost
export GRADC
cd "$TMP" || exit 1

# train PROGRAM NAME: NAME.csv, NAME.safetensors, and in NAME.said how it ended and what it said
train() {
    rm -f "$2".csv "$2".safetensors
    status=0
    timeout 20 "./$1" train --quiet --log "$2.csv" --save "$2.safetensors" >run.log 2>&1 || status=$?
    { echo "status $status" && grep -v '^cudahost' run.log | sed "s/[0-9]*\.[0-9]*//g; s/ = .*)  / =/"; } >"$2.said"
    [ -f "$2.csv" ] || : >"$2.csv"
    [ -f "$2.safetensors" ] || : >"$2.safetensors"
    awk -F, 'NR > 1 { for (i = 4; i <= NF; i++) print $i }' "$2.csv" >"$2.numbers"
    header=$(od -An -t u8 -N 8 "$2.safetensors" | tr -d ' ')
    od -An -v -t f4 -w4 -j $((${header:-0} + 8)) "$2.safetensors" >>"$2.numbers" 2>/dev/null || true
}

# as_c NAME: the losses and the parameters of C, to rounding, and its words
as_c() {
    cmp -s c.said "$1.said" || return
    paste c.numbers "$1.numbers" | awk '
        $1 != $2 && ($1 $2) ~ /n/ { bad = 1; next } # nan or inf, which awk cannot compare
        $1 != $2 { off = $1 - $2; if (off < 0) off = -off; size = $1 < 0 ? -$1 : $1
                   if (NF != 2 || !(off <= 2e-4 * size + 2e-5)) bad = 1 }
        END { exit bad }'
}

# build MODEL: ./mutants, ./asan, list.txt of all mutants, and reached.txt of those that a run comes to
build() {
    unset CUDAHOST_MUTANT
    rm -rf runtime list.txt mutated
    mkdir runtime mutated
    cp "$SRC"/runtime/*.h runtime
    "$GRADC" -O0 -f "$BED/mutants/$1.dsl" -o c && "$GRADC" --target=cuda --emit=c -f "$BED/mutants/$1.dsl" -o "$1.cu" || return
    next=$(awk -v first=1 -v list=list.txt -f "$BED/mutants/mutate.awk" "$1.cu" 2>&1 >"mutated/$1.cu")
    for header in "$SRC"/runtime/grt_cuda*.h; do
        next=$(awk -v first="$next" -v list=list.txt -f "$BED/mutants/mutate.awk" "$header" 2>&1 >"runtime/${header##*/}")
    done
    "$BED/build.sh" --check -O0 --runtime runtime "mutated/$1.cu" -o mutants || return
    "$BED/build.sh" --asan -O0 --runtime runtime "mutated/$1.cu" -o asan || return
    train c c
    CUDAHOST_MUTANTS_SEEN=seen.txt train mutants forward
    cat run.log
    awk -F '\t' 'NR == FNR { seen[$1] = 1; next } $1 in seen' seen.txt list.txt >reached.txt
    as_c forward && CUDAHOST_MUTANT=0 train asan forward && as_c forward && [ -s reached.txt ]
}

# noticed NUMBER
noticed() {
    export CUDAHOST_MUTANT="$1"
    CUDAHOST_SCHED=forward train mutants forward
    as_c forward || return 0
    CUDAHOST_SCHED=1 train mutants other
    as_c other && cmp -s forward.csv other.csv && cmp -s forward.safetensors other.safetensors || return 0
    train asan other
    ! as_c other
}

# try MODEL: of each rule, every CUDA_MUTANTS-th. The models that end with an error are there for how they do.
try() {
    case $1 in
    bad_index | not_finite) here='^(guard-|no-call.*guard)|\tgrt_' ;;
    *) here=. ;;
    esac
    awk -F '\t' -v every="$CUDA_MUTANTS" -v here="$here" '
        substr($0, index($0, FS) + 1) ~ here && n[$2]++ % every == 0' reached.txt >chosen.txt
    : >"$1.missed"
    while IFS='	' read -r number rule place text; do
        noticed "$number" || printf '%s\t%s\t%s\n' "$rule" "${place%:*}" "$text" >>"$1.missed"
    done <chosen.txt
    echo "$1: $(grep -c . chosen.txt) of $(grep -c . reached.txt) mutants tried, $(grep -c . "$1.missed") not noticed"
}

# all_are_known MODEL: each that was not noticed fits a line of the list: model, rule and file as a regular
# expression, a part of the text, the reason
all_are_known() {
    awk -F '\t' -v model="$1" 'FILENAME == ARGV[1] { if ($0 !~ /^#/) { rule[++n] = $1; part[n] = $2 }; next }
        { for (i = 1; i <= n; i++) if ((model " " $1 " " $2) ~ rule[i] && index($3, part[i])) next
          print "not noticed, and not in unnoticed.txt: " $0; bad = 1 }
        END { exit bad }' "$BED/mutants/unnoticed.txt" "$1.missed"
}

for model in $CUDA_MUTANT_MODELS; do
    check "$model: a program with all its mutants, none chosen, is as C" build "$model"
    [ -s reached.txt ] || continue
    try "$model"
    [ -z "${CUDA_MUTANTS_KEEP:-}" ] || cp "$model.missed" "$CUDA_MUTANTS_KEEP"
    check "$model: every mutant is noticed, or known" all_are_known "$model"
done
finish
