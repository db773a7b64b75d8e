input x: f32[batch, 3]
fc = linear(4)
output y = fc + x
#! layer_not_applied.dsl:3:12: error: '+' needs a tensor or a number, not the layer 'fc'
#!     3 | output y = fc + x
#!       |            ^~
