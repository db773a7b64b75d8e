x = zeros(2)
x.sum()
#! pytorch_expr_stmt.dsl:2:1: error: this value is not used
#!     2 | x.sum()
#!       | ^~~~~~~ assign it to a name, or print it
