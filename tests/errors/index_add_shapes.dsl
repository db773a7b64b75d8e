print index_add(zeros(3, 2), 0, [0, 1], ones(3, 2))
#! index_add_shapes.dsl:1:41: error: index_add of f32[3, 2] along axis 0: f32[3, 2] does not fit index i64[2]
#!     1 | print index_add(zeros(3, 2), 0, [0, 1], ones(3, 2))
#!       |                                         ^~~~~~~~~~
