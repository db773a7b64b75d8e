# convolution: one convolution of images and the two of its gradient, for bench/products.sh.
const images = 64
const channels = 16
const out = 32
const size = 14
const kernel = 5
input x: f32[batch, channels, size, size]
input weight_of: f32[batch, out, size, size]

param shift: f32[channels, 1, 1] = 0
param w: f32[out, channels, kernel, kernel] = uniform(-1.0, 1.0)
h    = relu(x + shift)                # so that there is a gradient by the data, too
y    = conv2d_with(h, w, padding = kernel // 2)
loss = sum(y * weight_of)

data train { x = randn(images, channels, size, size)
             weight_of = rand(images, out, size, size) }
train { minimize loss with sgd(lr = 1e-9)
        batch = images }
