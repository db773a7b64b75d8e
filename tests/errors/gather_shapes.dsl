x = zeros(3, 4)
print gather(x, 1, [[0], [1], [2], [3]])
#! gather_shapes.dsl:2:20: error: gather of f32[3, 4] along axis 1: the index i64[4, 1] differs in axis 0
#!     2 | print gather(x, 1, [[0], [1], [2], [3]])
#!       |                    ^~~~~~~~~~~~~~~~~~~~
