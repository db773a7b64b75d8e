input x: f32[batch, 64]
y = zeros(63)
output z = x + y
#! add_shapes.dsl:3:14: error: cannot add f32[batch, 64] and f32[63]
#!     3 | output z = x + y
#!       |              ^ 64 and 63 differ in the last axis
#! add_shapes.dsl:1:1: note: f32[batch, 64] comes from here
#!     1 | input x: f32[batch, 64]
#!       | ^~~~~~~~~~~~~~~~~~~~~~~
#! add_shapes.dsl:2:5: note: f32[63] comes from here
#!     2 | y = zeros(63)
#!       |     ^~~~~~~~~
