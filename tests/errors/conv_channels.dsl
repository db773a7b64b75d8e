input image: f32[batch, 3, 8, 8]
param kernel: f32[16, 4, 3, 3] = 0.1
output y = conv2d_with(image, kernel)
#! conv_channels.dsl:3:12: error: conv2d of f32[batch, 3, 8, 8] with weight f32[16, 4, 3, 3]: x has 3 channels, the weight is for 4
#!     3 | output y = conv2d_with(image, kernel)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~ it would have to be f32[16, 3, 3, 3]
