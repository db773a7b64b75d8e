const n = 3
input x: f32[batch, n - 5]
output y = x
#! dimension_negative.dsl:2:21: error: a dimension must be at least 1, not -2
#!     2 | input x: f32[batch, n - 5]
#!       |                     ^~~~~
