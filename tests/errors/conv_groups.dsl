input image: f32[batch, 6, 8, 8]
output y = image |> conv2d(8, 3, groups = 4)
#! conv_groups.dsl:2:21: error: conv2d of f32[batch, 6, 8, 8]: groups = 4 does not divide 6 channels
#!     2 | output y = image |> conv2d(8, 3, groups = 4)
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~
