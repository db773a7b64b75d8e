a = [true, false]
print a | a, ~a
#! pytorch_or_bar.dsl:2:9: error: '|' is written 'or' here
#!     2 | print a | a, ~a
#!       |         ^
#! pytorch_or_bar.dsl:2:14: error: '~' is written 'not' here
#!     2 | print a | a, ~a
#!       |              ^
#! 2 errors
