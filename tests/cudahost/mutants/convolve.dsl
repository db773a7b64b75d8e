# convolve.dsl -- convolutions, pooling and running statistics, for the mutants of their kernels.
input image: f32[batch, 2, 9, 9]
input wanted: f32[batch, 64]
x = image |> conv2d(4, 3, padding = 1) |> batchnorm2d() |> relu |> max_pool2d(2)
y = flatten(x) |> linear(64)
loss = mse_loss(y, wanted)
data train { image = randn(13, 2, 9, 9)
             wanted = randn(13, 64) }
train { minimize loss with sgd(lr = 0.1)
        batch = 5
        epochs = 2 }
