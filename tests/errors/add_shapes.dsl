input x: f32[batch, 64]
y = zeros(63)
output z = x + y
#! add_shapes.dsl:3:14: error: cannot add f32[batch, 64] and f32[63]
#!     3 | output z = x + y
#!       |              ^ 64 and 63 differ in the last axis
