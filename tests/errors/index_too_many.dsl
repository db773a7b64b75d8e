print zeros(3)[0, 1]
#! index_too_many.dsl:1:7: error: too many subscripts for f32[3]
#!     1 | print zeros(3)[0, 1]
#!       |       ^~~~~~~~~~~~~~
