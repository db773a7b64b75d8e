#!/bin/sh
# cuda_models.sh -- every example, and other models, as CUDA programs beside the same in C, in the test bed or on a GPU (see
# cuda_lib.sh).  They are as small as models/small.txt has them; on a GPU the models of the benchmark have their size.
#
#     sh tests/cuda_models.sh                     losses, results, repeat, graphs of all models, or of those in CUDA_MODELS
#     sh tests/cuda_models.sh PART[,PART...] [MODEL...]     of all models, or of these
#
#     sh tests/cuda_models.sh names               which there are
#
# losses     an epoch: the loss of every step, the metrics, what is printed and drawn are C's, to rounding; of a program that does
#            not train, all that it prints
# results    by the parameters that C has learned: what is evaluated, predicted and written
# repeat     every order of threads (on a GPU: two runs): the same log, images and checkpoint, bit by bit
# graphs     steps replayed as a graph, and launched one by one: the same bits; a short last batch among them
# training   the examples reach the accuracy that they state
# sanitize   some steps under compute-sanitizer's memcheck, racecheck, initcheck and synccheck; in the test bed under its
#            own checker and the sanitizers of the C++ compiler
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
. "$SRC/tests/models/small.sh"
cuda_needs
READPNG=$PWD/tests/readpng
cd "$TMP" && small_data || exit 3

large=
[ "$CUDA_ON" = host ] || large="mlp_adam lenet convbn lstm gpt_medium chain"
names() { small_names && echo "$large" | tr ' ' '\n'; }
source_of() { case " $large " in *" $1 "*) echo "bench/models/$1.dsl" ;; *) small_source "$1" ;; esac; }
options_of() { case $CUDA_ON:$(source_of "$1") in device:bench/*) ;; *) small_options "$1" ;; esac; }
# What a model is: a trainer, a program that prints, or one in C around a model
kind_of() {
    case $(source_of "$1") in
    */tutorial/14-*) echo trainer ;;
    */tutorial/*) echo prints ;;
    *.dsl) echo trainer ;;
    *) echo program ;;
    esac
}

# What they are compared with: C at -O0; on a GPU, where models are large, C as it is compiled for use.
if [ "$CUDA_ON" = host ]; then c_level=-O0; else c_level=-O1; fi

# The models of the benchmark learn what data.dsl draws.
data_for() {
    case $(source_of "$1") in
    bench/*) [ -f images.npy ] || "$GRADC" run "$SRC/bench/models/data.dsl" ;;
    esac
}
# build NAME: ./NAME-c and ./NAME-LAYER, once.
build() {
    data_for "$1" || return
    if [ "$(kind_of "$1")" = program ]; then
        build_program "$1"
        return
    fi
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
# A folder's one model as a library, and its one program in C around it; as CUDA, both are one source.
build_program() {
    program=$SRC/$(source_of "$1") runtime=$(dirname "$GRADC")/libgradcrt.a
    library=$(basename "$program"/*.dsl .dsl)
    if [ ! -x "$1-c" ]; then
        "$GRADC" $c_level -f --emit=lib --threads=none "$program/$library.dsl" -o "$library.c" &&
            ${CC:-cc} -I. -I"$SRC/runtime" "$program"/*.c "$library.c" "$runtime" -lm -o "$1-c" || return
    fi
    [ ! -x "$1-$CUDA_LAYER" ] || return 0
    "$GRADC" -f --emit=lib --target=cuda "$program/$library.dsl" -o "$library.cu" || return
    cat "$library.cu" "$program"/*.c >"$1.cu"
    if [ "$CUDA_ON" = device ]; then
        "$NVCC" -I. -I"$SRC/runtime" "$1.cu" "$runtime" -lcublas -o "$1-$CUDA_LAYER"
    else
        sh "$SRC/tests/cudahost/build.sh" "$1.cu" -o "$1-$CUDA_LAYER"
    fi
}

# train LOG ORDER PROGRAM OPTION...: an epoch, or as many as small.txt says; what it says is in LOG.said, what it draws
# in LOG.drawn
train() {
    log=$1 order=$2 program=$3
    shift 3
    # shellcheck disable=SC2046 # several words
    cuda_run "$order" "./$program" train --epochs 1 --log "$log.csv" --save "$log.safetensors" \
        $(small_words "${program%-*}") "$@" >"$log.out" || { cat "$log.out"; return 1; }
    grep -v '^checkpoint: \|^log: \|^on ' "$log.out" | sed 's/  [0-9.]* s$//' >"$log.said"
    rm -f "$log.drawn"
    for image in *.png; do
        [ ! -f "$image" ] || { [ ! -x "$READPNG" ] || "$READPNG" "$image" >>"$log.drawn"; rm "$image"; }
    done
}
draws() { grep -q '^ *save.*[.]png' "$1.dsl"; }
cat >written.dsl <<'D'
print load("fahrenheit.npy"), load("summary.npz", "mean"), load("summary.npz", "warmest")
D
# runs NAME ORDER PROGRAM: one that does not train; what it says is in NAME.said
runs() {
    # shellcheck disable=SC2046
    cuda_run "$2" "./$3" $(small_words "${3%-*}") >"$1.said" ||
        case $1 in cartpole.*) ;; *) return 1 ;; esac # which has not learned enough, and says so
    case $1 in
    numpy.*) "$GRADC" run written.dsl >>"$1.said" ;;
    esac
}
# Logs agree in all columns: within 1e-3, and within 1e-4 in the first twenty steps, for rounding grows with the steps; on a
# device, whose sums are in another order than C's and the test bed's, within 5e-4.
logs_agree() {
    awk -F, -v first="$([ "$CUDA_ON" = device ] && echo 5e-4 || echo 1e-4)" '
        FNR == NR { line[NR] = $0; lines = NR; next }
        { columns = split(line[FNR], c)
          if (columns != NF) { print "step " $1 ": C has " columns " columns, CUDA " NF; bad++ }
          for (i = 1; i <= NF; i++) {
              if (c[i] == $i) continue
              off = c[i] - $i; if (off < 0) off = -off
              size = c[i] < 0 ? -c[i] : c[i]
              limit = ($1 <= 20 ? first : 1e-3) * size + 1e-6
              if (c[i] == "" || !(off <= limit)) { print "step " $1 ": C has " c[i] ", CUDA " $i; bad++ } } }
        END { exit bad > 0 || lines < 2 || FNR != lines }' "$1" "$2"
}
# Images differ by 1 of 255 at most.
drawings_agree() {
    paste -d ' ' "$1" "$2" | awk '
        { for (i = 1; i <= NF / 2; i++) { off = $i - $(i + NF / 2); if (off > 1 || off < -1) bad++ } pixels += NF / 2 }
        END { if (bad) print bad " of " pixels " pixels differ"; exit bad > 0 || pixels < 10000 }'
}
# said_alike NAME: the same words and numbers. gan counts which digits its own are nearest to, and a
# few flip on a device: each count is within 3.
said_alike() {
    if [ "$CUDA_ON:$1" != device:gan ]; then
        close "$1.c.said" "$1.cuda.said"
        return
    fi
    paste -d ' ' "$1.c.said" "$1.cuda.said" | awk '
        { for (i = 1; i <= NF / 2; i++) { a = $i; b = $(i + NF / 2); gsub(/[^-+.0-9e]/, "", a); gsub(/[^-+.0-9e]/, "", b)
              off = a - b; if (off < 0) off = -off
              if (off > (a == int(a) && b == int(b) ? 3 : 1e-3 * (a < 0 ? -a : a))) { print "line " NR ": " $i ", " $(i + NF / 2); bad++ } } }
        END { exit bad > 0 || NR < 2 }'
}
# as_c NAME: an epoch, or what is printed, beside C's
as_c() {
    if [ "$(kind_of "$1")" = trainer ]; then
        train "$1.c" - "$1-c" --threads 1 && train "$1.cuda" forward "$1-$CUDA_LAYER" &&
            logs_agree "$1.c.csv" "$1.cuda.csv" || return
        if [ -x "$READPNG" ] && draws "$1"; then drawings_agree "$1.c.drawn" "$1.cuda.drawn"; fi
    else
        runs "$1.c" - "$1-c" && runs "$1.cuda" forward "$1-$CUDA_LAYER"
    fi && said_alike "$1"
}
same_files() {
    for kind in said csv safetensors drawn; do
        [ ! -f "$1.$kind" ] || cmp "$1.$kind" "$2.$kind" || return
    done
}
all_orders() {
    first=
    for order in $CUDA_ORDERS; do
        if [ "$(kind_of "$1")" = trainer ]; then
            train "$1.$order" "$order" "$1-$CUDA_LAYER" || return
        else
            runs "$1.$order" "$order" "$1-$CUDA_LAYER" || return
        fi
        if [ -z "$first" ]; then first=$1.$order; else same_files "$first" "$1.$order" || return; fi
    done
}
graphs_alike() { # graphs_alike NAME OPTION...
    name=$1
    shift
    train "$name.graph" forward "$name-$CUDA_LAYER" "$@" &&
        train "$name.plain" forward "$name-$CUDA_LAYER" --no-graph "$@" && same_files "$name.graph" "$name.plain"
}

# ---- what comes of what C has learned ----

offers() { "./$1-c" --help | grep -q "^  \./$1-c $2 "; }
# values NAME: what predict reads and gives, "in image f32 batch, 64", a line each
values() {
    "./$1-c" --help | awk '
        /^of predict/ { inside = 1 }
        inside && /^  --(in|out)[.]/ {
            way = name = $1; sub(/^--/, "", way); sub(/[.].*/, "", way); sub(/^[^.]*[.]/, "", name)
            type = $0; sub(/.* FILE +/, "", type); sub(/[]].*/, "", type); sub(/[[]/, " ", type)
            print way, name, type }'
}
# The lines of a model that makes five samples for predict: of integers 0 and 1.
make_inputs() {
    while read -r way name dtype shape; do
        case $way$dtype in
        inf*) echo "save \"$1.$name.npy\", $dtype(randn($shape))" ;;
        in*) echo "save \"$1.$name.npy\", $dtype(randint(0, 2, $shape))" ;;
        esac
    done | sed 's/batch/5/'
}
# The lines of a model that prints whether what two programs gave is alike.
look_at_outputs() {
    while read -r way name rest; do
        [ "$way" = in ] || echo "print all(abs(f64(load(\"$1.c.$name.npy\")) - f64(load(\"$1.cuda.$name.npy\"))) <=" \
            "2e-6 + 2e-4 * abs(f64(load(\"$1.c.$name.npy\"))))"
    done
}
learned() {
    [ -f "$1.c.safetensors" ] || train "$1.c" - "$1-c" --threads 1 || return
    values "$1" >values.txt
    make_inputs "$1" <values.txt >inputs.dsl
    look_at_outputs "$1" <values.txt >outputs.dsl
    [ ! -s inputs.dsl ] || "$GRADC" run inputs.dsl
}
# What is held out, if anything is.
evaluates() { # evaluates NAME c|cuda ORDER PROGRAM
    # shellcheck disable=SC2046 # an option, or none
    cuda_run "$3" "./$4" eval --load "$1.c.safetensors" \
        $(awk -F, 'NR > 1 && $3 != "train" { print "--split", $3; exit }' "$1.c.csv") >"$1.$2.eval"
}
predicts() {
    # shellcheck disable=SC2046 # options
    cuda_run "$3" "./$4" predict --load "$1.c.safetensors" $(while read -r way name rest; do
        if [ "$way" = in ]; then echo "--in.$name $1.$name.npy"; else echo "--out.$name $1.$2.$name.npy"; fi
    done <values.txt)
}
generates() {
    cuda_run "$3" "./$4" generate --load "$1.c.safetensors" --quiet --prompt ROMEO: --length 40 >"$1.$2.text"
}
in_both() { "$2" "$1" c - "$1-c" && "$2" "$1" cuda forward "$1-$CUDA_LAYER"; }
alike_evaluated() { in_both "$1" evaluates && close "$1.c.eval" "$1.cuda.eval"; }
alike_predicted() {
    in_both "$1" predicts && "$GRADC" run outputs.dsl >outputs.txt && cat outputs.txt || return
    grep -q True outputs.txt && ! grep -q False outputs.txt
}
alike_generated() { in_both "$1" generates && cmp "$1.c.text" "$1.cuda.text" && [ "$(wc -c <"$1.c.text")" -gt 40 ]; }
# number LOG NAME: the number behind NAME in the last line of a run that has it
number() { sed -n "s/.*[ ,]$2 \\([-+.0-9eE]*\\).*/\\1/p" "$1" | tail -n 1; }
reaches() { # reaches NAME ACCURACY
    cuda_run forward "./$1-$CUDA_LAYER" --no-save --no-log >"$1.txt" && at_least "$(number "$1.txt" accuracy)" "$2"
}
few_steps() { cuda_run "${2:-forward}" "./$1-$CUDA_LAYER" bench --steps 3; }

part_losses() {
    case $(kind_of "$1") in
    trainer)
        check "$1: an epoch is as in C" as_c "$1"
        [ -x "$READPNG" ] || ! draws "$1" || skip "... and its images: tests/readpng is not built (it needs libpng)" ;;
    *) check "$1: it prints what C does" as_c "$1" ;;
    esac
}
part_results() {
    [ "$(kind_of "$1")" = trainer ] || return 0
    check "$1: it has learned" learned "$1" || return
    check "... evaluates as C" alike_evaluated "$1"
    ! offers "$1" predict || check "... predicts as C" alike_predicted "$1"
    ! offers "$1" generate || check "... writes as C" alike_generated "$1"
}
part_repeat() { check "$1: the same bits in each of $(printf '%s' "$CUDA_ORDERS" | wc -w) runs" all_orders "$1"; }
part_graphs() {
    [ "$(kind_of "$1")" = trainer ] || return 0
    case $1 in
    gpt_medium) full=4 odd=3 ;;
    *) full=16 odd=13 ;;
    esac
    case $(source_of "$1"):$1 in
    bench/* | *:linreg | *:digits | *:digits_cnn | *:adding)
        check "$1: graphs give the bits of plain launches" graphs_alike "$1" --batch "$full"
        # Its last step is no replay of the others.
        check "... with a short last batch" graphs_alike "$1" --batch "$odd" ;;
    *) check "$1: graphs give the bits of plain launches" graphs_alike "$1" ;;
    esac
}
part_training() {
    case $1 in
    digits) check "$1: reads 95 % of the held-out digits" reaches "$1" 0.95 ;;
    digits_cnn) check "$1: reads 96 % of the held-out digits" reaches "$1" 0.96 ;;
    esac
}
part_sanitize() {
    [ "$(kind_of "$1")" = trainer ] || return 0
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
parts=$(printf '%s' "${1:-losses,results,repeat,graphs}" | tr , ' ')
[ $# -eq 0 ] || shift
for part in $parts; do
    case $part in
    losses | results | repeat | graphs | training | sanitize) run_part "$part" "$@" ;;
    *) sed -n '2,/^$/s/^# \{0,1\}//p' "$0" && exit 2 ;;
    esac
done
finish
