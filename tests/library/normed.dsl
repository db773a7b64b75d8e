# normed.dsl -- batch norms in training: networks whose valid losses, after each epoch, depend on the
# statistics that they kept.  Six images in a batch of four and one of two.
def wave(n, turn) = sin(f32(arange(n)) * turn)

module plain()(x: f32[batch, c, h, w]) {
    param kernel: f32[3, c, 2, 2] = reshape(wave(24, 1.3), 3, 2, 2, 2)
    param v: f32[3] = [0.5, -1.0, 0.75]
    return (conv2d_with(x, kernel) |> batchnorm2d() |> relu |> global_avgpool2d) @ v
}

# The mean of all steps, not a moving one.
module cumulative()(x: f32[batch, c, h, w]) {
    param kernel: f32[3, c, 2, 2] = reshape(wave(24, 1.3), 3, 2, 2, 2)
    param v: f32[3] = [0.5, -1.0, 0.75]
    return (conv2d_with(x, kernel) |> batchnorm2d(momentum = none, eps = 1e-3) |> relu |> global_avgpool2d) @ v
}

# Of features with a length, without a weight.
module series()(x: f32[batch, c, h, w]) {
    param kernel: f32[3, c, 2, 2] = reshape(wave(24, 1.3), 3, 2, 2, 2)
    param v: f32[3] = [0.5, -1.0, 0.75]
    h = flatten(conv2d_with(x, kernel), 2, 3)
    return mean(h |> batchnorm1d(momentum = 0.3, affine = false) |> relu, axis = 2) @ v
}

input x: f32[batch, 2, 3, 3]
input y: f32[batch]
n1 = plain()
n2 = cumulative()
n3 = series()
metric batchnorm2d_plain = mse_loss(n1(x), y)
metric batchnorm2d_cumulative = mse_loss(n2(x), y)
metric batchnorm1d_series = mse_loss(n3(x), y)

data train {
    x = reshape(wave(108, 0.7), 6, 2, 3, 3)
    y = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]
}
data valid {
    x = reshape(wave(108, 0.7), 6, 2, 3, 3)
    y = [1.0, -0.5, 0.25, 2.0, -1.0, 0.75]
}
train {
    step { minimize batchnorm2d_plain over n1 with sgd(lr = 0.05) }
    step { minimize batchnorm2d_cumulative over n2 with sgd(lr = 0.05) }
    step { minimize batchnorm1d_series over n3 with sgd(lr = 0.05) }
    batch = 4
    epochs = 5
}
