# softmax.dsl: a linear classifier of four numbers into three classes, for the golden test.

option lr = 0.1

input x: f32[batch, 4]
input label: i32[batch]

logits = x |> linear(3)

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

data train {
    x     = randn(32, 4)
    label = argmax(randn(32, 3), axis = -1)
}

train {
    minimize loss with sgd(lr = lr, momentum = 0.9)
    batch  = 8
    epochs = 2
}
