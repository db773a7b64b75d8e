print sum([[1, 2], [3]])
#! list_ragged.dsl:1:11: error: this list is no tensor: its rows differ in length, 2 and 1
#!     1 | print sum([[1, 2], [3]])
#!       |           ^~~~~~~~~~~~~
