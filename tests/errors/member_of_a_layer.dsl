input x: f32[batch, 3]
fc = linear(4)
output y = fc(x)
output w = sum(fc.wieght)
#! member_of_a_layer.dsl:4:19: error: layer 'fc' has no parameter, state or layer 'wieght'
#!     4 | output w = sum(fc.wieght)
#!       |                   ^~~~~~ did you mean 'weight'?
