print mean([1, 2, 3])
#! mean_of_integers.dsl:1:12: error: mean needs floats, not i64[3]
#!     1 | print mean([1, 2, 3])
#!       |            ^~~~~~~~~ convert it: f32(...)
