print 2 ^ 3
#! pytorch_pow_caret.dsl:1:9: error: '^' is written '**' here
#!     1 | print 2 ^ 3
#!       |         ^
