print sqrt("four")
#! sqrt_of_string.dsl:1:12: error: expected a tensor, found the string "four"
#!     1 | print sqrt("four")
#!       |            ^~~~~~
