#!/bin/sh
# indices.sh -- an index that is out of range ends a program with one clear message and status 1,
# before it reads out of bounds and before a training step changes anything.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# A calculator: what a kernel computes, what only a random draw knows, both ends.
cat >calc.dsl <<'D'
a = arange(5.0)
print a[i64(floor(a)) - 5]
print a[randint(5, 6, 3) + arange(3)]
D
# -O0 finds them too, and of several the lowest.
for level in -O0 -O1; do
    check "a calculator ends with 1, $level" exits 1 "$GRADC" $level run calc.dsl
    check "... names index, axis and line, $level" \
        says "calc.dsl:3: index 5 is out of range: the axis has 5 elements (-5 to 4 are there)" \
        "$GRADC" $level run calc.dsl
done

# A step whose 3rd batch has an index that the program makes too large.  No loss needs it: `seen` alone
# is written from there, while the other updates could have been made already.
cat >train.dsl <<'D'
input i: i64[batch]
param w: f32[5, 2] = 1
state seen: f32[4, 2] = 0
state count = 0.0
count <- count + 1
loss = mean(w[i] ** 2)
doubled = w[i * 2]
if training { seen <- reshape(sum(doubled), 1, 1) + zeros(4, 2) }
data train { i = i64([0, 1, 2, 1, 3, 0]) }
data test  { i = i64([4, 4]) }
train {
    minimize loss with adam(lr = 0.1)
    batch = 2
}
D
for level in -O0 -O1; do
    check "a training program compiles, $level" "$GRADC" $level -f train.dsl -o train
    check "... ends with 1, $level" exits 1 ./train --quiet --no-save
    check "... names index, axis and line, $level" \
        says "train.dsl:7: index 6 is out of range: the axis has 5 elements (-5 to 4 are there)" \
        ./train --quiet --no-save
done

# The same in another program: the step fails, and nothing has changed.
cat >host.c <<'D'
#include <stdio.h>
#include <string.h>
#include "train.h"
static long size_of(const char *path, char *text, size_t room)
{
    FILE *f = fopen(path, "rb");
    long n = f ? (long)fread(text, 1, room, f) : -1;
    if (f)
        fclose(f);
    return n;
}
static char before[1 << 16], after[1 << 16];
int main(void)
{
    const int64_t good[2] = {0, 2}, bad[2] = {3, 0};
    train *t = train_create(1);
    if (!t || train_train_step(t, 2, good, NULL) != 0 || train_save(t, "before.safetensors") != 0)
        return 2;
    if (train_train_step(t, 2, bad, NULL) != 1 || !strstr(train_error(t), "index 6"))
        return 3;
    if (train_save(t, "after.safetensors") != 0)
        return 4;
    const long n = size_of("before.safetensors", before, sizeof before);
    if (n <= 0 || n != size_of("after.safetensors", after, sizeof after) ||
        memcmp(before, after, (size_t)n) != 0)
        return 5;
    return train_train_step(t, 2, good, NULL); /* and it goes on */
}
D
embed() { # LEVEL
    "$GRADC" "$1" --emit=lib -f train.dsl && sh -c "${CC:-cc} host.c train.c $("$GRADC" --cc-flags) -o host" && ./host
}
for level in -O0 -O1; do
    check "in another program the step fails, changes nothing, and the next one works, $level" embed $level
done

# Evaluation and prediction, which the training step does not go through.
cat >eval.dsl <<'D'
input x: f32[batch, 3]
param w = ones(3)
loss = mean((x * w) ** 2)
metric chosen = mean(w[i64(sum(x, axis = 1))])
output y = w[i64(x) - 4]
data train { x = zeros(4, 3) }
data valid { x = ones(4, 3) }
train { minimize loss with sgd(lr = 0.1)
        batch = 4 }
D
check "evaluation: compiles" "$GRADC" eval.dsl -o eval
check "evaluation ends with 1" exits 1 ./eval --quiet --no-save
check "... and says why" says "eval.dsl:4: index 3 is out of range: the axis has 3 elements" ./eval --quiet --no-save
sed 's/= ones(4, 3)/= zeros(4, 3)/' eval.dsl >predict.dsl
check "prediction: compiles" "$GRADC" predict.dsl -o predict
check "... and trains" ./predict --quiet
# f32[2, 3] of zeros, as NumPy would save it
printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" >x.npy
dd if=/dev/zero bs=24 count=1 >>x.npy 2>dd.log
check "prediction ends with 1" exits 1 ./predict predict --in.x x.npy --out.y y.npy
check "... and says why" says "predict.dsl:5: index -4 is out of range" ./predict predict --in.x x.npy --out.y y.npy
check "... and leaves no file" test ! -e y.npy

# Data: an input's indices are checked before anything is learned, a split's own when it is made.
cat >data.dsl <<'D'
input i: i64[batch]
param w = ones(3)
loss = mean(w[i] ** 2)
data train { i = csv("i.csv") }
train { minimize loss with sgd(lr = 0.1)
        batch = 2 }
D
printf '0\n-3\n2\n' >i.csv
check "data: compiles" "$GRADC" data.dsl -o data
check "indices from the end are taken" ./data --quiet --no-save
printf '0\n-3\n3\n' >i.csv
check "an input out of range ends with 1" exits 1 ./data --quiet --no-save
check "... before training" says "i.csv: row 3: 3 is out of range: 'i' takes -3 to 2" ./data --quiet --no-save
cat >make.dsl <<'D'
input x: f32[batch]
param w = 1.0
loss = mean((w * x) ** 2)
data train { x = arange(4.0)[randint(0, 2, 6) * 7] }
train { minimize loss with sgd(lr = 0.1) }
D
check "data made at a wrong index: compiles" "$GRADC" make.dsl -o make
check "... ends with 1" exits 1 ./make --quiet --no-save
check "... and says why" says "make.dsl:4: index 7 is out of range" ./make --quiet --no-save

# What is known to fit is not checked: literals, remainders, minimum and maximum.
cat >proved.dsl <<'D'
input x: f32[batch, 5]
input i: i64[batch]
output a = x[:, [4, 0, 3]]
output b = pick(x, i % 5)
output c = pick(x, minimum(maximum(i, 0), 4))
D
check "what is known to fit: compiles" "$GRADC" -f --emit=c proved.dsl -o proved.c
check "... and is not checked" sh -c '! grep -q "grt_at\|GrtFault" proved.c'
sed 's/0), 4)/0), 5)/' proved.dsl >doubted.dsl
check "what may not fit: compiles" "$GRADC" -f --emit=c doubted.dsl -o doubted.c
check "... and is checked, in one place" sh -c '[ "$(grep -c "grt_at(" doubted.c)" -eq 1 ]'

# Many threads come upon many of them: the message is the same each time.
cat >threads.dsl <<'D'
table = arange(100.0)
n = arange(2000000)
print sum(exp(sin(table[n % 101]) + table[(n + 7) % 103]))
D
"$GRADC" threads.dsl -o threads >build.log 2>&1
for threads in 1 2 7; do
    check "$threads threads: the lowest index of the line" says "threads.dsl:3: index 100 is out of range" \
        env OMP_NUM_THREADS=$threads ./threads
done
finish
