# images.dsl -- every convolution, pooling and normalisation in one training step, for `./images check`: the
# gradient of each parameter against differences in f64.
input image: f32[batch, 2, 7, 6]
input series: f32[batch, 4, 9]
input label: i32[batch]

a = image |> conv2d(4, 3, padding = 1) |> batchnorm2d() |> tanh
a = a |> conv2d(6, [3, 2], stride = [2, 1], dilation = [1, 2], padding = [0, 1], groups = 2) |> groupnorm(3)
a = a |> conv2d(6, 3, padding = "same", groups = 6, bias = false) |> tanh
b = a |> conv_transpose2d(4, 3, stride = 2, padding = 1, output_padding = 1) |> instancenorm2d(affine = true)
b = b |> conv_transpose2d(2, [2, 3], groups = 2, dilation = [2, 1])
pooled = concat([b |> maxpool2d(3, stride = 2, padding = 1) |> flatten,
                 b |> avgpool2d(2, ceil_mode = true, padding = 1, count_include_pad = false) |> flatten,
                 b |> adaptive_avgpool2d([3, 2]) |> flatten,
                 b |> upsample(2) |> maxpool2d([3, 5], ceil_mode = true) |> flatten,
                 b |> unfold(3, stride = 2) |> flatten,
                 b |> global_avgpool2d, b |> global_maxpool2d], axis = 1)
c = series |> conv1d(6, 3, padding = 2, stride = 2) |> batchnorm1d(momentum = none) |> tanh
c = c |> conv_transpose1d(4, 4, stride = 3, groups = 2) |> instancenorm1d() |> conv1d(4, 3, dilation = 2, groups = 2)
c = c |> layernorm([4, size(c, axis = -1)])
c = concat([c |> maxpool1d(2) |> flatten, c |> avgpool1d(3, stride = 2, padding = 1) |> flatten], axis = 1)
d = dropout2d(a, p = 0.25) |> rmsnorm([6, size(a, axis = -2), size(a, axis = -1)])
e = dropout1d(series |> conv1d(3, 2), p = 0.5)
all = concat([pooled, c, flatten(d), flatten(e)], axis = 1)
each = all * sin(arange(size(all, axis = 1)))   # no two count alike
logits = sum(reshape(each, -1, 20, size(all, axis = 1) // 20), axis = 2) |> linear(5)

# Weights of a sum over a gradient: the second derivatives of convolutions and pools.
module steepness()(x: f32[batch, c, h, w]) {
    param kernel: f32[3, c, 3, 3] = uniform(-0.5, 0.5)
    y = tanh(conv2d_with(x, kernel, stride = 2, padding = 1))
    slope = grad(sum(maxpool2d(y * y, 2) + avgpool2d(y ** 3, 2)), x)
    return mean(slope * slope)
}
loss = cross_entropy(logits, label) + (image |> conv2d(2, 1) |> steepness())

data train {
    image = randn(8, 2, 7, 6)
    series = randn(8, 4, 9)
    label = i32(randint(0, 5, 8))
}

train {
    minimize loss with sgd(lr = 1e-2)
    batch = 4
}
