x = 1
x++
#! pytorch_plusplus.dsl:2:3: error: expected a value, found '+'
#!     2 | x++
#!       |   ^
