#!/bin/sh
# profile.sh -- ./model --profile: the structure of what it says, and that times add up; never how fast anything is.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1
not() { ! "$@"; }

cat >net.dsl <<'E'
input x: f32[batch, 5, 6]
input y: i32[batch]
last = scan t in 0..5 with h = zeros(batch, 6) {
    h = tanh(x[:, t] |> linear(6) |> relu)
    yield h
}
logits = sum(last, axis = 1) |> linear(3)
loss = cross_entropy(logits, y)
metric accuracy = mean(argmax(logits, axis = -1) == y)
output class = argmax(logits, axis = -1)
data train { x = randn(40, 5, 6)
             y = i32(randint(0, 3, 40)) }
data test { x = randn(20, 5, 6)
            y = i32(randint(0, 3, 20)) }
train { minimize loss with adam(lr = 0.01)
        batch  = 8
        epochs = 2 }
E
check "a model is compiled" "$GRADC" net.dsl -o net
check "train --profile" sh -c './net --profile --save a.safetensors --log a.csv >said 2>profile'
check "... tells of the runs of a step" grep -Eq '^profile of train: 10 runs in [0-9.]+ s, [0-9.]+ s of it in kernels; [0-9]+ threads?$' profile
check "... of the machine" grep -Eq '^  here a core does [0-9.]+ GFLOP/s, and copies [0-9.]+ GB/s$' profile
check "... of kernels, with lines" grep -Eq '^ +[0-9.]+ % +[0-9.]+ +[0-9]+ +[0-9.]+ +[0-9.]+ .* [0-9]+ %  +8  k_' profile
check "... of a loop's kernels in all turns" grep -Eq '^ +[0-9.]+ % +[0-9.]+ +50 +[0-9.]+ +[0-9.]+ .* %  +4  k_' profile
check "... of lines" grep -q 'line of net.dsl$' profile
check "... of the evaluation at the end" grep -q '^profile of eval: 3 runs' profile
check "... and not on standard output" not grep -q GFLOP said
check "the training is the same as without" sh -c './net --save b.safetensors --log b.csv >said && cmp a.csv b.csv && cmp a.safetensors b.safetensors'
check "... which tells nothing of times" sh -c './net --no-save --no-log 2>&1 | { ! grep GFLOP; }'

# The shares of kernels, with what is left out, are the whole; so are those of lines.
shares() {
    awk '/^profile of train/ { on = 1 } /^$/ { on = 0; what = "" } /^   share/ { what = $NF == "kernel" ? "kernels" : "lines"; next }
         on && what && $2 == "%" { sum[what] += $1 }
         END { print sum["kernels"], sum["lines"]
               exit !(sum["kernels"] > 98.5 && sum["kernels"] < 101.5 && sum["lines"] > 98.5 && sum["lines"] < 101.5) }' profile
}
check "shares add up to the whole" shares

check "--profile=FILE.csv" ./net eval --load a.safetensors --profile=times.csv
check "... has a row for each kernel" sh -c '[ "$(grep -c "^eval,k_" times.csv)" -ge 3 ]'
check "... with a head" grep -q '^entry,kernel,line,runs,calls,seconds,fastest,operations,bytes,' times.csv
check "... that is overwritten" ./net eval --load a.safetensors --profile=times.csv
echo precious >mine.csv
check "... but no file of another kind" exits 2 ./net eval --load a.safetensors --profile=mine.csv
check "... which stays" grep -qx precious mine.csv
check "--profile= of nothing is refused" exits 2 ./net eval --profile=
check "predict --profile" sh -c '"$GRADC" run -e "save \"in.npy\", randn(3, 5, 6)" && ./net predict --load a.safetensors --profile <in.npy >out.npy 2>profile'
check "... leaves the output alone" sh -c './net predict --load a.safetensors <in.npy | cmp - out.npy'
check "... and tells of its kernels" grep -q '^profile of predict: 1 run ' profile
check "bench --profile" says "profile of train: 21 runs" ./net bench --steps 20 --profile
check "--help names it" says "--profile[=FILE]" ./net --help
finish
