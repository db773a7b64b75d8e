print 1 < 2 < 3
#! syntax_chained_comparison.dsl:1:13: error: comparisons do not chain: write '1 < 2 and 2 < 3'
#!     1 | print 1 < 2 < 3
#!       |             ^
