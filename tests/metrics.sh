#!/bin/sh
# metrics.sh -- metrics of a whole split: exact over batches of any size, tensors printed below the numbers.
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# 7 samples: logits are the input itself.  Truth 0 0 1 1 2 2 and one that does not count; taken for 0 1 1 1 0 2 0.
printf '3,0,0\n0,3,0\n0,3,0\n1,2,0\n3,1,0\n0,0,3\n5,0,0\n' >x.csv
printf '0\n0\n1\n1\n2\n2\n-1\n' >y.csv
cat >split.dsl <<'D'
input x: f32[batch, 3]
input y: i32[batch]
param w = ones(3)
logits = x * w
loss = cross_entropy(logits, y, ignore_index = -1)
metric matrix = confusion_matrix(logits, y, ignore_index = -1)
metric right = accuracy(logits, y, ignore_index = -1)
metric two = topk_accuracy(logits, y, k = 2, ignore_index = -1)
metric macro = f1_score(logits, y, ignore_index = -1)
metric guesses = perplexity(logits, y, ignore_index = -1)
data train { x = csv("x.csv")
             y = csv("y.csv", columns = 0) }
data test { x = csv("x.csv")
            y = csv("y.csv", columns = 0) }
train { minimize loss with sgd(lr = 0.0)
        batch = 7 }
D
check "a metric may be a tensor" "$GRADC" split.dsl -o split
./split --quiet --no-save --log log.csv >whole.txt
check "the numbers stand first, on one line" says "test: right 0.6667, two 0.8333, macro 0.6556, guesses 3.188, loss 1.16 (7 samples)" cat whole.txt
# As it is printed, below.
printf '  matrix [[1, 1, 0],\n          [0, 2, 0],\n          [1, 0, 1]]\n' >matrix.txt
matrix() { sed -n '/matrix/,$p' "$1" | diff matrix.txt -; }
check "the matrix stands below them" matrix whole.txt
check "the log has no column for it" grep -qx "step,epoch,split,loss,right,two,macro,guesses" log.csv
./split --quiet >trained.txt
for batch in 1 2 3 5 7; do # a batch of one is the sample that does not count
    ./split eval --split test --batch $batch >batches.txt
    check "eval in batches of $batch gives the same" cmp whole.txt batches.txt
done
finish
