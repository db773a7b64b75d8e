def halves(x) {
    n = size(x, axis = -1)
    x = require(x, n % 2 == 0, "halves needs an even number of columns: ", x, " has ", n, hint = "leave one out")
    return x[.., :n // 2], x[.., n // 2:]
}
input x: f32[batch, 7]
a, b = halves(x)
output y = a + b
output z = require(x, x, "text")
#! require_own.dsl:3:9: error: halves needs an even number of columns: f32[batch, 7] has 7
#!     3 |     x = require(x, n % 2 == 0, "halves needs an even number of columns: ", x, " has ", n, hint = "leave one out")
#!       |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ leave one out
#! require_own.dsl:7:8: note: in the call of 'halves', here
#!     7 | a, b = halves(x)
#!       |        ^~~~~~~~~
#! require_own.dsl:9:23: error: what is required must be true or false, not f32[batch, 7]
#!     9 | output z = require(x, x, "text")
#!       |                       ^
#! 2 errors
