param w: f32[batch, 3] = 0
#! param_with_batch.dsl:1:10: error: a parameter cannot have a batch dimension: f32[batch, 3]
#!     1 | param w: f32[batch, 3] = 0
#!       |          ^~~~~~~~~~~~~
