a = [true, false]
print a & a
#! pytorch_and_amp.dsl:2:9: error: '&' is written 'and' here
#!     2 | print a & a
#!       |         ^
