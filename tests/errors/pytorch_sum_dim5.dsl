print sum(zeros(2, 3), dim = 5)
#! pytorch_sum_dim5.dsl:1:30: error: there is no axis 5 in f32[2, 3]
#!     1 | print sum(zeros(2, 3), dim = 5)
#!       |                              ^ axes are -2 to 1
