#!/bin/sh
# build.sh -- builds a CUDA program, unchanged, for the CPU.
#
#     build.sh [--check | --asan] [--portable] [--cc CXX] [--runtime FOLDER] model.cu -o program [FLAG...]
#
# --check tells of races, bounds and what was never written; --asan has the compiler's own sanitizers. Without
# either, results can be compared between orders (CUDAHOST_SCHED; README.md). --portable takes the way to switch
# stacks that other machines than x86-64 have; --runtime takes CUDA headers from another folder than runtime/.
# Other words go to the compiler: -O0, -D..., more files.
#
# The test bed itself is built once for each way, in cudahost.cache beside $GRADC, or $CUDAHOST_CACHE.
# Exit status 77: no C++ compiler.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)
runtime=$source/runtime way=plain portable= cxx=${CXX:-g++} input= output=a.out words= optimize=-Og
while [ $# -gt 0 ]; do
    case $1 in
    --check) way=check ;;
    --asan) way=asan ;;
    --portable) portable=-DCUDAHOST_PORTABLE ;;
    --runtime) runtime=$2 && shift ;;
    --cc) cxx=$2 && shift ;;
    -o) output=$2 && shift ;;
    -O*) optimize=$1 ;;
    *.cu) input=$1 ;;
    *) words="$words $1" ;;
    esac
    shift
done
[ -n "$input" ] || { sed -n '3,5s/^# *//p' "$0" >&2 && exit 2; }
command -v "$cxx" >/dev/null 2>&1 || { echo "build.sh: no C++ compiler ($cxx)" >&2 && exit 77; }

# Flags of the program, of the test bed, and of both when linked.
flags= bed_flags= link_flags=
case $way in
check) flags="-fsanitize=thread" ;;
asan)
    flags="-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
    case $("$cxx" --version) in *clang*) ;; *) flags="$flags -fsanitize=bounds-strict" ;; esac
    bed_flags="-fsanitize=address" link_flags=$flags ;;
esac

# --- the test bed: an archive named after all that it is made of ---
cache=${CUDAHOST_CACHE:-${GRADC:+$(dirname "$GRADC")/}cudahost.cache}
key=$( { echo "$way $portable $cxx $words" && "$cxx" --version && cat "$here"/*.cpp "$here"/*.h "$here"/include/*.h "$here"/include/*/*.h; } | cksum | tr -d ' ')
bed=$cache/$key
# CUDA's version changes what the API is: the words that define it belong to both.
defines=
for word in $words; do case $word in -DCUDART_VERSION=*) defines=$word ;; esac; done
# One unit of all files: most of the time goes into the headers of C++.
build_bed() {
    mkdir -p "$bed.$$"
    for file in "$here"/*.cpp; do
        case $way:${file##*/} in
        check:nocheck.cpp | plain:shadow.cpp | plain:check.cpp | plain:hooks.cpp | asan:shadow.cpp | asan:check.cpp | asan:hooks.cpp) continue ;;
        esac
        echo "#include \"${file##*/}\""
    done >"$bed.$$/bed.cpp"
    "$cxx" -std=c++17 -O1 -g1 -fno-pie -Wall -Wextra $portable $defines $bed_flags -iquote "$here" -c "$bed.$$/bed.cpp" -o "$bed.$$/bed.o"
    ar rcs "$bed.$$/libcudahost.a" "$bed.$$"/*.o
    mv "$bed.$$" "$bed" 2>/dev/null || rm -rf "$bed.$$"
}
[ -d "$bed" ] || build_bed

# --- the program, with what its headers of CUDA say written likewise ---
work=$output.cudahost
mkdir -p "$work"
for file in "$runtime"/*cuda*.h; do
    [ ! -f "$file" ] || awk -f "$here/cu2host.awk" "$file" >"$work/${file##*/}"
done
awk -f "$here/cu2host.awk" "$input" >"$work/program.cpp"
library=${GRADC:+$(dirname "$GRADC")/libgradcrt.a}
[ -f "${library:-}" ] || library=
zlib= png=
grep -q '&grt_png' "$input" && png=-lpng
[ -z "$library" ] || ! nm "$library" 2>/dev/null | grep -q ' U inflate' || zlib=-lz
"$cxx" -std=c++17 $optimize -gdwarf-4 -g1 -fno-pie -D__CUDACC__ -w $flags -I"$work" -iquote "$(dirname "$input")" \
    -I"$here/include" -I"$runtime" $words -c "$work/program.cpp" -o "$work/program.o"
"$cxx" -no-pie $link_flags "$work/program.o" "$bed"/*.o $library $png $zlib -lm -o "$output"
rm -r "$work"
