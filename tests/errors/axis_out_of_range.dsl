print sum(zeros(2, 3), axis = 2)
#! axis_out_of_range.dsl:1:31: error: there is no axis 2 in f32[2, 3]
#!     1 | print sum(zeros(2, 3), axis = 2)
#!       |                               ^ axes are -2 to 1
