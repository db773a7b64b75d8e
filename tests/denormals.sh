#!/bin/sh
# denormals.sh -- numbers too small for a full mantissa are 0 in training steps, unless they are to be
# kept; nowhere else, and the caller of a library gets its own mode back.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

case $(uname -m) in
x86_64 | aarch64) ;;
*)
    skip "denormals: this processor's mode is not known"
    finish
    ;;
esac

# Each step halves w: from 1e-36 on it is below 1.2e-38 after seven, and after twenty still not 0.
cat >decay.dsl <<'D'
input x: f32[batch, 3]
state w: f32[4096] = full([4096], 1e-36)
w <- 0.5 * w
loss = mean(linear(1)(x) ** 2)
output y = w
metric alive = sum(f32(w > 0.0))
data train {
    x = randn(64, 3)
}
train {
    minimize loss with sgd(lr = 0.1)
    batch  = 16
    epochs = 5
}
D
check "a model that makes denormals compiles" "$GRADC" decay.dsl -o decay
check "they are 0 in training steps" says "alive 0" sh -c './decay --quiet --no-log && ./decay eval'
check "--keep-denormals keeps them" says "alive 4096" sh -c './decay --quiet --no-log --keep-denormals && ./decay eval'
check "... and --help names it" says "--keep-denormals" ./decay --help
check "... and it takes no value" exits 2 ./decay --keep-denormals=1

# What training left is seen as it is outside of it: evaluation does not flush.
cat >small.dsl <<'D'
x = 1e-20 * exp(0.0 * randn(3))
print x * 1e-20 > 0.0
D
check "print shows them" says "[True, True, True]" "$GRADC" run small.dsl

cat >user.c <<'C'
#include <math.h>
#include <stdio.h>
#include "lib.h"

static volatile float tiny = 2e-38f;

/* Are they 0 in this thread? */
static int flushes(void)
{
    return tiny * 0.25f == 0.0f;
}

/* How many of the 64 numbers are above 0 after so many steps. */
static int alive(int steps, int keep)
{
    static float x[8 * 3], y[64];
    int count = 0;
    lib *model = lib_create(1);
    if (!model || (keep && lib_keep_denormals(model, 1) != 0))
        return -1;
    for (int i = 0; i < steps; i++)
        if (lib_train_step(model, 8, x, NULL) != 0 || flushes())
            return -1;
    if (lib_predict(model, 8, y) != 0 || flushes())
        return -1;
    for (int i = 0; i < 64; i++)
        count += y[i] > 0.0f;
    lib_destroy(model);
    return count;
}

int main(void)
{
    const int flushed = alive(20, 0), kept = alive(20, 1);
    printf("%d %d\n", flushed, kept);
    return flushed == 0 && kept == 64 && !flushes() ? 0 : 1;
}
C
sed '/^data/,/^}/d; s/4096/64/g; s/epochs = 5/epochs = 1/' decay.dsl >lib.dsl
library() {
    "$GRADC" --emit=lib lib.dsl && sh -c "${CC:-cc} user.c lib.c $("$GRADC" --cc-flags) -o user" && ./user
}
check "a library flushes in steps alone, and gives the mode back" library
finish
