f = lambda x: x * 2
print f(3)
#! pytorch_lambda.dsl:1:12: error: expected the end of the line or ',', found 'x'
#!     1 | f = lambda x: x * 2
#!       |            ^ there is no lambda: write def f(x) = x * 2
