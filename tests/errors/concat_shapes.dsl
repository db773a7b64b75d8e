print concat([zeros(2, 3), zeros(2, 4)], axis = 0)
#! concat_shapes.dsl:1:7: error: cannot join f32[2, 3] and f32[2, 4]
#!     1 | print concat([zeros(2, 3), zeros(2, 4)], axis = 0)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ they must agree but for axis 0
