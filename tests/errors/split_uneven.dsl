a, b = split(zeros(5), 2)
#! split_uneven.dsl:1:8: error: 2 names, but the value is a list of 3
#!     1 | a, b = split(zeros(5), 2)
#!       |        ^~~~~~~~~~~~~~~~~~
