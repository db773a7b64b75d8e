x = zeros(3)
print x[x]
#! index_by_floats.dsl:2:9: error: an index must be of integers, not f32[3]
#!     2 | print x[x]
#!       |         ^ convert it: i64(...)
