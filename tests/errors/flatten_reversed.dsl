print flatten(zeros(2, 3), 1, 0)
#! flatten_reversed.dsl:1:7: error: flatten from axis 1 to axis 0: the first comes later
#!     1 | print flatten(zeros(2, 3), 1, 0)
#!       |       ^~~~~~~~~~~~~~~~~~~~~~~~~~
