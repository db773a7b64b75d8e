const n = 9223372036854775807
print n + 1
#! int_overflow.dsl:2:9: error: this integer is too large (64 bits)
#!     2 | print n + 1
#!       |         ^
