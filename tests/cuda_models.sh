#!/bin/sh
# cuda_models.sh -- whole models as CUDA programs beside the same in C, in the test bed or on a GPU (see cuda_lib.sh).
#
#     sh tests/cuda_models.sh                     losses, repeat, graphs
#     sh tests/cuda_models.sh PART[,PART...] [MODEL...]     of all models, or of these
#
#     sh tests/cuda_models.sh names               which there are
#
# losses     the loss of every step of an epoch as C's, to rounding
# repeat     every order of threads (on a GPU: two runs): the same log and the same checkpoint, bit by bit
# graphs     steps replayed as a graph, and launched one by one: the same bits; a short last batch among them
# training   the examples reach the accuracy that they state
# sanitize   some steps under compute-sanitizer's memcheck, racecheck, initcheck and synccheck; in the test bed under its
#            own checker and the sanitizers of the C++ compiler
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cuda_needs
cd "$TMP" && cp -R "$SRC/examples/data" . || exit 3

# What there is, and the options by which the test bed has it in seconds: a thread of its is a call.
#    name        source                      options for the test bed
models='linreg      examples/linreg.dsl
digits      examples/digits.dsl
digits_cnn  examples/digits_cnn.dsl
adding      examples/adding.dsl
mlp_sgd     bench/models/mlp_sgd.dsl
gpt_small   bench/models/gpt_small.dsl  -Dlayers=1 -Dheads=2 -Dwidth=16'
if [ "$CUDA_ON" = device ]; then
    models=$(printf '%s\n' "$models" | cut -c 1-40
        printf '%s\n' mlp_adam lenet convbn lstm gpt_medium chain | sed 's|.*|& bench/models/&.dsl|')
else
    : "${CUDA_MODELS:=linreg digits adding}"
fi

# What they are compared with: C at -O0; on a GPU, where models are large, C as it is compiled for use.
if [ "$CUDA_ON" = host ]; then c_level=-O0; else c_level=-O1; fi

names() { printf '%s\n' "$models" | awk '{ print $1 }'; }
source_of() { printf '%s\n' "$models" | awk -v name="$1" '$1 == name { print $2 }'; }
options_of() { printf '%s\n' "$models" | awk -v name="$1" '$1 == name { $1 = $2 = ""; print }'; }

# The models of the benchmark learn what data.dsl draws.
data_for() {
    case $(source_of "$1") in
    bench/*) [ -f images.npy ] || "$GRADC" run "$SRC/bench/models/data.dsl" ;;
    esac
}
# build NAME: ./NAME-c and ./NAME-LAYER, once.
build() {
    data_for "$1" || return
    [ -f "$1.dsl" ] || cp "$SRC/$(source_of "$1")" "$1.dsl" || return
    if [ ! -x "$1-c" ]; then
        # shellcheck disable=SC2046 # several options
        "$GRADC" $c_level -f $(options_of "$1") "$1.dsl" -o "$1-c" || return
    fi
    if [ ! -x "$1-$CUDA_LAYER" ]; then
        # shellcheck disable=SC2046
        cuda_make "$1-$CUDA_LAYER" "$1.dsl" $(options_of "$1")
    fi
}
# train LOG ORDER PROGRAM OPTION...: an epoch
train() {
    log=$1 order=$2 program=$3
    shift 3
    cuda_run "$order" "./$program" train --epochs 1 --quiet --log "$log.csv" --save "$log.safetensors" "$@"
}
# The losses of the training steps in a log.
losses() { awk -F, '$3 == "train" { print $4 }' "$1"; }
# as_c NAME: all losses of an epoch within 1e-3 of C's, the first twenty within 1e-4: rounding grows with the steps
as_c() {
    train "$1.c" - "$1-c" --threads 1 && train "$1.cuda" forward "$1-$CUDA_LAYER" || return
    losses "$1.c.csv" >"$1.c.txt"
    losses "$1.cuda.csv" | paste "$1.c.txt" - | awk '
        { off = $1 - $2; if (off < 0) off = -off; size = $1 < 0 ? -$1 : $1
          limit = (NR <= 20 ? 1e-4 : 1e-3) * size + 1e-6
          if (NF != 2 || !(off <= limit)) { printf "step %d: C has %s, CUDA %s\n", NR, $1, $2; bad++ } }
        END { exit bad > 0 || NR == 0 }'
}
same_files() { cmp "$1.csv" "$2.csv" && cmp "$1.safetensors" "$2.safetensors"; }
all_orders() {
    first=
    for order in $CUDA_ORDERS; do
        train "$1.$order" "$order" "$1-$CUDA_LAYER" || return
        if [ -z "$first" ]; then first=$1.$order; else same_files "$first" "$1.$order" || return; fi
    done
}
# With a batch that doesn't divide the samples: its last step is no replay of the others.
graphs_alike() {
    train "$1.graph" forward "$1-$CUDA_LAYER" --batch "$2" &&
        train "$1.plain" forward "$1-$CUDA_LAYER" --batch "$2" --no-graph && same_files "$1.graph" "$1.plain"
}
# number LOG NAME: the number behind NAME in the last line of a run that has it
number() { sed -n "s/.*[ ,]$2 \\([-+.0-9eE]*\\).*/\\1/p" "$1" | tail -n 1; }
reaches() { # reaches NAME ACCURACY
    cuda_run forward "./$1-$CUDA_LAYER" --no-save --no-log >"$1.txt" && at_least "$(number "$1.txt" accuracy)" "$2"
}
few_steps() { cuda_run "${2:-forward}" "./$1-$CUDA_LAYER" bench --steps 3; }

part_losses() { check "$1: the losses are C's" as_c "$1"; }
part_repeat() { check "$1: the same bits in each of $(printf '%s' "$CUDA_ORDERS" | wc -w) runs" all_orders "$1"; }
part_graphs() {
    case $1 in
    gpt_medium) full=4 odd=3 ;;
    *) full=16 odd=13 ;;
    esac
    check "$1: graphs give the bits of plain launches" graphs_alike "$1" $full
    check "... with a short last batch" graphs_alike "$1" $odd
}
part_training() {
    case $1 in
    digits) check "$1: reads 95 % of the held-out digits" reaches "$1" 0.95 ;;
    digits_cnn) check "$1: reads 96 % of the held-out digits" reaches "$1" 0.96 ;;
    esac
}
part_sanitize() {
    for layer in $layers; do
        CUDA_LAYER=$layer
        if [ "$CUDA_ON" = device ]; then ln -sf "$1-plain" "$1-$layer"; else build "$1" >build.log 2>&1; fi
        check "$1: $layer finds nothing" few_steps "$1"
    done
    CUDA_LAYER=plain
}

if [ "$CUDA_ON" = host ]; then
    layers="check asan"
elif command -v "$SANITIZER" >/dev/null 2>&1; then
    layers="memcheck racecheck initcheck synccheck"
else
    layers=
fi
run_part() { # run_part PART MODEL...
    part=$1
    shift
    if [ "$part" = sanitize ] && [ -z "$layers" ]; then
        skip "compute-sanitizer is not here"
        return
    fi
    for model in ${*:-${CUDA_MODELS:-$(names)}}; do
        [ -n "$(source_of "$model")" ] || { echo "there is no model $model"; exit 2; }
        if build "$model" >build.log 2>&1; then
            "part_$part" "$model"
        else
            fail "$model is built: $(tail -n 5 build.log)"
        fi
    done
}

if [ "${1-}" = names ]; then names && exit; fi
parts=$(printf '%s' "${1:-losses,repeat,graphs}" | tr , ' ')
[ $# -eq 0 ] || shift
for part in $parts; do
    case $part in
    losses | repeat | graphs | training | sanitize) run_part "$part" "$@" ;;
    *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
finish
