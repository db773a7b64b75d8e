param w: i32[3] = 0
#! param_of_integers.dsl:1:1: error: a parameter must be a float tensor, not i32[3]
#!     1 | param w: i32[3] = 0
#!       | ^~~~~~~~~~~~~~~~~~~ what is not learned is a state
