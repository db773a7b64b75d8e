print permute(zeros(2, 3), 0, 0)
#! transpose_scalar.dsl:1:7: error: axis 0 stands twice
#!     1 | print permute(zeros(2, 3), 0, 0)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~
