# cuda_lib.sh -- CUDA programs in tests, on this machine's processor or on a GPU: the same checks for both.
# Sourced behind lib.sh.
#
#     cuda_needs                        ends the script with 77 where such programs cannot be built or run
#     cuda_make digits digits.dsl -O0   the model, as a CUDA program ./digits; what follows are options of gradc
#     cuda_run 7 ./digits --no-log      runs it; the threads of a block in an order: forward, reverse or a number
#     for order in $CUDA_ORDERS         orders whose results must have the same bits
#
# CUDA_ON=host (the default): the .cu is built by a C++ compiler and runs in the test bed of tests/cudahost, whose
#     builds "plain", "check" (races, bounds, what was never written) and "asan" are chosen by CUDA_LAYER.
# CUDA_ON=device: it is built by nvcc and runs on the GPU, under compute-sanitizer where CUDA_LAYER is one of its tools
#     (memcheck, racecheck, initcheck, synccheck).  Its threads run in what order they do: CUDA_ORDERS are two runs.
# shellcheck shell=sh
# shellcheck disable=SC2034 # CUDA_ORDERS is for who sources this

: "${CUDA_ON:=host}" "${CUDA_LAYER:=plain}" "${NVCC:=nvcc}" "${CUDA_ARCH:=}"
command -v "$NVCC" >/dev/null 2>&1 || NVCC=${CUDA_HOME:-/usr/local/cuda}/bin/nvcc
: "${SANITIZER:=compute-sanitizer}" # beside nvcc, where it is not on the path
command -v "$SANITIZER" >/dev/null 2>&1 || SANITIZER=$(dirname "$(command -v "$NVCC" || echo "$NVCC")")/compute-sanitizer
case $CUDA_ON in
host) : "${CUDA_ORDERS:=forward reverse 1}" ;;
device) : "${CUDA_ORDERS:=first second}" ;;
*) echo "CUDA_ON is host or device, not '$CUDA_ON'" && exit 2 ;;
esac

# Why there can be no CUDA programs here; nothing if there can.
cuda_lacks() {
    if [ "$CUDA_ON" = host ]; then
        command -v "${CXX:-g++}" >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 ||
            echo "no C++ compiler (apt-get install g++)"
    elif ! command -v "$NVCC" >/dev/null 2>&1; then
        echo "no nvcc"
    elif ! nvidia-smi -L 2>/dev/null | grep -q '^GPU'; then
        echo "no GPU: nvidia-smi shows none"
    fi
}

cuda_needs() {
    cuda_reason=$(cuda_lacks)
    [ -n "$cuda_reason" ] || return 0
    echo "SKIPPED CUDA programs: $cuda_reason"
    exit 77
}

cuda_make() {
    cuda_program=$1 cuda_model=$2
    shift 2
    if [ "$CUDA_ON" = device ]; then
        "$GRADC" --target=cuda -f ${CUDA_ARCH:+"--cuda-arch=$CUDA_ARCH"} --cflags=-lineinfo "$@" "$cuda_model" -o "$cuda_program"
        return
    fi
    "$GRADC" --target=cuda --emit=c -f "$@" "$cuda_model" -o "$cuda_program.cu" || return
    case $CUDA_LAYER in
    plain) cuda_build= ;;
    *) cuda_build=--$CUDA_LAYER ;;
    esac
    # shellcheck disable=SC2086 # a flag, or nothing
    GRADC=$GRADC sh "$SRC/tests/cudahost/build.sh" $cuda_build "$cuda_program.cu" -o "$cuda_program"
}

cuda_run() {
    cuda_order=$1
    shift
    if [ "$CUDA_ON" = host ]; then
        CUDAHOST_SCHED=$cuda_order "$@"
    elif [ "$CUDA_LAYER" = plain ]; then
        "$@"
    else
        "$SANITIZER" --tool "$CUDA_LAYER" --error-exitcode 99 "$@"
    fi
}
