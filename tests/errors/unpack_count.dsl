a, b = [1, 2, 3]
#! unpack_count.dsl:1:8: error: 2 names, but the value is a list of 3
#!     1 | a, b = [1, 2, 3]
#!       |        ^~~~~~~~~
