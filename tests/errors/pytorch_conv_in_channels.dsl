input x: f32[batch, 3, 8, 8]
input y: f32[batch, 1]
h = x |> conv2d(3, 16, kernel_size = 3)
p = h |> flatten |> linear(1)
loss = mse_loss(p, y)
train { minimize loss with sgd(lr = 0.1) }
#! pytorch_conv_in_channels.dsl:3:24: error: argument 'kernel_size' is given twice: it is argument 2, and named too
#!     3 | h = x |> conv2d(3, 16, kernel_size = 3)
#!       |                        ^~~~~~~~~~~ conv2d(out, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)
