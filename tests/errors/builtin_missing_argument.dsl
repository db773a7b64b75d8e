print reshape()
#! builtin_missing_argument.dsl:1:7: error: reshape: the argument is missing: 'x'
#!     1 | print reshape()
#!       |       ^~~~~~~~~ reshape(x, shape...)
