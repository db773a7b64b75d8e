input image: f32[batch, 4, 8, 8]
param kernel: f32[6, 2, 3, 3] = 0.1
output a = conv2d_with(image, kernel, groups = 4)
output b = conv2d_with(image, kernel, groups = 0)
output c = conv2d_with(image, kernel, bias = [1.0, 2.0], groups = 2)
#! conv_groups_of_weight.dsl:3:12: error: conv2d of f32[batch, 4, 8, 8] with weight f32[6, 2, 3, 3]: groups = 4 does not divide 6 channels of the result
#!     3 | output a = conv2d_with(image, kernel, groups = 4)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! conv_groups_of_weight.dsl:4:48: error: conv2d: groups must be 1 or more, not 0
#!     4 | output b = conv2d_with(image, kernel, groups = 0)
#!       |                                                ^
#! conv_groups_of_weight.dsl:5:12: error: conv2d of f32[batch, 4, 8, 8] with weight f32[6, 2, 3, 3]: the bias must be f32[6], not f32[2]
#!     5 | output c = conv2d_with(image, kernel, bias = [1.0, 2.0], groups = 2)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
#! 3 errors
