print stack([zeros(2), zeros(3)])
#! stack_shapes.dsl:1:7: error: cannot stack f32[2] and f32[3]
#!     1 | print stack([zeros(2), zeros(3)])
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~~
