#!/bin/sh
# report.sh -- the report block: when it runs, of which weights, what it writes, and what it refuses.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/cuda_lib.sh"
cd "$TMP" || exit 1

# A model whose report shows a parameter, a state, a loaded file, a draw and the counters.
cat >model.dsl <<'END'
option scale = 2.0
input x: f32[batch, 3]
module counted()(x) {
    state seen = 0.0
    if training {
        seen <- seen + 1
    }
    return x |> linear(2)
}
net = counted()
prediction = net(x)
loss = mean((prediction - 1) ** 2)
output y = prediction
data train { x = randn(40, 3) }
print "before"
report {
    table = load("table.npy")
    made = net(randn(2, 3))
    for i in 0..2 {
        print "epoch", epoch, "step", step, "of", steps, "scale", scale * table[i]
    }
    if not training {
        print net.seen, made
    }
    save "made-{epoch}.npy", made
    save "both.npz", made, table
}
train {
    minimize loss with sgd(lr = 0.05)
    batch  = 8
    epochs = 3
}
END
cat >table.dsl <<'END'
save "table.npy", [0.5, 0.25]
END
"$GRADC" run table.dsl && "$GRADC" model.dsl -o model && ./model >out.txt || exit 1
check "it runs after each epoch" [ "$(grep -c '^  epoch [123] step' out.txt)" = 6 ]
check "its prints stand below the epoch's line" sh -c "sed -n '/^epoch 2/,/^epoch 3/p' out.txt | sed -n 2p | grep -qx '  epoch 2 step 10 of 15 scale 1'"
check "it sees states as training left them" grep -q '^  15 \[\[' out.txt
check "a tensor's rows stand below each other" sh -c "grep -A1 '^  15 ' out.txt | tail -n 1 | grep -q '^      \['"
check "print comes before training alone" [ "$(grep -c before out.txt)" = 1 ]
check "each epoch has its file" [ -s made-1.npy -a -s made-2.npy -a -s made-3.npy -a ! -e made-0.npy ]
check "an epoch changes what is made" sh -c '! cmp -s made-2.npy made-3.npy'

cp made-3.npy kept.npy && cp both.npz kept.npz && rm made-*.npy
./model report >again.txt || exit 1
sed -n '/^epoch 3/,$p' out.txt | grep '^  ' | sed 's/^  //' >last.txt
check "the command shows the same of the checkpoint" cmp again.txt last.txt
check "and writes the same" sh -c 'cmp made-3.npy kept.npy && cmp both.npz kept.npz'
check "options may be given" sh -c "./model report --scale 4 | grep -q 'scale 2'"
check "without weights it asks for them" says "run './model train' first" env -C "$TMP" sh -c 'mkdir -p empty && cd empty && cp ../model . && ./model report'
check "--help names it" says "model report" ./model --help

# The report changes nothing in the training: the same run without it.
sed '/^report {/,/^}/d' model.dsl >plain.dsl
"$GRADC" plain.dsl -o plain && ./plain >/dev/null && sed 's/^/ /' plain.csv >plain.txt && sed 's/^/ /' model.csv >model.txt
check "training is the same without it" cmp plain.txt model.txt
check "and so is a program resumed in between" sh -c './model --epochs 1 --save part.safetensors >/dev/null && ./model --resume --epochs 3 --load part.safetensors --save whole.safetensors >resumed.txt && grep -q "epoch 3 step 15" resumed.txt && cmp made-3.npy kept.npy'

# -O0, the textual IR and the CUDA target's program as C show the same.
"$GRADC" -O0 model.dsl -o plain0 && ./plain0 >out0.txt
check "-O0 shows the same" sh -c "grep '^  ' out.txt >a.txt && grep '^  ' out0.txt >b.txt && cmp a.txt b.txt"
"$GRADC" --emit=ir model.dsl -o model.ir --force && "$GRADC" --from-ir --emit=ir model.ir -o model2.ir --force
check "the textual IR keeps it" sh -c "grep -v '^#' model.ir | sed 's/ *# .*//' >a.ir && grep -v '^#' model2.ir | sed 's/ *# .*//' >b.ir && cmp a.ir b.ir && grep -q '^entry report' a.ir"

# A CUDA program reports, too: what it shows is C's to rounding, in any order of threads.
if [ -z "$(cuda_lacks)" ]; then
    sed 's/^  //' out.txt | grep -E '^(epoch [0-9]+ step|[0-9]+ \[\[|  *\[)' | tr -d '[],' >c.txt
    check "a CUDA program with a report compiles" cuda_make cuda_model model.dsl
    for order in $CUDA_ORDERS; do
        cuda_run "$order" ./cuda_model --no-save >cuda.txt
        sed 's/^  //' cuda.txt | grep -E '^(epoch [0-9]+ step|[0-9]+ \[\[|  *\[)' | tr -d '[],' >cuda_$order.txt
        check "and shows what C shows ($order)" close cuda_$order.txt c.txt
    done
else
    skip "a CUDA program with a report: $(cuda_lacks)"
fi

# Averages stand in the report where evaluation takes them.
cat >average.dsl <<'END'
param w = 0.0
input x: f32[batch]
loss = mean((w - x) ** 2)
data train { x = ones(4) }
report { print "w", w }
train {
    minimize loss with sgd(lr = 0.25)
    batch = 4
    epochs = 2
    average = 0.5
}
END
"$GRADC" average.dsl -o average && ./average >average.txt
check "moving averages stand in the parameters' place" sh -c "grep -qx '  w 0.5' average.txt && grep -qx '  w 0.625' average.txt"

# Files that cannot be written are found before the first step.
rm -f made-1.npy && mkdir made-1.npy
check "a folder in a file's place is found before training" says "not a plain file" sh -c './model; test ! -e made-9.npy'
rmdir made-1.npy

# Draws of an evaluation are other ones for each sample of a split, however large its batches are.
cat >draws.dsl <<'END'
input x: f32[batch]
param w = 0.0
loss = mean((w - x) ** 2)
metric drawn = mean(rand(batch))
metric squared = mean(rand(batch) ** 2)
data train { x = ones(30) }
train { minimize loss with sgd(lr = 0.25)
        batch = 10 }
END
"$GRADC" draws.dsl -o draws && ./draws --quiet && ./draws eval >ten.txt && ./draws eval --batch 3 >three.txt
check "draws of an evaluation are each sample's, in batches of any size" cmp ten.txt three.txt

# What is refused.
refuses() { # refuses NAME TEXT: the program on stdin
    cat >wrong.dsl
    check "$1" says "$2" "$GRADC" wrong.dsl -o wrong
}
refuses "an input in a report" "draw it, as in randn(64, 100)" <<'END'
input x: f32[batch, 3]
report { print sum(x) }
output y = x * 2
END
refuses "an input in a report names it" "what a report shows cannot depend on input 'x'" <<'END'
input x: f32[batch, 3]
report { save "x.npy", x }
output y = x * 2
END
refuses "a batch in a report" "a report has no batch" <<'END'
input x: f32[batch, 3]
report { print zeros(batch, 3) }
output y = x * 2
END
refuses "two reports" "there is a second report" <<'END'
report { print 1 }
report { print 2 }
END
refuses "a param in a report" "param cannot stand in a report" <<'END'
report { param w = 1.0 }
END
refuses "{epoch} outside of a report" "there is no epoch here" <<'END'
save "x-{epoch}.npy", [1.0, 2.0]
END
refuses "one file written twice" "is written twice" <<'END'
save "x.npy", [1.0, 2.0]
report { save "x.npy", [1.0] }
END
check "report may be a name" sh -c "'$GRADC' run -e 'report = 2
print report' | grep -qx 2"
finish
