# lenet: two convolutions of 5x5 with pools, 28x28 images, batch 64, Adam.
input image: f32[batch, 28, 28]
input label: i32[batch]

conv1 = conv2d(16, 5, padding = 2)
conv2 = conv2d(32, 5, padding = 2)
fc    = linear(10)
h     = unsqueeze(image, 1)
    |> conv1 |> relu |> maxpool2d(2)
    |> conv2 |> relu |> maxpool2d(2)
loss  = flatten(h) |> fc |> cross_entropy(label)

data train { image = npy("images.npy")
             label = npy("image_labels.npy") }
train { minimize loss with adam(lr = 1e-3)
        batch = 64 }
