input x: f32[batch, 3]
fc = linear(4)
output y = fc(x)
fc.weight = 3
#! member_assigned.dsl:4:1: error: a member cannot be assigned to; states are written from inside, by '<-'
#!     4 | fc.weight = 3
#!       | ^~~~~~~~~
