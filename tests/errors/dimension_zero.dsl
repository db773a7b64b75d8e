input x: f32[batch, 0]
output y = x
#! dimension_zero.dsl:1:21: error: a dimension must be at least 1, not 0
#!     1 | input x: f32[batch, 0]
#!       |                     ^
