input x: f32[batch, 3]
input i: i64[batch]
output y = x[:, i]
#! index_two_batches.dsl:3:12: error: f32[batch, 3] indexed by i64[batch] would have two batch dimensions
#!     3 | output y = x[:, i]
#!       |            ^~~~~~~ pick(x, index) and take_along_axis(x, index) take one for each
