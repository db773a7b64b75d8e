#!/bin/sh
# run.sh -- the benchmark: the models of bench/models as gradc compiles them, beside PyTorch.
#
#     make bench                                   everything; writes bench/results.md and .svg in the build folder
#     make bench BENCH='mlp_sgd lenet' ROUNDS=5    some models; BENCH_THREADS='1', BENCH_SECONDS=0.5,
#                                                  BENCH_CLOCK=cpu where the machine is not idle (for one thread), or
#                                                  BENCH_CLOCK=best: of parts of 20 ms the fastest, for more
#
# For each model: both programs get the same first weights and data and must show the same losses.  Then PyTorch's best
# setting is looked for (see tune below), and both are run in turns, ROUNDS times; medians are compared.  Without PyTorch
# only gradc's own figures are there.  What was measured is in records.tsv, one line a run; table.awk and picture.awk make
# results.md and results.svg of it.
set -u
SRC=$(cd "$(dirname "$0")" && pwd)
: "${GRADC:=./gradc}" "${ROUNDS:=3}" "${BENCH:=linreg mlp_sgd mlp_adam lenet convbn lstm gpt_small gpt_medium chain}"
: "${BENCH_THREADS:=1 2}" "${BENCH_SECONDS:=1}" "${BENCH_CLOCK:=wall}" "${PYTHON:=}" "${CC:=cc}" "${BENCH_FLAGS:=}"
case $GRADC in /*) ;; *) GRADC=$PWD/$GRADC ;; esac
work=${1:-bench}
mkdir -p "$work" && cd "$work" || exit 3
records=$PWD/records.tsv

say() { printf '%s\n' "$*" >&2; }
record() { # record MODEL SIDE THREADS WHAT VALUE
    printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$records"
}
# The number behind a name in the lines that bench prints: field "steps/s" FILE
field() { awk -v name="$1" 'index($0, name) == 1 { split(substr($0, length(name) + 1), f, " "); print f[1]; exit }' "$2"; }

# ---- gradc ----

build_model() {
    cp "$SRC/models/$1.dsl" . || return 1
    rm -f "$1"
    # shellcheck disable=SC2086 # several flags
    ./measure took.txt "$GRADC" -f --no-check $BENCH_FLAGS "$1.dsl" -o "$1" || return 1
    record "$1" gradc - compile "$(field wall took.txt)"
    cp "$1" stripped && strip stripped
    record "$1" gradc - size "$(wc -c <stripped | tr -d ' ')"
    ./"$1" info >info.txt
    record "$1" gradc - planned "$(awk '$1 == "together" { gsub(",", "", $2); print $2 }' info.txt)"
    # shellcheck disable=SC2046 # the names of files
    record "$1" gradc - data "$(cat $(sed -n 's/.*npy("\([^"]*\)").*/\1/p' "$1.dsl") | wc -c | tr -d ' ')"
    record "$1" gradc - flops "$(awk '/operations in a full step/ { gsub(",", "", $6); print $6 }' info.txt)"
}

# ours MODEL THREADS ARGUMENT...: the trainer's bench into out.txt, took.txt
ours() {
    model=$1 threads=$2
    shift 2
    OMP_NUM_THREADS=$threads ./measure took.txt ./"$model" bench "$@" >out.txt
}

# ---- PyTorch ----

# How it is set for each variant: words of the environment, then flags of torch_models.py.
MALLOC='MALLOC_MMAP_THRESHOLD_=8589934592 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456'

# theirs MODEL THREADS SETTING ARGUMENT...: SETTING is "ENV... -- FLAG..."
theirs() {
    model=$1 threads=$2 setting=$3
    shift 3
    # shellcheck disable=SC2086 # the setting is words
    env OMP_NUM_THREADS="$threads" OPENBLAS_NUM_THREADS="$threads" ${setting%%--*} ./measure took.txt \
        "$PYTHON" "$SRC/torch_models.py" bench "$model" --threads "$threads" --data . ${setting#*-- } "$@" >out.txt
}
# Sets PYTHON to one that has PyTorch, if there is one.
have_torch() {
    for python in ${PYTHON:-python3 /usr/bin/python3}; do
        PYTHON=$python
        "$PYTHON" -c 'import torch' 2>/dev/null && return
    done
    return 1
}

rate() { # of out.txt, by the clock that counts
    case $BENCH_CLOCK in
    cpu) awk '/^cpu ms a step/ { print 1000 / $5 }' out.txt ;;
    best) sed -n 's/^steps.s .*the best: //p' out.txt ;;
    *) field steps/s out.txt ;;
    esac
}

# tune MODEL THREADS: the fastest setting into $best.  From the allocator's and denormals' on, one choice after the other
# is taken over where it is at least 2 % faster: kernels of OpenBLAS, layout, script, optimizers over lists.  It is kept
# in a file, and looked for again where that is removed.
tune() {
    kept=best-$1-$2.txt
    [ ! -s "$kept" ] || { best=$(cat "$kept"); return; }
    best="$MALLOC -- --tuned" best_rate=0
    for choice in '' OPENBLAS_CORETYPE=SkylakeX OPENBLAS_CORETYPE=Haswell OPENBLAS_CORETYPE=Zen --channels-last --script --foreach; do
        case $choice in
        --channels-last) case $1 in lenet | convbn) ;; *) continue ;; esac; setting="$best $choice" ;;
        --*) setting="$best $choice" ;;
        *) setting="$choice $MALLOC -- --tuned" ;;
        esac
        theirs "$1" "$2" "$setting" --seconds 0.5 2>err.txt || { say "  $choice: does not run: $(tail -n 1 err.txt)"; continue; }
        if awk -v a="$(rate)" -v b="$best_rate" 'BEGIN { exit !(a > 1.02 * b) }'; then
            best=$setting best_rate=$(rate)
        fi
    done
    printf '%s\n' "$best" >"$kept"
    say "  PyTorch's best, $2 thread(s): $(printf '%s' "$best" | sed "s/$MALLOC//; s/^ *//")"
}

# The first losses of both, from the same weights.  The largest relative difference of four steps.
same_losses() {
    "$PYTHON" "$SRC/torch_models.py" losses "$1" --data . --weights init.safetensors --steps 4 >theirs.txt &&
        ./"$1" train --load init.safetensors --epochs 4 --no-save --log losses.csv --quiet >/dev/null &&
        awk -F, '
            FNR == NR { theirs[++n] = $1; next }
            $3 == "train" && ++i <= n {
                off = $4 - theirs[i]; off = off < 0 ? -off : off; size = theirs[i] < 0 ? -theirs[i] : theirs[i]
                if (off > most * size) most = off / size
            }
            END { if (i < n) exit 1; print most + 0; exit !(most < 1e-4) }' theirs.txt losses.csv >difference.txt
}

# ---- the rounds ----

note_run() { # note_run MODEL SIDE THREADS: what out.txt and took.txt say
    record "$1" "$2" "$3" steps "$(rate)"
    record "$1" "$2" "$3" peak "$(field peak took.txt)"
}

# Start-up: a run of two steps, less the time of these.
note_start() { # note_start MODEL SIDE THREADS
    record "$1" "$2" "$3" start "$(awk '
        FNR == NR { if ($1 == "wall") whole = $2; next }
        /^first step ms/ || /^ms a step/ { whole -= $4 / 1000 }
        END { print whole }' took.txt out.txt)"
}

one_model() {
    say "$1"
    build_model "$1" || { say "  cannot be compiled"; return 1; }
    if [ "$torch" = yes ]; then
        if same_losses "$1"; then
            record "$1" both - difference "$(cat difference.txt)"
        else
            say "  the losses differ: $(cat difference.txt)"
            record "$1" both - different "$(cat difference.txt)"
            return 1
        fi
    fi
    ours "$1" 1 --steps 1 && note_start "$1" gradc 1
    [ "$torch" = no ] || { theirs "$1" 1 '-- ' --steps 1 && note_start "$1" installed 1; }
    for threads in $BENCH_THREADS; do
        [ "$torch" = no ] || tune "$1" "$threads"
        [ "$torch" = no ] || record "$1" tuned "$threads" setting "$best"
        for round in $(seq "$ROUNDS"); do
            ours "$1" "$threads" && note_run "$1" gradc "$threads"
            [ "$torch" = yes ] || continue
            theirs "$1" "$threads" '-- ' --seconds "$BENCH_SECONDS" && note_run "$1" installed "$threads"
            theirs "$1" "$threads" "$best" --seconds "$BENCH_SECONDS" && note_run "$1" tuned "$threads" &&
                record "$1" tuned "$threads" blas "$(sed -n 's/^blas *//p' out.txt)"
        done
    done
}

main() {
    : >"$records"
    $CC -O2 -o measure "$SRC/measure.c" || exit 3
    $CC -std=c11 -O2 -march=native -ffp-contract=fast -o peak "$SRC/peak.c" || exit 3
    ./peak >peak.txt
    record - machine - gflops "$(field 'GFLOP/s' peak.txt)"
    record - machine - copy "$(field 'copy GB/s' peak.txt)"
    record - machine - cpu "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
    record - machine - clock "$BENCH_CLOCK"
    cp "$SRC/models/data.dsl" . && "$GRADC" run data.dsl || exit 1
    torch=no
    if have_torch; then
        torch=yes
        record - machine - torch "$("$PYTHON" -c 'import torch; print(torch.__version__)')"
    else
        say "NO PYTORCH HERE ('import torch' fails in $PYTHON; PYTHON=... names another): gradc's own figures only, nothing is compared"
    fi
    failed=0
    for name in $BENCH; do
        one_model "$name" || failed=1
        LC_ALL=C awk -f "$SRC/table.awk" "$records" >results.md
    done
    LC_ALL=C awk -f "$SRC/picture.awk" "$records" >results.svg
    cat results.md
    say "written: $PWD/results.md, $PWD/results.svg"
    return $failed
}
main
