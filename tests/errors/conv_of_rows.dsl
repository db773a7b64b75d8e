input image: f32[batch, 784]
output y = image |> conv2d(8, 3)
output z = image |> maxpool2d(2)
#! conv_of_rows.dsl:2:21: error: conv2d needs x as [batch, channels, height, width], not f32[batch, 784]
#!     2 | output y = image |> conv2d(8, 3)
#!       |                     ^~~~~~~~~~~~ reshape(x, -1, channels, ...) gives it channels
#! conv_of_rows.dsl:3:21: error: maxpool2d needs x as [batch, channels, height, width], not f32[batch, 784]
#!     3 | output z = image |> maxpool2d(2)
#!       |                     ^~~~~~~~~~~~ reshape(x, -1, channels, ...) gives it channels
#! 2 errors
