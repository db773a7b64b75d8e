# lenet.dsl: a convolutional network that reads the 28x28 digits of MNIST
#
#     gradc lenet.dsl -o lenet
#     ./lenet --data.train.image DIR/train-images-idx3-ubyte.gz \
#             --data.train.label DIR/train-labels-idx1-ubyte.gz \
#             --data.test.image  DIR/t10k-images-idx3-ubyte.gz \
#             --data.test.label  DIR/t10k-labels-idx1-ubyte.gz
#
# or without arguments, where the four files lie beside this one.  After LeCun's LeNet-5 of 1998, with
# what came since: relu, the largest of each window, Adam.  After 3 epochs at least 98.8 % of the
# 10,000 test images are read right.

option lr = 2e-3

input image: f32[batch, 28, 28]               # 0 to 1
input label: i32[batch]

logits = unsqueeze(image, 1)                  # one channel
    |> conv2d(16, 5, padding = 2) |> relu |> maxpool2d(2)
    |> conv2d(32, 5, padding = 2) |> relu |> maxpool2d(2)
    |> flatten |> linear(10)

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
    minimize loss with adam(lr = lr * cosine((step - 1) / steps))
    batch   = 64
    epochs  = 3
    shuffle = true
}
