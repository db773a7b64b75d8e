input x: f32[1, 2, 3, 4, 5, 6, 7, 8, 9]
output y = x
#! rank_too_high.dsl:1:10: error: a tensor has at most 8 dimensions
#!     1 | input x: f32[1, 2, 3, 4, 5, 6, 7, 8, 9]
#!       |          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
