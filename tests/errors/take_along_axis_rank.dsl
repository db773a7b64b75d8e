x = zeros(3, 4)
print take_along_axis(x, [0, 1], axis = 1)
#! take_along_axis_rank.dsl:2:26: error: take_along_axis needs as many axes in the index as in the tensor: i64[2], and f32[3, 4]
#!     2 | print take_along_axis(x, [0, 1], axis = 1)
#!       |                          ^~~~~~ take(x, index, axis) takes any shape
