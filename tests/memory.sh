#!/bin/sh
# memory.sh -- gradc and the trainers under valgrind, the trainers under ASan and UBSan: no error, no leak.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

cat >tiny.dsl <<'D'
input x: f32[batch, 3]
loss = mean((x |> linear(4) |> tanh |> linear(1)) ** 2)
output y = x |> linear(2)
data train { x = randn(10, 3) }
data test { x = randn(5, 3) }
train { minimize loss with adam()
        batch = 4
        epochs = 2 }
D
printf 'x = linear(3\ny = sigmiod(1)\nprint [1, 2] @ [[1], [2], [3]]\n' >wrong.dsl

if command -v valgrind >/dev/null 2>&1 && [ -z "${SANITIZED:-}" ]; then
    grind() { valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite "$@"; }
    for dsl in "$SRC/examples/linreg.dsl" "$SRC/examples/digits.dsl" "$SRC/examples/mnist.dsl" tiny.dsl; do
        check "gradc on $(basename "$dsl") under valgrind" grind "$GRADC" --emit=c "$dsl" -o out.c
    done
    check "gradc on errors under valgrind" exits 1 grind "$GRADC" check wrong.dsl
    # Without AVX-512, which valgrind 3.19 does not know.
    check "a trainer for valgrind" "$GRADC" --cflags=-march=x86-64 tiny.dsl -o tiny
    for command in train eval check info; do
        check "its $command under valgrind" grind ./tiny $command
    done
else
    skip "valgrind is not here, or gradc is built with sanitizers"
fi

check "a standalone source" "$GRADC" --emit=c --standalone tiny.dsl -o alone.c
if ${CC:-cc} -Og -g1 -fsanitize=address,undefined -fno-sanitize-recover=all alone.c -o alone -lm \
    2>build.log; then
    for command in train eval check info; do
        check "a trainer's $command under ASan and UBSan" ./alone $command
    done
    check "... resumed" ./alone --resume --epochs 3
    check "... refusing an option" exits 2 ./alone --no-such-option
else
    skip "no sanitizer libraries here: $(head -n 1 build.log)"
fi
finish
