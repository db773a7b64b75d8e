input x: f32[batch, 3]
input i: i64[4]
output y = x[i]
#! index_of_batch.dsl:3:14: error: f32[batch, 3] cannot be indexed along the batch dimension
#!     3 | output y = x[i]
#!       |              ^ ':' passes over it
