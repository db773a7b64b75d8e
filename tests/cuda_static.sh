#!/bin/sh
# cuda_static.sh -- what nvcc says of generated programs, without running any: no warning, no spilled register, no local
# memory, no double precision that the model did not ask for; registers and shared memory as tests/cuda/resources.txt has them.
#
#     sh tests/cuda_static.sh                in `make check`: three examples and a part of the operation grid, for sm_90
#     CUDA_STATIC=all sh tests/cuda_static.sh     `make check-cuda-static`: all examples, models and places of the grid, for
#                                                 sm_75, sm_90 and sm_120, or for those in CUDA_ARCHITECTURES
#     CUDA_STATIC=table sh tests/cuda_static.sh   those in the table alone, for these three (some minutes)
#     UPDATE=1 CUDA_STATIC=table sh tests/cuda_static.sh      writes it anew
#
# Double precision is meant where a kernel's own text has it: `double`, a function of f64, or a normal draw.  CUDA's sinf and
# cosf reduce large angles in double precision and in local memory: what calls them may do so.
. "$(dirname "$0")/lib.sh"
: "${NVCC:=nvcc}" "${CUDA_STATIC:=some}"
command -v "$NVCC" >/dev/null 2>&1 || NVCC=${CUDA_HOME:-/usr/local/cuda}/bin/nvcc
if ! command -v "$NVCC" >/dev/null 2>&1; then
    skip "CUDA programs compiled by nvcc: it is not here (see docs/cuda.md)"
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    exit 77
fi
RANDPROG=${RANDPROG:-$(dirname "$GRADC")/tests/randprog}
table=$SRC/tests/cuda/resources.txt
architectures=90
[ "$CUDA_STATIC" = some ] || architectures=${CUDA_ARCHITECTURES:-75 90 120}
cd "$TMP" || exit 3

# nvcc_knows ARCH: older versions lack the newest
known=$("$NVCC" --list-gpu-arch 2>/dev/null)
nvcc_knows() { printf '%s\n' "$known" | grep -qx "compute_$1"; }

# compiles NAME ARCH: without a warning of nvcc or of the host's compiler.  ptxas's words are left in NAME.ARCH.txt, and the
# functions that compute in double precision in NAME.ARCH.doubles.
compiles() {
    mkdir -p keep
    "$NVCC" -O3 -std=c++17 -arch="sm_$2" -cubin -o /dev/null -keep -keep-dir keep -I"$SRC/runtime" -Werror all-warnings \
        -Xcompiler -Wall,-Wextra -Xptxas -v "$1.cu" >"$1.$2.txt" 2>&1 ||
        { grep -v 'ptxas info\|bytes stack\|^$' "$1.$2.txt"; return 1; }
    awk '/\.(entry|func)/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ \t]/, "", name); if (name == "") name = $NF }
         /^[ \t]+[a-z].*\.f64/ && !/ld\.param|\.reg/ { print name }' keep/*.ptx | sort -u >"$1.$2.doubles"
    rm -r keep
}

# plain("_Z6k_lossPKf") is k_loss; names of files' own, "_ZN..12k_loss..", too
plain_name='
    function plain(name,    size) {
        gsub(/\047/, "", name)
        if (name !~ /^_Z/) return name
        sub(/^_Z[A-Z]*/, "", name)
        while (name ~ /^[0-9]/) {
            size = name + 0
            sub(/^[0-9]+/, "", name)
            if (substr(name, 1, size) !~ /^_GLOBAL|^_INTERNAL/) return substr(name, 1, size)
            name = substr(name, size + 1)
        }
        return name
    }'

# resources FILE.ARCH.txt: "kernel registers shared-bytes stack-bytes spilled-bytes", a line each
resources() {
    awk "$plain_name"'
        /Compiling entry function/ { kernel = plain($7); stack = spilled = 0 }
        /bytes stack frame/ { stack = $1; spilled = $5 + $9 }
        /Used [0-9]+ registers/ {
            shared = 0
            for (i = 1; i < NF; i++) { if ($i == "Used") registers = $(i + 1); if ($(i + 2) ~ /^smem/) shared = $i }
            print kernel, registers, shared, stack, spilled
        }' "$1" | sort
}

# written KERNEL FILE.cu WORDS: the text of the kernel has one of these (an expression of awk)
written() {
    awk -v kernel="$1(" -v words="$3" '
        /__global__/ { inside = 0; head = 1; text = "" }
        head { text = text $0 "\n"; if (index(text, kernel)) { inside = 1 } if (/{$|^{/) head = 0 }
        inside && $0 ~ words { found = 1 }
        /^}/ { inside = head = 0 }
        END { exit !found }' "$2"
}

angles='(sin|cos)_f(32|64)[(]'

wide='double|_f64|grt_normal'

# keeps_in_registers NAME ARCH: nothing spilled, nothing in local memory but what large angles need; at most 48 KiB shared,
# and 128 registers, or 255 where the kernel computes in double precision, whose numbers take two each
keeps_in_registers() {
    bad=0
    resources "$1.$2.txt" >resources.txt
    [ -s resources.txt ] || { echo "ptxas tells of no kernel"; return 1; }
    while read -r kernel registers shared stack spilled; do
        if [ "$spilled" -gt 0 ] || { [ "$stack" -gt 0 ] && ! written "$kernel" "$1.cu" "$angles"; }; then
            echo "$kernel: $stack bytes of local memory, $spilled of them spilled" && bad=1
        fi
        most=128
        [ "$registers" -le $most ] || ! written "$kernel" "$1.cu" "$wide" || most=255
        if [ "$registers" -gt $most ] || [ "$shared" -gt 49152 ]; then
            echo "$kernel: $registers registers, $shared bytes shared" && bad=1
        fi
    done <resources.txt
    return $bad
}

# no_stray_double NAME ARCH: kernels that compute in double precision say so in their text
no_stray_double() {
    bad=0
    while read -r symbol; do
        kernel=$(echo "_ $symbol" | awk "$plain_name"'{ print plain($2) }')
        case $kernel in __internal* | *f64* | *normal*) continue ;; esac
        written "$kernel" "$1.cu" "$wide|$angles" || { echo "$kernel computes in double precision"; bad=1; }
    done <"$1.$2.doubles"
    return $bad
}

# as_recorded NAME ARCH: at most a quarter and 8 more registers, and as much shared memory, as the table has for the kernel;
# a kernel that the table lacks is told, and held to what holds for all
as_recorded() {
    resources "$1.$2.txt" | awk -v name="$1" -v arch="sm_$2" '{ print name, $1, arch, $2, $3 }' >found.txt
    cat found.txt >>found-all.txt
    [ -z "${UPDATE:-}" ] || return 0
    awk '
        FNR == NR { if ($1 !~ /^#/) { registers[$1 " " $2 " " $3] = $4; shared[$1 " " $2 " " $3] = $5 } next }
        { key = $1 " " $2 " " $3
          if (!(key in registers)) print key " is not in the table: UPDATE=1 (see the head)"
          else if ($4 > registers[key] * 1.25 + 8 || $5 > shared[key]) {
              print key ": " $4 " registers, " $5 " bytes shared; recorded are " registers[key] " and " shared[key]; bad = 1 } }
        END { exit bad }' "$table" found.txt
}

# examine NAME MODEL RECORDED [OPTION...]: everything above
examine() {
    name=$1 model=$2 recorded=$3
    shift 3
    check "$name as CUDA" "$GRADC" --target=cuda --emit=c -f "$@" "$model" -o "$name.cu" || return
    examine_file "$name" "$recorded"
}

# examine_file NAME RECORDED: the same of NAME.cu
examine_file() {
    name=$1 recorded=$2
    for arch in $architectures; do
        if ! nvcc_knows "$arch"; then
            skip "$name for sm_$arch: this nvcc does not know it"
            continue
        fi
        check "$name compiles for sm_$arch without a warning" compiles "$name" "$arch"
        check "... keeps its numbers in registers" keeps_in_registers "$name" "$arch"
        check "... has no double precision but where it is meant" no_stray_double "$name" "$arch"
        [ "$recorded" = no ] || check "... takes the registers and the shared memory in the table" as_recorded "$name" "$arch"
    done
}

cp -R "$SRC/examples/data" .
"$GRADC" run "$SRC/bench/models/data.dsl" >/dev/null 2>&1 || true
for name in linreg digits digits_cnn; do examine "$name" "$SRC/examples/$name.dsl" yes; done
if [ "$CUDA_STATIC" != some ]; then
    examine adding "$SRC/examples/adding.dsl" yes
    for model in "$SRC"/bench/models/*.dsl; do
        name=$(basename "$model" .dsl)
        case $name in data | linreg) continue ;; esac
        cp "$model" .
        examine "$name" "$name.dsl" yes
    done
fi
if [ "$CUDA_STATIC" = all ]; then
    for model in "$SRC"/examples/*.dsl "$SRC"/examples/*/*.dsl; do
        name=$(basename "$model" .dsl)
        case $name in linreg | digits | digits_cnn | adding) continue ;; esac
        cd "$(dirname "$model")" || exit 3
        check "$name as CUDA" "$GRADC" --target=cuda --emit=c -f "$model" -o "$TMP/$name.cu"
        cd "$TMP" || exit 3
        ! grep -q __global__ "$name.cu" || examine_file "$name" no # some only print
    done
fi

# The operation grid: as it is to compile, not to run.
every=60
[ "$CUDA_STATIC" != all ] || every=1
if [ "$CUDA_STATIC" = table ]; then
    : # which has none of it
elif [ ! -x "$RANDPROG" ]; then
    skip "the operation grid: $RANDPROG is not built (make tests/randprog)"
else
    top_srcdir=$SRC "$RANDPROG" --grid --every "$every" --emit grid >grid.txt
    part=$(if [ "$CUDA_STATIC" = all ]; then cat grid.txt; else sed -n '1p;5p;6p' grid.txt; fi)
    for model in $part; do examine "$(basename "$model" .dsl)" "$model" no; done
fi

if [ -n "${UPDATE:-}" ]; then
    { printf '# What kernels take, as ptxas of CUDA %s has it: model, kernel, architecture, registers, bytes shared.\n' \
        "$("$NVCC" --version | sed -n 's/.*release \([0-9.]*\).*/\1/p')"
        sort found-all.txt; } >"$table"
fi
finish
