param w = zeros(3)
w <- w + 1
#! write_of_param.dsl:2:1: error: '<-' writes a state, and 'w' is a parameter: optimizers change those
#!     2 | w <- w + 1
#!       | ^
