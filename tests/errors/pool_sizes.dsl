input image: f32[batch, 1, 4, 4]
output a = image |> maxpool2d(5)
output b = image |> avgpool2d(2, padding = 2)
output c = image |> maxpool2d(2, stride = 0)
output d = image |> adaptive_avgpool2d([2, 0])
#! pool_sizes.dsl:2:21: error: maxpool2d of f32[batch, 1, 4, 4]: the window is larger than the input: 4 + 2 * padding 0 = 4, dilation * (kernel_size - 1) + 1 = 5
#!     2 | output a = image |> maxpool2d(5)
#!       |                     ^~~~~~~~~~~~ take a smaller window
#! pool_sizes.dsl:3:21: error: avgpool2d: padding = 2 must be from 0 to half of kernel_size = 2
#!     3 | output b = image |> avgpool2d(2, padding = 2)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~
#! pool_sizes.dsl:4:21: error: maxpool2d: kernel_size, stride and dilation must be 1 or more, not 2, 0 and 1
#!     4 | output c = image |> maxpool2d(2, stride = 0)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~
#! pool_sizes.dsl:5:21: error: adaptive_avgpool2d: output_size must be 1 or more, not [2, 0]
#!     5 | output d = image |> adaptive_avgpool2d([2, 0])
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~
#! 4 errors
