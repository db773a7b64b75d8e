# mlp_sgd: 784-128-10, batch 64, SGD.
input image: f32[batch, 28, 28]
input label: i32[batch]

fc1  = linear(128)
fc2  = linear(10)
loss = flatten(image) |> fc1 |> relu |> fc2 |> cross_entropy(label)

data train { image = npy("images.npy")
             label = npy("image_labels.npy") }
train { minimize loss with sgd(lr = 0.1)
        batch = 64 }
