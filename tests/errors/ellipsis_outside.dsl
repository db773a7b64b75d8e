input x: f32[.., 3]
output y = x
#! ellipsis_outside.dsl:1:14: error: '..' can only stand in the type of an argument
#!     1 | input x: f32[.., 3]
#!       |              ^~
