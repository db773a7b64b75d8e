input x: f32[batch, 3]
state h: f32[batch, 3] = 2 * x
output y = x + h
#! stream_of_input.dsl:2:1: error: the first value of a state cannot depend on input 'x'
#!     2 | state h: f32[batch, 3] = 2 * x
#!       | ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
