input x: f32[batch, 3]
output y = x @ transpose(x)
#! batch_times_batch.dsl:2:14: error: cannot multiply f32[batch, 3] by f32[3, batch]
#!     2 | output y = x @ transpose(x)
#!       |              ^ the result would be batch x batch
#! batch_times_batch.dsl:1:1: note: f32[batch, 3] comes from here
#!     1 | input x: f32[batch, 3]
#!       | ^~~~~~~~~~~~~~~~~~~~~~
