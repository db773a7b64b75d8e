input x: f32[batch, 9223372036854775807]
output y = x
#! dimension_overflow.dsl:1:10: error: f32[batch, 9223372036854775807] is too large: a tensor has at most 2^40 elements
#!     1 | input x: f32[batch, 9223372036854775807]
#!       |          ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
