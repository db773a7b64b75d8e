input x: f32[batch, batch]
output y = x
#! two_batch_dimensions.dsl:1:10: error: a tensor has at most one batch dimension
#!     1 | input x: f32[batch, batch]
#!       |          ^~~~~~~~~~~~~~~~~
