print reshape(zeros(2, 3), 4, 2)
#! reshape_count.dsl:1:7: error: cannot reshape f32[2, 3] to f32[4, 2]
#!     1 | print reshape(zeros(2, 3), 4, 2)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~ the numbers of elements differ: 6 and 8
