#!/bin/sh
# cuda_mutants.sh -- generated CUDA programs with one thing wrong: are all of them noticed?
#
#     sh tests/cuda_mutants.sh                    in `make check`: one mutant in 300 of each rule, of two models
#     CUDA_MUTANTS=1 sh tests/cuda_mutants.sh     `make check-cuda-mutants`: all
#     CUDA_MUTANTS=1 sh tests/cuda_mutants.sh convolve attend      of these models alone
#     CUDA_MUTANTS_SHARE=2/4                      the third of four shares of the work
#     CUDA_MUTANTS_ONLY='no-call launch_init'     those whose rule, function and line fit this
#     CUDA_MUTANTS_KEEP=folder                    MODEL.missed goes there, and runtime.left
#
# tests/cudahost/mutants has models, and rules (mutate.awk) that leave out barriers, bounds, guards, joins, launches and
# waits, and change indices, strides and turns. A program has all its mutants in it, and is built once, with the checker
# of the test bed (tests/cudahost). A mutant is noticed if it is reported, ends otherwise than C, has other losses or
# other parameters, or other bits in another order of threads; if ASan tells of it; or if the first values are others.
# Those of runtime/grt_cuda*.h are tried in each model until one notices them. What is not noticed stands in
# mutants/unnoticed.txt with the reason.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
CUDA_ON=host cuda_needs
: "${CUDA_MUTANTS:=300}" "${CUDA_MUTANTS_SHARE:=0/1}" "${CUDA_MUTANTS_ONLY:=.}"
BED=$SRC/tests/cudahost
ALL="queued bad_index waited ahead late_index bad_fetch not_finite classify convolve attend flash"
MODELS=${*:-$ALL}
export GRADC
cd "$TMP" || exit 1
: >runtime.tried >runtime.noticed >runtime.left >used.txt
awk 'BEGIN { for (i = 0; i < 60; i++) print i }' >count.csv

# setting MODEL: the file that it is of, what is tried of it, how it runs
setting() {
    file=$1 own=. words= spoil=
    case $1 in
    # Losses are NaN once, with steps behind them on their way: the training ends as if they had not been.
    queued) spoil=k_first:5,k_second:20 ;;
    waited) file=queued own='^$' words=--no-graph ;;
    ahead) own='^$' ;;
    # These end with an error, and are there for how they do.
    late_index | not_finite) own='^no-call launch_(train|update)[0-9]* grt_guard' ;;
    bad_*) own='^no-call .* grt_guard' ;;
    classify | convolve | attend | flash) spoil=k_loss:3 ;;
    esac
}

# run PROGRAM NAME COMMAND...: in NAME.said how it ended and what it said, but for its numbers
run() {
    program=$1 name=$2 status=0
    shift 2
    timeout "$limit" "./$program" "$@" >run.log 2>&1 || status=$?
    { echo "status $status" && grep -v '^cudahost' run.log | sed "s/[0-9]*\.[0-9]*//g; s/ = .*)  / =/"; } >"$name.said"
}

# train PROGRAM NAME [OPTION...]: NAME.csv, NAME.safetensors, and NAME.numbers of both
train() {
    rm -f "$2".csv "$2".safetensors
    program=$1 name=$2
    shift 2
    # shellcheck disable=SC2086 # options
    run "$program" "$name" train --quiet --log "$name.csv" --save "$name.safetensors" $([ "$program" = c ] || echo $words) "$@"
    [ -f "$name.csv" ] || : >"$name.csv"
    [ -f "$name.safetensors" ] || : >"$name.safetensors"
    awk -F, 'NR > 1 { for (i = 4; i <= NF; i++) print $i }' "$name.csv" >"$name.numbers"
    header=$(od -An -t u8 -N 8 "$name.safetensors" | tr -d ' ')
    od -An -v -t f4 -w4 -j $((${header:-0} + 8)) "$name.safetensors" >>"$name.numbers" 2>/dev/null || true
}

# as NAME NAME: the same words, and the same numbers to rounding
as() {
    cmp -s "$1.said" "$2.said" || return
    paste "$1.numbers" "$2.numbers" | awk '
        $1 != $2 && ($1 $2) ~ /n/ { bad = 1; next } # nan or inf, which awk cannot compare
        $1 != $2 { off = $1 - $2; if (off < 0) off = -off; size = $1 < 0 ? -$1 : $1
                   if (size < 1e-37 && off < 1e-37) { bad = 1; next } # integers, read as floats
                   if (NF != 2 || !(off <= 5e-6 * size + 5e-7)) bad = 1 }
        END { exit bad }'
}

# mutate FILE RESULT: numbers go on from where they are
mutate() { next=$(awk -v first="$next" -v list=list.txt -f "$BED/mutants/mutate.awk" "$1" 2>&1 >"$2"); }

# build MODEL: ./mutants, ./asan, list.txt of all mutants, and reached.txt of those that a run comes to: number; 0 or, of
# the runtime, the number in it; rule, place, function, text
build() {
    unset CUDAHOST_MUTANT
    rm -rf runtime list.txt mutated
    mkdir runtime mutated
    cp "$SRC"/runtime/*.h runtime
    cp "$BED/mutants/$file.dsl" "$1.dsl"
    "$GRADC" -O0 "$QUICK" -f "$1.dsl" -o c && "$GRADC" --target=cuda --emit=c -f "$1.dsl" -o "$1.cu" || return
    next=1 limit=20
    mutate "$1.cu" "mutated/$1.cu"
    first=$next
    for header in "$SRC"/runtime/grt_cuda*.h; do
        mutate "$header" "runtime/${header##*/}"
    done
    "$BED/build.sh" --check -O0 --runtime runtime "mutated/$1.cu" -o mutants || return
    "$BED/build.sh" --asan -O0 --runtime runtime "mutated/$1.cu" -o asan || return
    train c c
    train c begin --epochs 0
    seconds=$(date +%s)
    CUDAHOST_MUTANTS_SEEN=seen.txt train mutants forward
    limit=$((5 + 10 * ($(date +%s) - seconds)))
    cat run.log
    awk -F '\t' -v OFS='\t' -v first="$first" 'NR == FNR { seen[$1] = 1; next }
        $1 in seen { $1 = $1 OFS ($1 < first ? 0 : $1 - first + 1); print }' seen.txt list.txt >reached.txt
    as c forward && CUDAHOST_MUTANT=0 train asan forward && as c forward && [ -s reached.txt ] &&
        train mutants begun --epochs 0 && as begin begun
}

# noticed NUMBER
noticed() {
    export CUDAHOST_MUTANT="$1"
    CUDAHOST_SCHED=forward train mutants forward
    as c forward || return 0
    CUDAHOST_SCHED=1 train mutants other
    as c other && cmp -s forward.csv other.csv && cmp -s forward.safetensors other.safetensors || return 0
    train asan other
    as c other || return 0
    train mutants begun --epochs 0
    ! as begin begun
}

# choose MODEL: of each rule every CUDA_MUTANTS-th, of the runtime what has not been noticed yet; of that our share
choose() {
    [ "$CUDA_MUTANTS" -eq 1 ] || case $1 in queued | classify) ;; *) own='^$' ;; esac
    awk -F '\t' -v every="$CUDA_MUTANTS" -v own="$own" -v share="${CUDA_MUTANTS_SHARE%/*}" -v shares="${CUDA_MUTANTS_SHARE#*/}" \
        -v only="$CUDA_MUTANTS_ONLY" -v first="$([ -s runtime.tried ] || echo 1)" '
        FILENAME ~ /reached/ && ($3 " " $5 " " $6) !~ only { next }
        FILENAME ~ /noticed$/ { noticed[$1] = 1; next }
        FILENAME ~ /tried$/ { tried[$1] = 1; next }
        $2 == 0 { if (($3 " " $5 " " $6) !~ own || n[$3]++ % every || k++ % shares != share) next }
        $2 > 0 { if ($2 in noticed || every > 1 && !first && !($2 in tried) || first && r[$3]++ % every || $2 % shares != share) next }
        { print }' runtime.noticed runtime.tried reached.txt >chosen.txt
}

# try MODEL
try() {
    : >"$1.missed"
    while IFS='	' read -r number id rule place function text; do
        said="$rule	${place%:*}	$function	$text"
        [ "$id" = 0 ] || printf '%s\t%s\n' "$id" "$said" >>runtime.tried
        if noticed "$number"; then
            [ "$id" = 0 ] || echo "$id" >>runtime.noticed
        elif [ "$id" = 0 ]; then
            printf '%s\n' "$said" >>"$1.missed"
        fi
    done <chosen.txt
    awk -F '\t' 'NR == FNR { noticed[$1] = 1; next } !($1 in noticed || seen[$1]++)' runtime.noticed runtime.tried |
        cut -f2- >runtime.left
    echo "$1: $(grep -c '	0	' chosen.txt) of $(grep -c '	0	' reached.txt) mutants tried, $(grep -c . "$1.missed") not noticed;" \
        "of the runtime $(grep -vc '	0	' chosen.txt) of $(grep -vc '	0	' reached.txt), $(grep -c . runtime.left) left"
}

# all_are_known MODEL FILE: each that was not noticed fits a line of the list: model (or "runtime"), rule, file and function
# as a regular expression, a part of the text, the reason; "once: ..." is of one mutant of each rule and function
all_are_known() {
    awk -F '\t' -v model="$1" '
        FILENAME == ARGV[1] { if ($0 !~ /^#/) { rule[++n] = $1; part[n] = $2; line[n] = FNR; most[n] = $3 ~ /^once: / ? 1 : 1e9 }; next }
        { for (i = 1; i <= n; i++)
              if ((model " " $1 " " $2 " " $3) ~ ("^" rule[i] "$") && index($4, part[i]) && fits[i, $1, $3]++ < most[i]) { print line[i] >>"used.txt"; next }
          print "not noticed, and not in unnoticed.txt: " $0; bad = 1 }
        END { exit bad }' "$BED/mutants/unnoticed.txt" "$2"
}
all_are_needed() {
    awk 'NR == FNR { used[$1] = 1; next } !/^#/ && !(FNR in used) { print "no mutant needs line " FNR ": " $0; bad = 1 }
        END { exit bad }' used.txt "$BED/mutants/unnoticed.txt"
}

for model in $MODELS; do
    # A sample is of two models; the others are for what is left of the runtime.
    case $CUDA_MUTANTS:$model in
    1:* | *:queued | *:classify) ;;
    *) ! all_are_known runtime runtime.left >/dev/null || continue ;;
    esac
    setting "$model"
    export CUDAHOST_SPOIL="$spoil"
    before=$failed
    check "$model: a program with all its mutants, none chosen, is as C" build "$model"
    [ "$failed" -eq "$before" ] || continue
    choose "$model"
    try "$model"
    [ -z "${CUDA_MUTANTS_KEEP:-}" ] || cp "$model.missed" runtime.left "$CUDA_MUTANTS_KEEP"
    check "$model: every mutant is noticed, or known" all_are_known "$model" "$model.missed"
done
if [ "$MODELS" = "$ALL" ]; then
    check "every mutant of the runtime is noticed in a model, or known" all_are_known runtime runtime.left
else
    skip "what is left of the runtime: there are more models"
fi
if [ "$MODELS:$CUDA_MUTANTS:$CUDA_MUTANTS_SHARE:$CUDA_MUTANTS_ONLY" = "$ALL:1:0/1:." ]; then
    check "every line of unnoticed.txt is needed" all_are_needed
fi
finish
