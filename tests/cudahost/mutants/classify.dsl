# classify.dsl -- rows, totals, columns, products and an embedding, for the mutants of their kernels. More classes and samples
# than a warp has lanes and a block has warps, rows so long that each has a block; every third sample has an element by far
# the largest, so that a softmax which has not found it overflows.
input word: i32[batch, 3]
input x: f32[batch, 37]
input push: f32[batch, 1]
input long: f32[batch, 1110]
input label: i32[batch]
table = embedding(11, 5)
words = reshape(word |> table, -1, 15)
both = concat([x, 10 * words], axis = 1)
hidden = both |> linear(33) |> layernorm() |> relu |> dropout(0.1)
logits = (hidden |> linear(37)) + push * one_hot(label, 37)
place = sum(softmax(long) * arange(0.001, 1.1105, 0.001), axis = 1)
loss = cross_entropy(logits, label) + mean(softmax(2 * logits) ** 2) + 20 * mean(place)
metric accuracy = mean(argmax(logits, axis = -1) == label)
third = arange(33) // 3
far = 200.0 * (arange(33) % 3 == 1)[:, none]
data train { word = (arange(99) + 1).reshape(33, 3) % 11
             x = randn(33, 37)
             push = far
             long = 3 * randn(33, 1110) +
                 far * one_hot((1109 + third + 255 * (third > 1)) % 1110, 1110)
             label = (25 + 11 * arange(33)) % 37 }
train { minimize loss with sgd(lr = 0.5)
        clip_norm = 1.0
        batch = 15
        epochs = 2 }
