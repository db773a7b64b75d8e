input x: f32[batch, 3]
y = 1.0 if x > 0 else 2.0
output z = x * y
#! if_on_tensor.dsl:2:12: error: 'if' chooses when compiling, and bool[batch, 3] is known only at run time
#!     2 | y = 1.0 if x > 0 else 2.0
#!       |            ^~~~~ choose values with where(c, a, b)
