# digits_cnn.dsl: a small convolutional network learns to read 8x8 handwritten digits
#
#     gradc digits_cnn.dsl -o digits_cnn && ./digits_cnn
#
# The data of digits.dsl, as images: after 15 epochs at least 96 % of the 297 held-out digits are read
# right, with 5,178 parameters.

input pixels: f32[batch, 64]
input label: i32[batch]

image  = reshape(pixels / 16, -1, 1, 8, 8)    # batch, channels, height, width
logits = image
    |> conv2d(16, 3, padding = 1, bias = false) |> batchnorm2d() |> relu |> maxpool2d(2)
    |> conv2d(32, 3, padding = 1, bias = false) |> batchnorm2d() |> relu
    |> global_avgpool2d |> linear(10)

loss            = cross_entropy(logits, label)
metric accuracy = mean(argmax(logits, axis = -1) == label)
output class    = argmax(logits, axis = -1)

data train {
    pixels = csv("data/digits.csv", rows = :1500, columns = :64)
    label  = csv("data/digits.csv", rows = :1500, columns = 64)
}

data test {
    pixels = csv("data/digits.csv", rows = 1500:, columns = :64)
    label  = csv("data/digits.csv", rows = 1500:, columns = 64)
}

train {
    minimize loss with adam(lr = 3e-3 * cosine(step / steps))
    batch   = 32
    epochs  = 15
    shuffle = true
}
