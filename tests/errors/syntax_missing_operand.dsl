x = 1 +
#! syntax_missing_operand.dsl:1:8: error: expected a value, found the end of the file
#!     1 | x = 1 +
#!       |        ^
