input x: f32[batch, 3, 8, 8]
fc = conv2d(3, 16, kernel_size = 3)
output y = fc(x)
#! pytorch_conv2d_three.dsl:2:20: error: argument 'kernel_size' is given twice: it is argument 2, and named too
#!     2 | fc = conv2d(3, 16, kernel_size = 3)
#!       |                    ^~~~~~~~~~~ conv2d(out, kernel_size, stride = 1, padding = 0, dilation = 1, groups = 1, bias = true)
