input x: f32[batch, 4]
h: i32[batch, 4] = x * 2
output y = h
#! annotation_dtype.dsl:2:1: error: 'h' is f32[batch, 4], but is declared i32[batch, 4]
#!     2 | h: i32[batch, 4] = x * 2
#!       | ^ convert it: i32(...)
