x = zeros(3)
print x.shape
#! member_of_a_tensor.dsl:2:9: error: f32[3] has no member 'shape'
#!     2 | print x.shape
#!       |         ^~~~~ write shape(x)
