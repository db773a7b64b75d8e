const n = 0
print 3 // n
#! division_by_zero.dsl:2:9: error: division by zero
#!     2 | print 3 // n
#!       |         ^~
