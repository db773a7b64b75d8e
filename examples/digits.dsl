# digits.dsl: learn to read 8x8 handwritten digits
#
#     gradc digits.dsl -o digits && ./digits
#
# The data is the test set of the UCI "Optical Recognition of Handwritten Digits" database: 1,797
# images of 64 pixels, 0 to 16, and the digit, in a fixed shuffled order.  1,500 are learned from.
# After 20 epochs at least 95 % of the 297 others are read right.

option lr    = 1e-3                           # when it runs:     ./digits --lr 0.01
const  width = 64                             # when compiling:   gradc -Dwidth=128 digits.dsl

input image: f32[batch, 64]
input label: i32[batch]

logits = image / 16
    |> linear(width) |> relu
    |> linear(10)

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

data train {
    image = csv("data/digits.csv", rows = :1500, columns = :64)
    label = csv("data/digits.csv", rows = :1500, columns = 64)
}

data test {
    image = csv("data/digits.csv", rows = 1500:, columns = :64)
    label = csv("data/digits.csv", rows = 1500:, columns = 64)
}

train {
    minimize loss with adam(lr = lr)
    batch   = 32
    epochs  = 20
    shuffle = true
}
