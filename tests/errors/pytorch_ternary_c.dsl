x = true ? 1 : 2
#! pytorch_ternary_c.dsl:1:10: error: there is no '?'
#!     1 | x = true ? 1 : 2
#!       |          ^ write a if condition else b
