input x: f32[3]
param w = x * 2
output y = w
#! param_from_input.dsl:2:1: error: the first value of a parameter or state cannot depend on input 'x'
#!     2 | param w = x * 2
#!       | ^~~~~~~~~~~~~~~
