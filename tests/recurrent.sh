#!/bin/sh
# recurrent.sh -- whole programs with loops at run time: they learn, -O0 agrees, threads change nothing,
# draws differ from turn to turn, and what goes wrong in a turn is found there.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# column FILE NAME: the last value in a column of a log
column() {
    awk -F, -v name="$2" 'FNR == 1 { for (i = 1; i <= NF; i++) if ($i == name) at = i; next }
                          { last = $at } END { print last }' "$1"
}

# --- learning ---
check "the adding problem compiles" "$GRADC" "$SRC/examples/adding.dsl" -o adding
learns() {
    ./adding --quiet --no-save --log learned.csv && at_least 0.06 "$(column learned.csv error)"
}
check "and is learned: the error is below 0.06, where a guess has 0.4" learns
check "its gradients agree with differences" ./adding check
info() { ./adding info | grep -E '10 turns of [0-9,]+ bytes: [0-9,]+$' && ./adding info | grep -q backwards; }
check "info says what a turn keeps, forwards and backwards" info

# --- one program, several ways ---
cat >mixed.dsl <<'D'
input x: f32[batch, 6, 2]
net = rnn_cell(3)
ys = scan t in 0..6 with h = zeros(batch, 3) {
    h = net(x[:, t], detach(h)) + 0.1 * h
    h = dropout(h, p = 0.25)
    yield h
}
means = scan t in 0..6 with m = zeros(batch, 3), n = 0.0 {
    row = scan j in 0..3 with s = detach(sum(ys[:, 5 - t], axis = 1)) {
        s = s * 0.9 + sin(ys[:, t, j])
        yield s * t
    }
    m = m * 0.5 + row
    n += 1.0
    yield m / n
}
slope = grad(sum(means), ys)
loss = mean(means ** 2) + mean(ys) + mean(slope ** 2)
data train { x = rand(24, 6, 2) }
train { minimize loss with sgd(lr = 0.1)
        batch      = 4
        accumulate = 2
        epochs     = 3 }
D
for level in 0 1; do
    check "loops in loops, detached values, draws and a gradient in the loss compile at -O$level" \
        "$GRADC" -O$level mixed.dsl -o mixed$level
    check "and train" ./mixed$level --quiet --no-save --log mixed$level.csv
done
check "-O0 and -O1 agree" near "$(column mixed0.csv loss)" "$(column mixed1.csv loss)" 1e-5
check "gradients agree with differences, detached values of every turn frozen" ./mixed1 check --all
by_ir() {
    "$GRADC" --stop-after=dce --emit=ir mixed.dsl >mixed.ir && "$GRADC" --from-ir mixed.ir -o again &&
        ./again --quiet --no-save --log again.csv && cmp mixed1.csv again.csv
}
check "by way of the textual IR it is the same program" by_ir

cat >wide.dsl <<'D'
input x: f32[batch, 12, 64]
y, h = gru(192)(x)
loss = mean(y ** 2) + mean(h)
data train { x = randn(256, 12, 64) }
train { minimize loss with sgd(lr = 0.1)
        batch = 128
        epochs = 2 }
D
threads() {
    "$GRADC" wide.dsl -o wide && ./wide --quiet --threads 1 --save one.safetensors --no-log &&
        ./wide --quiet --threads 3 --save three.safetensors --no-log &&
        cmp one.safetensors three.safetensors
}
check "the number of threads changes nothing" threads

# --- draws ---
cat >draws.dsl <<'D'
a = scan t in 0..50 { yield rand(4) }
b = scan i in 0..10 {
    inner = scan j in 0..5 { yield rand(4) }
    yield inner
}
def distinct(v) {
    f = flatten(v)
    return sum(i64(unsqueeze(f, 0) == unsqueeze(f, 1)))
}
print distinct(a), distinct(b), max(a) < 1, std(a) > 0.2
D
for level in 0 1; do
    check "all turns of all loops draw for themselves, -O$level" \
        says "200 200 True True" "$GRADC" -O$level run draws.dsl
done

# --- what goes wrong in a turn ---
cat >bad.dsl <<'D'
input x: f32[batch, 6, 2]
param w: f32[2] = [0.5, 0.5]
ys = scan t in 0..6 with h = ones(batch, 2) {
    lowered = h * w - x[:, t]
    h = log(lowered)
    yield lowered * h
}
loss = mean(ys)
data train { x = rand(8, 6, 2) }
train { minimize loss with sgd(lr = 0.1)
        batch = 8 }
D
check "a loop whose values stop being finite compiles" "$GRADC" bad.dsl -o bad
check "the loss is not finite: the run ends" exits 4 ./bad --no-save
check "with the line in the loop" says "bad.dsl:5:" ./bad --no-save

cat >outside.dsl <<'D'
input x: f32[batch, 6]
input at: i64[batch]
y = scan t in 0..6 with h = zeros(batch) {
    h = h + take_along_axis(x, unsqueeze(at + t, 1), axis = 1)[:, 0]
    yield h
}
param w = 1.0
loss = mean(y * w)
data train { x = rand(8, 6)
             at = randint(0, 3, 8) }
train { minimize loss with sgd(lr = 0.1)
        batch = 8 }
D
check "indices of run time compile in loops" "$GRADC" outside.dsl -o outside
check "one out of range ends the run" exits 1 ./outside --no-save
check "and is named" says "outside.dsl:4:" ./outside --no-save
finish
