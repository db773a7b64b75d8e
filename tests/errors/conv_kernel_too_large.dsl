input image: f32[batch, 1, 4, 28]
output y = image |> conv2d(8, 7, padding = 1)
#! conv_kernel_too_large.dsl:2:21: error: conv2d of f32[batch, 1, 4, 28] with weight f32[8, 1, 7, 7]: the kernel is larger than the input: height + padding = 4 + 1 + 1 = 6, dilation * (kernel - 1) + 1 = 1 * (7 - 1) + 1 = 7
#!     2 | output y = image |> conv2d(8, 7, padding = 1)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~ padding = 2 would do
