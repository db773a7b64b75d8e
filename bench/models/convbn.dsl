# convbn: two stages of convolutions of 3x3 with batch normalisation, 32x32 images in colour, batch 32, momentum.
input image: f32[batch, 3, 32, 32]
input label: i32[batch]

module stage(width)(x) {
    h = x |> conv2d(width, 3, padding = 1)
    for i in 0..3 {
        h = h |> conv2d(width, 3, padding = 1) |> batchnorm2d() |> relu
    }
    return h
}
narrow = stage(32)
wide   = stage(64)
fc     = linear(10)
loss   = image |> narrow |> maxpool2d(2) |> wide |> global_avgpool2d |> fc |> cross_entropy(label)

data train { image = npy("colours.npy")
             label = npy("colour_labels.npy") }
train { minimize loss with sgd(lr = 0.01, momentum = 0.9)
        batch = 32 }
