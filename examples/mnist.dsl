# mnist.dsl: learn to read the 28x28 digits of MNIST
#
#     gradc mnist.dsl -o mnist
#     ./mnist --data.train.image DIR/train-images-idx3-ubyte.gz \
#             --data.train.label DIR/train-labels-idx1-ubyte.gz \
#             --data.test.image  DIR/t10k-images-idx3-ubyte.gz \
#             --data.test.label  DIR/t10k-labels-idx1-ubyte.gz
#
# or without arguments, where the four files lie beside this one.  A perceptron with one hidden layer
# of 128 units: after 5 epochs at least 97 % of the 10,000 test images are read right.

option lr = 1e-3

input image: f32[batch, 28, 28]               # 0 to 1
input label: i32[batch]

logits = flatten(image)
    |> linear(128) |> relu
    |> linear(10)

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

data train {
    image = idx("train-images-idx3-ubyte.gz") / 255
    label = idx("train-labels-idx1-ubyte.gz")
}

data test {
    image = idx("t10k-images-idx3-ubyte.gz") / 255
    label = idx("t10k-labels-idx1-ubyte.gz")
}

train {
    minimize loss with adam(lr = lr)
    batch   = 64
    epochs  = 5
    shuffle = true
}
