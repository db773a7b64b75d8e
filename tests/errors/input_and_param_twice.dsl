input x: f32[batch, 3]
param x = 2.0
#! input_and_param_twice.dsl:2:7: error: 'x' is declared twice
#!     2 | param x = 2.0
#!       |       ^
#! input_and_param_twice.dsl:1:1: note: it was declared here first
#!     1 | input x: f32[batch, 3]
#!       | ^~~~~~~~~~~~~~~~~~~~~~
