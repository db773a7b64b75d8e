input x: f32[batch, 3]
output y = x[0:2]
#! slice_of_batch.dsl:2:14: error: cannot slice f32[batch, 3] along the batch dimension
#!     2 | output y = x[0:2]
#!       |              ^~~ ':' passes over it
