#!/bin/sh
# products.sh -- single products and convolutions with their gradients, as gradc compiles them, beside OpenBLAS and PyTorch
# (which takes oneDNN's convolutions): GFLOP/s of the fastest run on one thread.
#
#     make bench-products       writes bench/products.md in the build folder
#
# gradc's are kernels of bench/models/product.dsl and convolution.dsl, timed by the trainer's --profile: with their packing,
# and in memory as a training step has them.
set -u
SRC=$(cd "$(dirname "$0")" && pwd)
: "${GRADC:=./gradc}" "${PYTHON:=}" "${CC:=cc}" "${BENCH_FLAGS:=}"
# m n k of products; images, channels, channels out, size, kernel of convolutions
: "${PRODUCTS:=512,512,512 1024,1024,1024 64,128,784 8192,1536,384 8192,384,1536 256,256,64 256,64,256 64,10,128}"
: "${CONVOLUTIONS:=64,1,16,28,5 64,16,32,14,5 32,32,32,32,3 32,64,64,16,3}"
case $GRADC in /*) ;; *) GRADC=$PWD/$GRADC ;; esac
work=${1:-bench}
mkdir -p "$work" && cd "$work" || exit 3

# have_torch sets PYTHON to one that has PyTorch.
have_torch() {
    for python in ${PYTHON:-python3 /usr/bin/python3}; do
        PYTHON=$python
        "$PYTHON" -c 'import torch' 2>/dev/null && return
    done
    return 1
}

# ours MODEL OPTION...: GFLOP/s of the kernels k_y, of the first and of the second gradient
ours() {
    model=$1 first=$2 second=$3
    shift 3
    # shellcheck disable=SC2086 # several flags
    "$GRADC" -f --no-check $BENCH_FLAGS "$@" "$SRC/models/$model.dsl" -o one >&2 || return 1
    for _ in 1 2 3; do
        rm -f times.csv
        OMP_NUM_THREADS=1 ./one bench --profile=times.csv >/dev/null || return 1
        grep '^train,' times.csv
    done | awk -F, -v first="$first" -v second="$second" '
        # a gradient may have the update of its parameter for an epilogue, and the name of that
        function of(kernel, joined) {
            joined = kernel
            sub(/^k_d_/, "k_update_", joined)
            return kernel in best ? best[kernel] : best[joined]
        }
        { rate = $8 / $5 / $7 * 1e-9; if (rate > best[$2]) best[$2] = rate }
        END { printf "%.1f %.1f %.1f\n", best["k_y"], of(first), of(second) }'
}

# The best of OpenBLAS's kernels for each of the three.
blas() {
    for core in '' SkylakeX Haswell Zen; do
        env ${core:+OPENBLAS_CORETYPE=$core} OPENBLAS_NUM_THREADS=1 ./products "$@"
    done | awk '{ for (i = 1; i <= 3; i++) if ($i > best[i]) { best[i] = $i; core[i] = $5 } }
        END { printf "%.1f %.1f %.1f %s\n", best[1], best[2], best[3], core[1] }'
}

# row NAME OURS THEIRS KERNELS: three lines of the table
row() {
    awk -v name="$1" -v ours="$2" -v theirs="$3" -v forms="$4" -v kernels="$5" -v peak="$peak" 'BEGIN {
        split(ours, own, " "); split(theirs, other, " "); split(forms, form, ",")
        for (i = 1; i <= 3; i++) {
            there = other[i] + 0 > 0
            rate = there ? sprintf("%.0f", other[i]) : "-"
            ratio = there ? sprintf("%.2f", own[i] / other[i]) : "-"
            printf "| %s | %s | %.0f | %.0f %% | %s | %s | %s |\n", name, form[i], own[i], 100 * own[i] / peak, rate, ratio, kernels
        }
    }'
}

$CC -std=c11 -O2 -march=native -ffp-contract=fast -o peak "$SRC/peak.c" || exit 3
peak=$(./peak | awk '/^GFLOP/ { print $2 }')
with_blas=no
$CC -std=c11 -O2 -o products "$SRC/products.c" -lopenblas 2>/dev/null && with_blas=yes
[ $with_blas = yes ] || echo "NO OPENBLAS HERE: gradc's own figures only" >&2
with_torch=no
have_torch && with_torch=yes
[ $with_torch = yes ] || echo "NO PYTORCH HERE: convolutions are compared with nothing" >&2
{
    printf '# Products and convolutions, one thread, GFLOP/s\n\nMade by `make bench-products`; one core does %s. The fastest run of each.\n\n' "$peak"
    echo '| m x n x k | form | gradc | of peak | OpenBLAS | gradc / OpenBLAS | kernels |'
    echo '|---|---|--:|--:|--:|--:|---|'
    for shape in $PRODUCTS; do
        # shellcheck disable=SC2046 # three numbers
        set -- $(echo "$shape" | tr , ' ')
        theirs=
        [ $with_blas = no ] || theirs=$(blas "$@")
        # shellcheck disable=SC2086
        row "$1 x $2 x $3" "$(ours product k_d_a k_d_b -Dm=$1 -Dn=$2 -Dk=$3)" "$theirs" 'a b,y b^T,a^T y' "${theirs##* }"
    done
    echo
    echo '| images x channels x out, size, kernel | form | gradc | of peak | PyTorch, its better layout | gradc / PyTorch | |'
    echo '|---|---|--:|--:|--:|--:|---|'
    for shape in $CONVOLUTIONS; do
        # shellcheck disable=SC2046
        set -- $(echo "$shape" | tr , ' ')
        theirs=
        [ $with_torch = no ] || theirs=$(OMP_NUM_THREADS=1 "$PYTHON" "$SRC/torch_models.py" convolution "$@")
        # shellcheck disable=SC2086
        row "$1 x $2 x $3, $4, $5" \
            "$(ours convolution k_d_h k_d_w -Dimages=$1 -Dchannels=$2 -Dout=$3 -Dsize=$4 -Dkernel=$5)" "$theirs" 'forward,by the data,by the weights' ''
    done
} >products.md
cat products.md
