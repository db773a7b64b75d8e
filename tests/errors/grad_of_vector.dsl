param x = zeros(3)
print grad(x * 2, x)
#! grad_of_vector.dsl:2:12: error: grad needs a scalar, not f32[3]
#!     2 | print grad(x * 2, x)
#!       |            ^~~~~ sum(...) or mean(...) makes it one
