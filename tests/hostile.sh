#!/bin/sh
# hostile.sh -- input made to break the compiler: one clear error, exit 1, no output file; and no name
# or string of a model ever becomes code or a command.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# refused NAME TEXT: gradc bad.dsl fails with status 1, says TEXT, and leaves no output
refused() {
    check "$1: exit 1" exits 1 timeout 20 "$GRADC" bad.dsl -o bad
    check "$1: says '$2'" says "$2" timeout 20 "$GRADC" bad.dsl -o bad
    check "$1: no output" test ! -e bad
}

repeat() { awk -v s="$1" -v n="$2" 'BEGIN { while (n-- > 0) printf "%s", s }'; }

printf 'x = 1\nprint x\0\n' >bad.dsl;                     refused "a NUL byte" "NUL"
printf 'x = 1\nprint \377x\n' >bad.dsl;                   refused "invalid UTF-8" "UTF-8"
printf 'x = 1 # \342\200\256 hidden\nprint x\n' >bad.dsl; refused "a bidi control" "bidi"
{ printf 'print '; repeat '(' 10000; printf 1; repeat ')' 10000; echo; } >bad.dsl
refused "10,000 parentheses" "nested too deep"
{ repeat 'if true {
' 10000; echo 'x = 1'; repeat '}
' 10000; } >bad.dsl;                                      refused "10,000 blocks" "nested too deep"
{ printf 'print '; repeat '-' 100000; echo 1; } >bad.dsl; refused "100,000 signs" "nested too deep"
{ printf 'print 1'; repeat ' + 1' 100000; echo; } >bad.dsl
check "a sum of 100,000 numbers does not crash" sh -c "timeout 20 '$GRADC' check bad.dsl; [ \$? -le 1 ]"
{ printf 'x%s = 1\n' "$(repeat y 300)"; } >bad.dsl;       refused "a name of 301 bytes" "255"
{ repeat '# a comment line that says nothing at all
' 240000; echo 'print 1 +'; } >bad.dsl;                   refused "a file of 10 MB" "bad.dsl:240001"
printf 'import "bad.dsl"\nprint 1\n' >bad.dsl;            refused "a file that imports itself" "leads back"
printf 'import "two.dsl"\nprint 1\n' >bad.dsl
printf 'import "bad.dsl"\n' >two.dsl;                     refused "an import cycle" "leads back"
printf 'import "/dev/zero"\nprint 1\n' >bad.dsl;          refused "an import of a device" "regular file"
printf 'import "."\nprint 1\n' >bad.dsl;                  refused "an import of a directory" "directory"
printf 'print zeros(0 - 3)\n' >bad.dsl;                   refused "a negative dimension" "-3"
printf 'print zeros(4611686018427387904, 4)\n' >bad.dsl;  refused "a size that overflows" "too large"
printf 'print 99999999999999999999\n' >bad.dsl;           refused "an integer that overflows" "range"
printf 'def f(x) = g(x)\ndef g(x) = f(x)\nprint f(1)\n' >bad.dsl
refused "recursion" "recurs"
printf 'for i in 0..1000000000 { x = i }\nprint x\n' >bad.dsl
refused "a loop of a billion turns" "turns"
printf 'x = 1\nprint "text' >bad.dsl;                     refused "a string that never ends" "string"
: >bad.dsl
check "an empty file is no crash" sh -c "timeout 20 '$GRADC' check bad.dsl; [ \$? -le 1 ]"
check "a missing file" exits 1 "$GRADC" none.dsl -o bad
check "a directory as the model" exits 1 "$GRADC" . -o bad
mkfifo pipe.dsl
check "a FIFO as the model does not hang" exits 1 timeout 5 "$GRADC" pipe.dsl -o bad

printf 'print 1\n' >good.dsl
check "an output folder that is not there: exit 3" exits 3 "$GRADC" good.dsl -o no/such/folder/out
check "a C compiler that is not there: exit 3" exits 3 "$GRADC" --cc=no-such-compiler good.dsl -o out
check "... is named" says "no-such-compiler" "$GRADC" --cc=no-such-compiler good.dsl -o out
check "a C compiler that fails: exit 3" exits 3 "$GRADC" --cc=false good.dsl -o out
check "... leaves nothing" test ! -e out
check "a full stdout: exit 3" sh -c "'$GRADC' --help >/dev/full; [ \$? -eq 3 ]"

# Names that mean something in C, or nothing at all.
cat >names.dsl <<'D'
input int: f32[batch, 2]
input errno: f32[batch, 2]
param linux = 1.0
I = int * linux + errno
NULL = I |> linear(2)
main = NULL - 1
output y0 = main
output class = tanh(main)
D
check "C keywords and macros are fine names" "$GRADC" names.dsl -o names
check "... in a library and its header too" "$GRADC" --emit=lib names.dsl -o names.c

# A library's type is called like the model's file, unless C or the file itself has the name already.
cat >own.dsl <<'D'
input x: f32[batch, 2]
loss = mean((x |> linear(1)) ** 2)
data train { x = randn(8, 2) }
train { minimize loss with sgd(lr = 0.01) }
D
library() {
    cp own.dsl "$1.dsl" && "$GRADC" --emit=lib --no-check -f "$1.dsl" -o as.c || return
    grep -q "^typedef struct $2 $2;" as.h || { grep typedef as.h; return 1; }
    # shellcheck disable=SC2046,SC2086 # flags are words
    ${CC:-cc} -fsyntax-only -I"$SRC/runtime" as.c
}
for name in model run seed k_loss run_train model_vars grt_save int tanh tanhf nan nanl fma uint8_t NULL \
    NAN INFINITY INT64_MAX FP_NAN memcpy strlen __x _Bool; do
    check "a library of $name.dsl" library "$name" "${name}_model"
done
check "a library of street.dsl keeps the name" library street street

# Strings, labels and file names that would like to run.
cat >bait.dsl <<'D'
print "\";system(\"touch pwned\");//", 1
print "%s%n */ \\ ??/ $(touch pwned) `touch pwned`", 2
D
check "strings that look like code are printed" sh -c "'$GRADC' run bait.dsl >bait.out"
check "... as they are" grep -qF 'system("touch pwned")' bait.out
cp good.dsl 'a;touch pwned;$(touch pwned).dsl'
check "a model file whose name is a command" "$GRADC" './a;touch pwned;$(touch pwned).dsl' -o odd
check "an output whose name is a command" "$GRADC" good.dsl -o './-o;touch pwned'
check "nothing of it was run" test ! -e pwned
finish
