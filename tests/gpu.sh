#!/bin/sh
# gpu.sh -- tests/gpu/run and bench/gpu, as far as they can be tried without a GPU: in the test bed, and with an nvcc and an
# nvidia-smi that only seem to be some.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
CUDA_ON=host
cuda_needs
cd "$TMP" || exit 1
mkdir bin build
export GRADC CUDA_MODELS=linreg
unset NVCC CUDA_HOME

# row NAME TEXT LOG: the table's line of that name, blanks apart
row() { sed -n "s/ *| */|/g; /^|$1|/p" "$3" | grep -q "^|$1|$2|[0-9]*|" || { cat "$3"; return 1; }; }
gpu_run() { exits "$1" sh "$SRC/tests/gpu/run" $2 --only "$3" "$TMP/build" >run.log 2>&1 || { cat run.log; return 1; }; }

check "tests/gpu/run --host" gpu_run 0 --host linreg,random
check "... has the losses and the results of C, the same bits, and two checkers" row linreg "9|0|0" run.log
check "... has a random program" row random "1|0|0" run.log
check "... says what it is" grep -q "says nothing about any GPU" run.log
check "... runs nothing else" sh -c '! grep -q "^| digits" run.log'
check "no more time: a table all the same" env LIMIT=1 sh -c '! sh "$0" --host --only linreg "$1" >cut.log && grep -q "^Not done in 1 seconds, 1 of 1 jobs: linreg.1$" cut.log && grep -q "^| linreg " cut.log' "$SRC/tests/gpu/run" "$TMP/build"
check "an option that there isn't" exits 2 sh "$SRC/tests/gpu/run" --fast
check "no gradc" exits 2 env -u GRADC sh "$SRC/tests/gpu/run" /nowhere

# On a device, as it seems: nvcc is the test bed's builder, compute-sanitizer another order of threads.
cat >bin/nvidia-smi <<'D'
#!/bin/sh
[ -z "$NO_GPU" ] || exit 9
case $* in
-L) echo "GPU 0: none at all (UUID: GPU-0)" ;;
*compute_cap*) echo 9.0 ;;
*) echo "none at all, 0.0, 1 MiB" ;;
esac
D
cat >bin/nvcc <<'D'
#!/bin/sh
case $1 in
--list-gpu-arch) echo compute_90 && exit ;;
--version) echo "none, V0.0" && exit ;;
esac
[ -z "$NVCC_FAILS" ] || { echo "no"; exit 1; }
while [ $# -gt 0 ]; do
    case $1 in
    -o) output=$2 ;;
    -include) place=$2 ;;
    *.cu) source=$1 ;;
    esac
    shift
done
[ -z "$place" ] || { cat "$place" "$source" >"$output.cu" && source=$output.cu; }
exec sh "$SRC/tests/cudahost/build.sh" "$source" -o "$output"
D
cat >bin/compute-sanitizer <<'D'
#!/bin/sh
[ "$1 $3 $4" = "--tool --error-exitcode 99" ] || exit 2
shift 4
CUDAHOST_SCHED=7 exec "$@"
D
chmod +x bin/*
export SRC PATH="$TMP/bin:$PATH"

no_gpu() { NO_GPU=1 gpu_run 77 "" linreg && grep -q "no GPU: nvidia-smi shows none" run.log; }
check "tests/gpu/run without a GPU skips" no_gpu
check "tests/gpu/run on a device" gpu_run 0 "" linreg
check "... has the losses and the results of C, the same bits, and four tools of compute-sanitizer" row linreg "11|0|0" run.log
shares() { CUDA_RANDOM=1 SHARES=2 gpu_run 0 "" random && row random "2|0|0" run.log; }
check "... has random programs in shares" shares
broken() { NVCC_FAILS=1 gpu_run 1 "" linreg && row linreg "0|5|0" run.log && grep -q "^FAILED" run.log; }
check "what fails is counted, shown, and fails the whole" broken

bench() { ROUNDS=2 BENCH=linreg sh "$SRC/bench/gpu" "$@" "$TMP/build" >bench.log 2>&1 || { cat bench.log; return 1; }; }
check "bench/gpu --host" bench --host
check "... says that its figures mean nothing" grep -q "The figures mean nothing" build/bench-gpu/gpu.md
check "... has a line for the model" grep -qE '^\| linreg \| [0-9.]+ \| [0-9.e+-]+ \|' build/bench-gpu/gpu.md
check "bench/gpu without a GPU skips" exits 77 env NO_GPU=1 sh "$SRC/bench/gpu" "$TMP/build"
finish
