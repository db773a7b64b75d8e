input image: f32[batch, 1, 2, 2]
output a = image |> conv_transpose2d(4, 2, padding = 2)
output b = image |> conv_transpose2d(4, 2, stride = 2, output_padding = 2)
#! conv_transpose_sizes.dsl:2:21: error: conv_transpose2d of f32[batch, 1, 2, 2] with weight f32[1, 4, 2, 2]: nothing is left of the height: (2 - 1) * stride 1 + dilation 1 * (kernel 2 - 1) + output_padding 0 + 1 - 2 * padding 2 = -1
#!     2 | output a = image |> conv_transpose2d(4, 2, padding = 2)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ take less padding
#! conv_transpose_sizes.dsl:3:21: error: conv_transpose2d of f32[batch, 1, 2, 2] with weight f32[1, 4, 2, 2]: output_padding = 2 must be less than stride = 2 or dilation = 1
#!     3 | output b = image |> conv_transpose2d(4, 2, stride = 2, output_padding = 2)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 2 errors
