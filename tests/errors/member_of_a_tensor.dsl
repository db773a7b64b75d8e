x = zeros(3)
print x.sum
#! member_of_a_tensor.dsl:2:9: error: f32[3] has no member 'sum'
#!     2 | print x.sum
#!       |         ^~~ write sum(x)
