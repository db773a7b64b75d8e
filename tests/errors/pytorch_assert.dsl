assert 1 == 1
#! pytorch_assert.dsl:1:8: error: expected the end of the line or '=', found '1'
#!     1 | assert 1 == 1
#!       |        ^ write y = require(x, condition, "what is wrong")
