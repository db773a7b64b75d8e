x = 99999999999999999999
#! syntax_integer_too_large.dsl:1:5: error: out of range: integers go up to 9223372036854775807
#!     1 | x = 99999999999999999999
#!       |     ^~~~~~~~~~~~~~~~~~~~
