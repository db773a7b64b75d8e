param x = 3.0
print argmax(x, axis = 0)
#! argmax_of_scalar.dsl:2:24: error: there is no axis 0 in f32, which is a scalar
#!     2 | print argmax(x, axis = 0)
#!       |                        ^
