input x: f32[batch, 2.5]
output y = x
#! dimension_float.dsl:1:21: error: a dimension must be an integer, not the number 2.5
#!     1 | input x: f32[batch, 2.5]
#!       |                     ^~~
