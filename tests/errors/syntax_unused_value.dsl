x = zeros(3)
x + 1
#! syntax_unused_value.dsl:2:1: error: this value is not used
#!     2 | x + 1
#!       | ^~~~~ assign it to a name, or print it
