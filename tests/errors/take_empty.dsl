print take(zeros(0, 3), [0], axis = 0)
#! take_empty.dsl:1:25: error: axis 0 of f32[0, 3] has no elements to choose from
#!     1 | print take(zeros(0, 3), [0], axis = 0)
#!       |                         ^~~
