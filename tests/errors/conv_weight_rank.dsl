input series: f32[batch, 2, 8]
param kernel: f32[4, 2, 3, 3] = 0.1
output y = conv1d_with(series, kernel)
#! conv_weight_rank.dsl:3:12: error: conv1d of f32[batch, 2, 8] with weight f32[4, 2, 3, 3]: the weight must be [out, channels / groups, kernel]
#!     3 | output y = conv1d_with(series, kernel)
#!       |            ^~~~~~~~~~~~~~~~~~~~~~~~~~~
