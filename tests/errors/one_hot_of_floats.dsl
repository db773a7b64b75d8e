input x: f32[batch]
output y = one_hot(x, 3)
#! one_hot_of_floats.dsl:2:20: error: one_hot needs integers, not f32[batch]
#!     2 | output y = one_hot(x, 3)
#!       |                    ^ convert it: i64(...)
