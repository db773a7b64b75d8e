print dot(zeros(2, 3), zeros(3))
#! pytorch_dot_2d.dsl:1:7: error: dot needs two vectors, not f32[2, 3] and f32[3]
#!     1 | print dot(zeros(2, 3), zeros(3))
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~
