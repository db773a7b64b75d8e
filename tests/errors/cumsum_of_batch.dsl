input x: f32[batch, 3]
output y = cumsum(x, axis = 0)
#! cumsum_of_batch.dsl:2:29: error: cumsum cannot go along the batch dimension of f32[batch, 3]
#!     2 | output y = cumsum(x, axis = 0)
#!       |                             ^
