# classify.dsl -- rows, totals, columns, products and an embedding, for the mutants of their kernels.
input word: i32[batch, 3]
input x: f32[batch, 37]
input label: i32[batch]
table = embedding(11, 5)
words = reshape(word |> table, -1, 15)
both = concat([x, words], axis = 1)
logits = both |> linear(33) |> layernorm() |> relu |> dropout(0.1) |> linear(7)
loss = cross_entropy(logits, label) + mean(softmax(logits) ** 2)
metric accuracy = mean(argmax(logits, axis = -1) == label)
data train { word = randint(0, 11, 12, 3)
             x = randn(12, 37)
             label = randint(0, 7, 12) }
train { minimize loss with sgd(lr = 0.1, momentum = 0.9)
        clip_norm = 0.1
        batch = 5
        epochs = 2 }
