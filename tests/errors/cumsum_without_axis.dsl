print cumsum(zeros(2, 3))
#! cumsum_without_axis.dsl:1:7: error: cumsum of f32[2, 3] needs an axis
#!     1 | print cumsum(zeros(2, 3))
#!       |       ^~~~~~~~~~~~~~~~~~~ say axis = ...
