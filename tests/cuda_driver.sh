#!/bin/sh
# cuda_driver.sh -- the command line of gradc --target=cuda: options, what doesn't go together, and how nvcc is called.
# nvcc and nvidia-smi are scripts here, so that this needs no CUDA: they write down their words.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
export TMPDIR="$TMP/tmp"
export GRADC_HOME="${GRADC_HOME:-$SRC}"
mkdir "$TMPDIR" bin nothing
export HOST_CC="${CC:-cc}"
unset NVCC CC CUDA_HOME

cat >tiny.dsl <<'D'
const width = 3
input x: f32[batch, 2]
input y: f32[batch, 1]
height = x |> linear(width) |> tanh |> linear(1)
loss = mse_loss(height, y)
output value = height
data train {
    x = randn(32, 2)
    y = randn(32, 1)
}
train {
    minimize loss with sgd(lr = 0.1)
    batch = 8
    epochs = 2
}
D

# nvcc: the words of its last call are in nvcc.args, what it was to compile in nvcc.cu and place.h.  It "builds" an echo.
cat >bin/nvcc <<'D'
#!/bin/sh
if [ "$1" = --list-gpu-arch ]; then
    printf 'compute_%s\n' ${NVCC_KNOWS-75 80 90}
    exit
fi
: >nvcc.args
for word; do printf '%s\n' "$word" >>nvcc.args; done
while [ $# -gt 0 ]; do
    case $1 in
    -o) output=$2 ;;
    -include) cp "$2" place.h ;;
    *.cu) cp "$1" nvcc.cu ;;
    esac
    shift
done
[ -z "$NVCC_FAILS" ] || { echo "model.cu(7): error: no"; exit 2; }
exec $HOST_CC -x c "$(dirname "$0")/echo.c" -o "$output"
D
cat >bin/echo.c <<'D'
#include <stdio.h>
const char made_by[] = "gradc-generated";
int main(int argc, char **argv)
{
    printf("built");
    for (int i = 1; i < argc; i++)
        printf(" %s", argv[i]);
    puts("");
    return made_by[0] == 0;
}
D
cat >bin/nvidia-smi <<'D'
#!/bin/sh
[ -n "$GPUS" ] || { echo "NVIDIA-SMI has failed"; exit 9; }
printf '%s\n' $GPUS
D
chmod +x bin/nvcc bin/nvidia-smi
plain_path=$PATH
export PATH="$TMP/bin:$PATH"

cuda() { "$GRADC" --target=cuda "$@"; }
not() { ! "$@"; }
told() { # told WORD...: nvcc got each of these words
    for word; do grep -qxF -e "$word" nvcc.args || { cat nvcc.args; echo "not told: $word"; return 1; }; done
}
untold() { # untold TEXT, or -e TEXT -e TEXT ...
    [ "$1" = -e ] || set -- -e "$1"
    ! grep -F "$@" nvcc.args
}
refuses() { # STATUS TEXT OPTION...: exactly this status, and these words
    status=$1 text=$2
    shift 2
    exits "$status" cuda "$@" tiny.dsl >refuses.log 2>&1 || { cat refuses.log; return 1; }
    grep -qF -- "$text" refuses.log || { cat refuses.log; echo "expected: $text"; return 1; }
}
nothing_left() { [ -z "$(ls -A "$TMPDIR")" ] && ! ls ./*.tmp.* 2>/dev/null; }

# --- a program ---
check "a program" env GPUS=9.0 "$GRADC" --target=cuda tiny.dsl -o tiny
check "... of nvcc's" says "built 1" ./tiny 1
check "... in C++17, optimised" told -O2 -std=c++17
check "... for the GPU that is here, and newer ones" told -gencode=arch=compute_90,code=sm_90 \
    -gencode=arch=compute_90,code=compute_90
check "... beside the runtime" grep -q 'libgradcrt\.a$' nvcc.args
check "... without libraries that it doesn't need" untold -lz
check "... is told where its data is" grep -qF "#define GRADC_DATA_DIR \"$(pwd -P)\"" place.h
check "... leaves nothing" nothing_left
check "--time names nvcc" says " s  nvcc" env GPUS=9.0 "$GRADC" --target=cuda --time tiny.dsl
check "gradc run" says "built --epochs 3" env GPUS=9.0 "$GRADC" run --target=cuda tiny.dsl --epochs 3
check "... leaves nothing" nothing_left
check "--keep" env GPUS=9.0 "$GRADC" --target=cuda --keep tiny.dsl -o kept
check "... leaves the source, as it was compiled" cmp kept.cu nvcc.cu
check "--cflags" cuda --cuda-arch=sm_90 "--cflags=-lineinfo -DA=1" tiny.dsl
check "... are words for nvcc" told -lineinfo -DA=1
check "--cc" cuda --cuda-arch=sm_90 "--cc=g++-12 -pipe" tiny.dsl
check "... is the host's compiler" told -ccbin=g++-12 -Xcompiler=-pipe
check "--nvcc" cuda --cuda-arch=sm_90 "--nvcc=$TMP/bin/nvcc --verbose" tiny.dsl
check "... of several words" told --verbose
check "\$NVCC" env NVCC=no-such-nvcc sh -c "! '$GRADC' --target=cuda tiny.dsl 2>nvcc.log && grep no-such-nvcc nvcc.log"

# Names that a shell would read as something else; nvcc hands its words to one.
strange="a 'b' \$HOME \`id\`;c"
mkdir "$strange"
cp tiny.dsl "$strange/"
check "a folder of a strange name" cuda --cuda-arch=sm_90 "$strange/tiny.dsl" -o "$strange/tiny"
check "... is no word for nvcc" untold HOME
check "... holds the program" says built "./$strange/tiny"
check "... is where the data is" grep -qF "a 'b' \$HOME \`id\`;c\"" place.h
strange_tmp() { mkdir "$TMP/t t" && TMPDIR="$TMP/t t" refuses 3 "set TMPDIR" --cuda-arch=sm_90; }
check "a temporary folder that nvcc can't work in" strange_tmp

# --- cuBLAS ---
cat >wide.dsl <<'D'
input x: f32[batch, 512]
loss = mean((x |> linear(512)) ** 2)
data train { x = randn(128, 512) }
train { minimize loss with sgd(lr = 0.1)
        batch = 64 }
D
check "large products" cuda --cuda-arch=sm_90 wide.dsl
check "... are cuBLAS's, which is linked" told -lcublas
check "... and included" grep -q grt_gemm_f32 nvcc.cu
cp nvcc.cu exact.cu
check "... unless --blas=none" cuda --cuda-arch=sm_90 --blas=none wide.dsl
check "... which links nothing" untold -lcublas
check "... nor includes it" not grep -q -i cublas nvcc.cu
check "small products need none" cuda --cuda-arch=sm_90 tiny.dsl
check "... which links nothing" untold -lcublas
check "--tf32 of large products" cuda --cuda-arch=sm_90 --tf32 wide.dsl
check "... is told to cuBLAS" grep -qx "#define GRT_TF32 1" nvcc.cu
check "... which is exact else" not grep -q "define GRT_TF32" exact.cu
check "--fast-reductions" cuda --cuda-arch=sm_90 --fast-reductions wide.dsl
check "... adds in any order" grep -q atomicAdd nvcc.cu
check "... as nothing does else" not grep -q atomicAdd exact.cu

# --- which GPUs ---
check "several GPUs" env "GPUS=8.0
9.0
8.0" "$GRADC" --target=cuda tiny.dsl
check "... each once" sh -c '[ "$(grep -c code=sm_80 nvcc.args)" = 1 ]'
check "... and PTX of the newest alone" told -gencode=arch=compute_90,code=compute_90
check "... which isn't 80" untold code=compute_80
check "a GPU newer than nvcc" env GPUS=12.0 "$GRADC" --target=cuda tiny.dsl
check "... runs PTX of the newest that nvcc knows" told -gencode=arch=compute_90,code=compute_90
check "... and nothing else" untold code=sm_
check "two that are newer" env "GPUS=10.0
12.0" "$GRADC" --target=cuda tiny.dsl
check "... run the same, which is named once" sh -c '[ "$(grep -c code=compute_90 nvcc.args)" = 1 ]'
check "a GPU older than nvcc" says "does not compile for sm_61: it knows sm_75, sm_80, sm_90" \
    env GPUS=6.1 "$GRADC" --target=cuda tiny.dsl
check "no GPU" says "nvidia-smi shows no GPU" cuda tiny.dsl
check "... leaves the code to the driver" told -gencode=arch=compute_75,code=compute_75
check "... not said to programs" sh -c "'$GRADC' --target=cuda --diagnostics=json tiny.dsl 2>json && test ! -s json"
check "... nor found by --cuda-arch=native" refuses 3 "--cuda-arch=sm_90" --cuda-arch=native
check "--cuda-arch=native" env GPUS=8.0 "$GRADC" --target=cuda --cuda-arch=native tiny.dsl
check "... is the GPU that is here" told -gencode=arch=compute_80,code=sm_80
check "--cuda-arch of several" cuda --cuda-arch=sm_90,sm_80 tiny.dsl
check "... with PTX of the newest" told -gencode=arch=compute_80,code=sm_80 \
    -gencode=arch=compute_90,code=sm_90 -gencode=arch=compute_90,code=compute_90
check "--cuda-arch=compute_80" cuda --cuda-arch=compute_80 tiny.dsl
check "... is PTX alone" untold code=sm_
check "--cuda-arch=all-major" cuda --cuda-arch=all-major tiny.dsl
check "... is what nvcc knows" told -gencode=arch=compute_75,code=sm_75 -gencode=arch=compute_80,code=sm_80 \
    -gencode=arch=compute_90,code=sm_90 -gencode=arch=compute_90,code=compute_90
check "... from sm_75 on, one of each series" env NVCC_KNOWS="50 60 70 75 80 86 90" "$GRADC" --target=cuda --cuda-arch=all-major tiny.dsl
check "... and no others" untold -e code=sm_50 -e code=sm_60 -e code=sm_70 -e code=sm_86
check "--cuda-arch=all" env NVCC_KNOWS="50 60 70 75 80 86 90" "$GRADC" --target=cuda --cuda-arch=all tiny.dsl
check "... is all of them" told -gencode=arch=compute_75,code=sm_75 -gencode=arch=compute_86,code=sm_86
check "... but older ones" untold -e code=sm_50 -e code=sm_60 -e code=sm_70
check "... of an nvcc that has none" env NVCC_KNOWS="50 60" sh -c \
    "! '$GRADC' --target=cuda --cuda-arch=all tiny.dsl 2>all.log && grep 'sm_75 and newer' all.log"
check "--cuda-arch of what nvcc doesn't know" refuses 3 "it knows sm_75, sm_80, sm_90" --cuda-arch=sm_86
check "... of an nvcc that doesn't tell" env NVCC_KNOWS= "$GRADC" --target=cuda --cuda-arch=sm_86 tiny.dsl
for bad in "" sm_ sm_9 sm_9000 90 'sm_90;id' sm_90a native,sm_90 sm_90,all; do
    check "--cuda-arch='$bad'" refuses 2 "--cuda-arch: " --cuda-arch="$bad"
done
check "--cuda-arch of the same twice" refuses 2 "twice" --cuda-arch=sm_80,sm_80

# --- source ---
check "--emit=c" cuda --emit=c tiny.dsl
check "... is tiny.cu" test -s tiny.cu
check "... says how to build it" grep -qF 'nvcc tiny.cu $(gradc --cc-flags --target=cuda)' tiny.cu
cp tiny.cu first.cu
check "... the same on another machine" env GPUS=9.0 "$GRADC" --target=cuda --emit=c tiny.dsl
check "... to the byte" cmp first.cu tiny.cu
check "--emit=c for one kind of GPU" cuda --emit=c --cuda-arch=sm_80,sm_90 tiny.dsl
check "... says so" grep -qF -e '--cc-flags --target=cuda --cuda-arch=sm_80,sm_90)' tiny.cu
check "--emit=c needs no nvcc" env PATH="$plain_path" NVCC=/nowhere "$GRADC" --target=cuda --emit=c tiny.dsl
check "--emit=lib" cuda --emit=lib tiny.dsl
check "... has a header" test -s tiny.h
check "--emit=lib -o" cuda --emit=lib tiny.dsl -o net.cu
check "... whose header is named after it" grep -qF '#include "net.h"' net.cu
check "--emit=lib -o of C" refuses 2 "model.cu" --emit=lib -o net.c
check "--cc-flags" says "-gencode=arch=compute_80,code=sm_80" cuda --cc-flags --cuda-arch=sm_80
check "... for nvcc" says "libgradcrt.a" cuda --cc-flags --cuda-arch=sm_80
check "--emit=kernels" says "k_" cuda --emit=kernels tiny.dsl
check "--emit=ir" says "graph train" cuda --emit=ir tiny.dsl
check "--report" says "operations" cuda --report tiny.dsl
check "gradc check" cuda check tiny.dsl
check "-O0" cuda -O0 --cuda-arch=sm_90 tiny.dsl
check "--no-check" cuda --no-check --emit=c tiny.dsl
check "... leaves the check out" not grep -q GRT_CHECK_GRAD tiny.cu
check "the kernels for CUDA as serial C" "$GRADC" --target=cuda --serial tiny.dsl -o serial
check "... train" ./serial --no-save --no-log

# --- what doesn't go together ---
check "-o -" refuses 2 "-o - is no file" --emit=c -o -
check "... in C" exits 2 "$GRADC" -o - tiny.dsl
check "--threads=none is what it has" cuda --threads=none --emit=c tiny.dsl
only_cuda() { exits 2 "$GRADC" "$1" tiny.dsl >only.log 2>&1 && grep -q "goes with --target=cuda" only.log; }
for option in --tf32 --fast-reductions --nvcc=nvcc --cuda-arch=sm_90 --blas=cublas --serial; do
    check "$option goes with CUDA" only_cuda "$option"
done
check "--tf32" cuda --tf32 --emit=c tiny.dsl
check "--fast-reductions" cuda --fast-reductions --emit=c tiny.dsl
check "--blas=none" cuda --blas=none --emit=c tiny.dsl
check "--blas=cublas" cuda --blas=cublas --emit=c tiny.dsl
check "--tf32 without cuBLAS" refuses 2 "--blas=none" --tf32 --blas=none
check "--blas=openblas" refuses 2 "cublas or none" --blas=openblas
check "--blas=auto" refuses 2 "cublas or none" --blas=auto
check "--standalone" refuses 2 "--standalone is for C" --standalone --emit=c
check "--arch" refuses 2 "--cuda-arch" --arch=native
check "--arch of several" refuses 2 "--cuda-arch" --arch=native,generic
check "--threads" refuses 2 "for processors" --threads=auto
check "--target of something else" exits 2 "$GRADC" --target=metal tiny.dsl

# --- nvcc fails ---
check "nvcc fails" env NVCC_FAILS=1 sh -c "'$GRADC' --target=cuda --cuda-arch=sm_90 tiny.dsl -o failed >fails.log 2>&1; test \$? = 3"
check "... its own words are shown" grep -q "model.cu(7): error: no" fails.log
check "... and the command" grep -qF "nvcc -O2 -std=c++17" fails.log
check "... there is no program" test ! -e failed
check "... and nothing is left" nothing_left
check "no nvcc" exits 3 env PATH="$TMP/nothing" CUDA_HOME=/nowhere "$GRADC" --target=cuda tiny.dsl
check "... says what to install" says "install the CUDA toolkit" \
    env PATH="$TMP/nothing" CUDA_HOME=/nowhere "$GRADC" --target=cuda tiny.dsl
if [ -x /usr/bin/nvcc ] || [ -x /bin/nvcc ]; then
    skip "\$CUDA_HOME: there is an nvcc among the system's programs"
else
    check "\$CUDA_HOME" env PATH=/usr/bin:/bin CUDA_HOME="$TMP" "$GRADC" --target=cuda --cuda-arch=sm_80 tiny.dsl
    check "... has an nvcc" told -gencode=arch=compute_80,code=sm_80
fi
check "a model that is wrong" sh -c "echo 'print six' >bad.dsl; ! '$GRADC' --target=cuda bad.dsl && test ! -e bad"
finish
