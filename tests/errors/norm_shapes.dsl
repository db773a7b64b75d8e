input image: f32[batch, 6, 4, 4]
output a = image |> batchnorm1d()
output b = image |> layernorm([4, 5])
output c = image |> groupnorm(4)
output d = image |> layernorm([1, 1, 6, 4, 4])
#! norm_shapes.dsl:2:21: error: batchnorm1d needs x as [batch, features] or [batch, channels, length], not f32[batch, 6, 4, 4]
#!     2 | output a = image |> batchnorm1d()
#!       |                     ^~~~~~~~~~~~~ for images there is batchnorm2d
#! norm_shapes.dsl:3:21: error: layernorm of f32[batch, 6, 4, 4]: its last axes are not [4, 5], the normalized_shape
#!     3 | output b = image |> layernorm([4, 5])
#!       |                     ^~~~~~~~~~~~~~~~~
#! norm_shapes.dsl:4:21: error: groupnorm of f32[batch, 6, 4, 4]: num_groups = 4 does not divide 6 channels
#!     4 | output c = image |> groupnorm(4)
#!       |                     ^~~~~~~~~~~~
#! norm_shapes.dsl:5:21: error: layernorm of f32[batch, 6, 4, 4]: it has no 5 axes for normalized_shape = [1, 1, 6, 4, 4]
#!     5 | output d = image |> layernorm([1, 1, 6, 4, 4])
#!       |                     ^~~~~~~~~~~~~~~~~~~~~~~~~~
#! 4 errors
