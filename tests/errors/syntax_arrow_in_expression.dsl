x = 3
y = x <-1
#! syntax_arrow_in_expression.dsl:2:7: error: expected the end of the line or ',', found '<-'
#!     2 | y = x <-1
#!       |       ^~ '<-' writes a state; to compare with a negative number, write 'x < -1'
