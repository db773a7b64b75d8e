print scatter_add(zeros(3), 0, [0, 1], [1, 2])
#! scatter_add_dtypes.dsl:1:40: error: scatter_add adds i64[2] to f32[3]: the dtypes must agree
#!     1 | print scatter_add(zeros(3), 0, [0, 1], [1, 2])
#!       |                                        ^~~~~~
