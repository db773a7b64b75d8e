# lenet.dsl -- a convolutional network on MNIST, for examples.sh: after one epoch over 12,000 images at
# least 95 % of the 10,000 test images are read right.
input image: f32[batch, 28, 28]
input label: i32[batch]

logits = unsqueeze(image, 1)
    |> conv2d(16, 5, padding = 2) |> relu |> maxpool2d(2)
    |> conv2d(32, 5, padding = 2) |> relu |> maxpool2d(2)
    |> flatten |> dropout(p = 0.2) |> linear(10)

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

data train {
    image = idx("train-images-idx3-ubyte.gz", rows = :12000) / 255
    label = idx("train-labels-idx1-ubyte.gz", rows = :12000)
}

data test {
    image = idx("t10k-images-idx3-ubyte.gz") / 255
    label = idx("t10k-labels-idx1-ubyte.gz")
}

train {
    minimize loss with adam(lr = 2e-3)
    batch   = 64
    epochs  = 1
    shuffle = true
}
