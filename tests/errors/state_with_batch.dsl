input x: f32[batch, 3]
state h: f32[batch, 3] = 0
output y = x + h
#! state_with_batch.dsl:2:10: error: a state cannot have a batch dimension: f32[batch, 3]
#!     2 | state h: f32[batch, 3] = 0
#!       |          ^~~~~~~~~~~~~
