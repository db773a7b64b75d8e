input image: u8[batch, 1, 8, 8]
param kernel: f32[4, 1, 3, 3] = 0.1
output y = conv2d_with(image, kernel)
#! conv_of_integers.dsl:3:12: error: conv2d of u8[batch, 1, 8, 8] with weight f32[4, 1, 3, 3]: they must be of floats
#!     3 | output y = conv2d_with(image, kernel)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~ convert them: f32(...)
