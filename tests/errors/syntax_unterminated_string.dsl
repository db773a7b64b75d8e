data train { x = csv("digits.csv, rows = :10) }
#! syntax_unterminated_string.dsl:1:22: error: a string must end on its line: '"' is missing
#!     1 | data train { x = csv("digits.csv, rows = :10) }
#!       |                      ^~~~~~~~~~~~~~~~~~~~~~~~~~ the string begins here
#! syntax_unterminated_string.dsl:1:48: error: expected ')' or ',', found the end of the file
#!     1 | data train { x = csv("digits.csv, rows = :10) }
#!       |                                                ^
#! 2 errors
