x = zeros(3)
x <- x + 1
#! write_of_value.dsl:2:1: error: '<-' writes a state, and 'x' is a value
#!     2 | x <- x + 1
#!       | ^ use '='
