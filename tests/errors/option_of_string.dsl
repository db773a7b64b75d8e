option name = "adam"
#! option_of_string.dsl:1:15: error: an option is a number or a boolean known when compiling, not the string "adam"
#!     1 | option name = "adam"
#!       |               ^~~~~~
