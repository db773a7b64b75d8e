# mlp_adam: 784-512-256-10, batch 128, Adam.
input image: f32[batch, 28, 28]
input label: i32[batch]

fc1  = linear(512)
fc2  = linear(256)
fc3  = linear(10)
loss = flatten(image) |> fc1 |> relu |> fc2 |> relu |> fc3 |> cross_entropy(label)

data train { image = npy("images.npy")
             label = npy("image_labels.npy") }
train { minimize loss with adam(lr = 1e-3)
        batch = 128 }
