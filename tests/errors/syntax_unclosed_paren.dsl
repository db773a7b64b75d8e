x = zeros(2, 3
y = x + 1
#! syntax_unclosed_paren.dsl:2:1: error: expected ')' or ',' (to close '(' at line 1), found 'y'
#!     2 | y = x + 1
#!       | ^
